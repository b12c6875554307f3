"""Cameras to narrate: bad ones and broken servers of the collection, where there is one, and films for them to loop."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from vidcap.live import CueUpdate, LiveConfig, LiveEvent, Narration, State, StreamState, Tally
from vidcap.sources.live import LiveSourceConfig
from vidcap.types import Caption, Clip

ROOT = Path(__file__).resolve().parents[2]
CASES = Path(os.environ.get("VIDCAP_CASES") or ROOT.parent / "shared" / "cases") / "live"
needs_cameras = pytest.mark.skipif(
    not (CASES / "badcam.py").is_file(), reason="no collection of cases here: set VIDCAP_CASES to its folder"
)
QUICK = LiveConfig(
    source=LiveSourceConfig(connect_timeout_s=30, frame_timeout_s=12),
    reconnect_max_s=1,
    stall_s=1.0,
    window_s=Fraction(1),
    first_window_s=Fraction(1),
)
"""Settings with which tests need not wait for long."""


def quick(source: dict[str, Any] | None = None, **changes: Any) -> LiveConfig:
    """Return QUICK with changes."""
    return replace(QUICK, source=replace(QUICK.source, **(source or {})), **changes)


@dataclass(frozen=True)
class Speaker:
    """Says another sentence of each clip, so that each becomes a cue."""

    picture_px: int = 224

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        return [Caption(clip.span, f"Thing{clip.span.index} does{clip.span.index}.", 0.5) for clip in clips]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def make_loop(folder: Path) -> Path:
    """Write 6 s of three scenes, cut at 2 and 4 s, as Annex-B H.264 with a key frame each second; return the file."""
    path = folder / "loop.h264"
    chance = np.random.default_rng(5)
    scenes = [chance.integers(0, 256, (6, 8, 3), np.uint8).repeat(40, axis=0).repeat(40, axis=1) for _ in range(3)]
    with av.open(str(path), "w", format="h264") as output:
        options = {
            "preset": "ultrafast",
            "x264-params": "keyint=25:min-keyint=25:scenecut=0:bframes=0:repeat-headers=1",
        }
        stream = output.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuv420p"
        stream.codec_context.thread_count = 1  # threads would cut each picture into slices
        for place in range(150):
            picture = np.ascontiguousarray(np.roll(scenes[place // 50], place % 50, axis=1))
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, "rgb24")))
        output.mux(stream.encode(None))
    return path


def remuxed(loop: Path, name: str, times: int = 1) -> Path:
    """Return the loop in another container, repeated."""
    path = loop.with_name(name)
    rate, place = 25, 0
    with av.open(str(path), "w") as output:
        with av.open(str(loop)) as first:
            stream = output.add_stream_from_template(first.streams.video[0])
        for _ in range(times):
            with av.open(str(loop)) as source:
                for packet in source.demux(source.streams.video[0]):
                    if packet.size:
                        packet.time_base = Fraction(1, rate)
                        packet.pts = packet.dts = place
                        packet.duration = 1
                        packet.stream = stream
                        output.mux(packet)
                        place += 1
    return path


@dataclass
class Camera:
    """A server that runs."""

    url: str
    process: subprocess.Popen[bytes]
    control_port: int = 0

    def tell(self, *words: object) -> None:
        """Have a bad camera do something: cut, eof, stall, go, refuse, accept, jump SECONDS, loss PERCENT."""
        with socket.create_connection(("127.0.0.1", self.control_port), timeout=10) as line:
            line.sendall((" ".join(map(str, words)) + "\n").encode())
            assert line.recv(16) == b"ok\n"


@contextmanager
def running(command: list[str], url: str, port: int, control_port: int = 0) -> Iterator[Camera]:
    """Run a server until the block is left; it listens when the block is entered."""
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _wait_for(port, process)
        if control_port:
            _wait_for(control_port, process)
        yield Camera(url, process, control_port)
    finally:
        process.kill()
        process.wait()


def _wait_for(port: int, process: subprocess.Popen[bytes]) -> None:
    until_s = time.monotonic() + 30
    while time.monotonic() < until_s:
        assert process.poll() is None, "the server ended"
        with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.05)
    raise AssertionError("the server does not listen")


@contextmanager
def bad_camera(loop: Path, *options: str, user: str = "") -> Iterator[Camera]:
    """Run badcam.py."""
    port, control = free_port(), free_port()
    command = [sys.executable, str(CASES / "badcam.py"), "--port", str(port), "--control", str(control)]
    command += ["--file", str(loop), *options]
    with running(command, f"rtsp://{user}127.0.0.1:{port}/x", port, control) as camera:
        yield camera


@contextmanager
def tarpit(mode: str) -> Iterator[Camera]:
    """Run tarpit.py."""
    port = free_port()
    command = [sys.executable, str(CASES / "tarpit.py"), mode, str(port)]
    with running(command, f"rtsp://127.0.0.1:{port}/x", port) as camera:
        yield camera


@dataclass
class Heard:
    """What a narration said."""

    narration: Narration
    events: list[LiveEvent] = field(default_factory=list)

    @property
    def states(self) -> list[State]:
        return [event.state for event in self.events if isinstance(event, StreamState)]

    @property
    def reasons(self) -> str:
        return "; ".join(event.reason for event in self.events if isinstance(event, StreamState))

    @property
    def cues(self) -> list[CueUpdate]:
        """Every cue as it was first said."""
        return [event for event in self.events if isinstance(event, CueUpdate) and event.delay_s is not None]

    @property
    def tally(self) -> Tally:
        return next(event for event in reversed(self.events) if isinstance(event, Tally))

    @property
    def reconnects(self) -> int:
        return max(0, sum(isinstance(event, StreamState) and event.media_s is not None for event in self.events) - 1)

    def check(self) -> None:
        """Check what holds for every narration: order, no overlap, ends that never go back, settled time that holds."""
        number, end_s, settled_s = -1, Fraction(0), Fraction(0)
        for event in self.events:
            if isinstance(event, Tally):
                assert event.media_s >= settled_s
                settled_s = event.media_s
            if not isinstance(event, CueUpdate):
                continue
            assert event.number in (number, number + 1)
            if event.number > number:
                assert event.cue.start_s >= max(end_s, settled_s if number >= 0 else Fraction(0))
                number = event.number
            else:
                assert event.cue.end_s >= end_s
            assert event.cue.end_s > event.cue.start_s
            end_s = event.cue.end_s


def hear(
    name: str, config: LiveConfig = QUICK, *, until: Callable[[Heard], bool] | None = None, most_s: float = 60
) -> Heard:
    """Narrate until something has been heard, or the source ends; AssertionError where neither happens in time."""
    heard = Heard(Narration(name, Speaker(), config))
    began_s, is_done = time.monotonic(), False
    for event in heard.narration.events():
        heard.events.append(event)
        is_done = is_done or (until is not None and until(heard))
        is_late = time.monotonic() - began_s > most_s
        if is_done or is_late:
            heard.narration.stop()
    assert until is None or is_done, (heard.states, heard.reasons, len(heard.cues))
    heard.check()
    return heard
