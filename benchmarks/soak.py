"""Does a live narration stay small over a long time and many cuts, and is every cue in its track, in order?

    python benchmarks/soak.py [--minutes 30] [--cuts 50] [--speed 0] [--describer echo]

Narrates a camera on loopback that sends as fast as it is read (or at --speed times real time) and is cut off so many
times, evenly, with resets and ends in turn. A cut is made only when a picture of the latest connection has been told of
as live, since a connection that never gave one is not a drop-out; each cut must then be counted as one reconnect.
Minutes are those of film that was narrated: what lies in the system's buffers at a reset was sent, but never seen.
Resident memory, threads and open files of the process, and the memory of what it started, are sampled each second;
flat is: in the last third not above the middle third, for memory by over 5 %. Every cue told on standard output must be
in the tracks. Exit code 1 where any of this fails, last line JSON.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from camera import Camera, filming

from vidcap.lint import read_track

ALLOWED_GROWTH = 1.05
ECHO = (
    "import sys; from vidcap.cli import main; from vidcap.testing import EchoDescriber;"
    " sys.exit(main(describer=EchoDescriber()))"
)
SPEAKERS = {"model": ["-m", "vidcap"], "echo": ["-c", ECHO]}
LEAST_FPS = 20
"""The film has 25 frames a second, and little of it may be lost between two connections."""
LATE_S = 60.0
"""A camera that is not connected to again for so long fails the test."""


@dataclass
class Usage:
    """What a process and those it started use, once a second."""

    rss_mib: list[float] = field(default_factory=list)
    child_mib: list[float] = field(default_factory=list)
    threads: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)

    def sample(self, process: psutil.Process) -> None:
        """Look once."""
        self.rss_mib.append(process.memory_info().rss / 2**20)
        self.threads.append(process.num_threads())
        self.files.append(process.num_fds())
        children = 0.0
        for child in process.children(recursive=True):
            try:
                children += child.memory_info().rss / 2**20
            except psutil.Error:
                continue
        self.child_mib.append(children)

    def figures(self) -> dict[str, Any]:
        """Return, of the middle and of the last third, the greatest memory, and the usual threads and files."""
        third = max(1, len(self.rss_mib) // 3)

        def thirds(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> list[int]:
            return [round(of(values[third : 2 * third] or values)), round(of(values[2 * third :] or values))]

        return {
            "rss_mib": thirds(self.rss_mib, max),
            "child_mib": thirds(self.child_mib, max),
            "threads": thirds(self.threads, median),
            "files": thirds(self.files, median),  # a process that is just being started has more for a moment
        }


def started(url: str, folder: Path, speaker: str) -> subprocess.Popen[bytes]:
    """Start the narration."""
    words = [sys.executable, *SPEAKERS[speaker], "live", url, "--json", "-q", "--reconnect-max", "0.5"]
    words += ["-o", str(folder / "soak.vtt"), "-o", str(folder / "soak.srt")]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


@dataclass
class Told:
    """What the narration says, as it comes."""

    records: list[dict[str, Any]] = field(default_factory=list)
    connections: int = 0
    """Connections of which a picture came."""
    media_s: float = 0.0
    """How far the narration has got."""
    _is_connecting: bool = True

    @property
    def tally(self) -> dict[str, Any]:
        """The latest figures."""
        return [record for record in self.records if record["type"] == "tally"][-1]

    def read(self, process: subprocess.Popen[bytes]) -> None:
        """Take records until there are no more."""
        assert process.stdout is not None
        for line in process.stdout:
            self._take(json.loads(line))

    def _take(self, record: dict[str, Any]) -> None:
        self.records.append(record)
        if record["type"] == "cue":
            self.media_s = max(self.media_s, record["start_s"])
        elif record["type"] == "tally":
            self.media_s = max(self.media_s, record["media_s"])
        elif record["type"] == "state":
            self.connections += self._is_connecting and record["state"] == "live"
            if record["state"] in ("connecting", "live"):
                self._is_connecting = record["state"] == "connecting"


def soak(camera: Camera, usage: Usage, process: subprocess.Popen[bytes], told: Told, minutes: float, cuts: int) -> int:
    """Narrate so many minutes of film, cut the camera off so many times, and watch; return how many cuts were made."""
    watched = psutil.Process(process.pid)
    each_s, done, seen, sent_s, moved_s = 60 * minutes / (cuts + 1), 0, 0, 0.0, time.monotonic()
    while told.media_s < 60 * minutes or done < cuts or told.connections == seen:
        time.sleep(0.02)
        if camera.media_s > sent_s:
            sent_s, moved_s = camera.media_s, time.monotonic()
        if process.poll() is not None or time.monotonic() - moved_s > LATE_S:
            sys.exit(f"the narration ended or did not come back: {process.returncode}, after {done} cuts")
        if done < cuts and told.media_s >= (done + 1) * each_s and told.connections > seen:
            seen = told.connections
            done += camera.cut(rudely=done % 2 == 0)
        if len(usage.rss_mib) < time.monotonic() - BEGAN_S:
            usage.sample(watched)
    return done


def troubles(told: Told, folder: Path, cuts: int, minutes: float, figures: dict[str, Any]) -> list[str]:
    """Return what is wrong."""
    cues = [record for record in told.records if record["type"] == "cue"]
    tally = told.tally
    starts_ms = [cue["start_ms"] for cue in cues]
    tracks = {kind: read_track(folder / f"soak.{kind}") for kind in ("vtt", "srt")}
    growth: Callable[[str], bool] = lambda name: figures[name][1] > figures[name][0] * ALLOWED_GROWTH  # noqa: E731
    checks = {
        "a cue out of order": any(one >= two for one, two in pairwise(starts_ms)),
        "numbers left out": [cue["number"] for cue in cues] != list(range(len(cues))),
        "a track that is not valid": any(problems for _, problems in tracks.values()),
        "a cue lost": any([cue.start_ms for cue in track] != starts_ms for track, _ in tracks.values()),
        f"{tally['reconnects']} reconnects counted after {cuts} cuts": tally["reconnects"] != cuts,
        f"{told.connections - 1} reconnects told of after {cuts} cuts": told.connections - 1 != cuts,
        "less film narrated than asked for": tally["frames_in"] < 60 * minutes * LEAST_FPS,
        "memory grows": growth("rss_mib"),
        "memory of the reader grows": growth("child_mib"),
        "threads grow": figures["threads"][1] > figures["threads"][0],
        "open files grow": figures["files"][1] > figures["files"][0],
    }
    return [name for name, is_wrong in checks.items() if is_wrong]


BEGAN_S = time.monotonic()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--speed", type=float, default=0, help="times real time; 0: as fast as it is read")
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--describer", choices=SPEAKERS, default="model")
    options = parser.parse_args()
    usage, told = Usage(), Told()
    with tempfile.TemporaryDirectory() as name, filming(Path(name), options.height, options.speed) as camera:
        process = started(camera.url, Path(name), options.describer)
        reader = threading.Thread(target=told.read, args=(process,))
        reader.start()
        try:
            cuts = soak(camera, usage, process, told, options.minutes, options.cuts)
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
        finally:
            process.kill()
        reader.join()
        figures = usage.figures()
        wrong = troubles(told, Path(name), cuts, options.minutes, figures) + ([f"exit code {code}"] if code else [])
    print(f"{'':<12}{'middle third':>14}{'last third':>12}")
    for name, (middle, last) in figures.items():
        print(f"{name:<12}{middle:>14}{last:>12}")
    names = ("media_s", "uptime_s", "frames_in", "frames_dropped", "cues", "reconnects")
    counted = {"cuts": cuts, **{name: told.tally[name] for name in names}, "media_sent_s": round(camera.media_s)}
    print("\n".join(f"{name:<16}{value:>12}" for name, value in counted.items()))
    print(json.dumps({"usage": figures, **counted, "wrong": wrong, "allowed": ALLOWED_GROWTH}))
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
