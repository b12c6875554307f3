"""Other live sources than RTSP: pipes, growing files, web streams, playlists, and what ffmpeg sends."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from http.server import BaseHTTPRequestHandler, SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.live.cameras import Heard, Speaker, free_port, hear, quick, remuxed
from vidcap.live import CueUpdate, Narration, Outcome, State
from vidcap.sources.live.growing import GrowingFile

needs_ffmpeg = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="the ffmpeg program is not installed")
pytestmark = pytest.mark.slow
SRT = "srt://127.0.0.1:{port}?passphrase=0123456789"


def three_cues(heard: Heard) -> bool:
    return len(heard.cues) >= 3


@contextmanager
def serving(handler: Callable[..., Any]) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()


def test_a_film_is_replayed_in_real_time_to_its_end(loop: Path) -> None:
    began_s = time.monotonic()
    heard = hear(str(remuxed(loop, "replay.mp4")), quick({"realtime": True}))
    assert time.monotonic() - began_s >= 5.9
    assert heard.narration.verdict.outcome is Outcome.ENDED
    assert heard.tally.frames_in == 150
    assert 5.8 < heard.cues[-1].cue.end_s < 6.1
    assert len(heard.cues) >= 6


@dataclass(frozen=True)
class Sleepy(Speaker):
    """Takes its time before it says how large pictures should be, as a model does that is being loaded."""

    def __getattribute__(self, name: str) -> Any:
        if name == "picture_px":
            time.sleep(3)
        return super().__getattribute__(name)


def test_a_film_waits_for_the_model(loop: Path) -> None:
    narration = Narration(str(remuxed(loop, "waits.mp4")), Sleepy(), quick({"realtime": True}))
    cues = [event for event in narration.events() if isinstance(event, CueUpdate)]
    assert cues[0].cue.start_s < 0.1


def test_a_file_is_read_on_while_somebody_writes_to_it(loop: Path) -> None:
    whole = remuxed(loop, "whole.ts", 2).read_bytes()
    path = loop.with_name("growing.ts")
    path.write_bytes(whole[: len(whole) // 2])

    def write_on() -> None:
        time.sleep(2)
        with path.open("ab") as file:
            file.write(whole[len(whole) // 2 :])

    writer = threading.Thread(target=write_on)
    writer.start()
    heard = hear(str(path), quick({"frame_timeout_s": 5}, stall_s=20))
    writer.join()
    assert heard.narration.verdict.outcome is Outcome.ENDED
    assert heard.tally.frames_in >= 298


def test_the_end_of_a_growing_file_is_waited_for(tmp_path: Path) -> None:
    path, times_s = tmp_path / "file", iter([0.0, 0.0, 0.1, 3.0, 10.0])
    path.write_bytes(b"abc")
    os.utime(path, (100, 100))
    waited: list[float] = []
    with path.open("rb", buffering=0) as file:
        growing = GrowingFile(file, 5, now_s=lambda: next(times_s), date_s=lambda: 100.0, sleep=waited.append)
        assert [growing.read(9), growing.read(9)] == [b"abc", b""]
    assert len(waited) == 2


def test_a_pipe_is_narrated_to_its_end(loop: Path) -> None:
    words = [sys.executable, "-m", "vidcap", "live", "-", "-o", "-", "-q", "--no-fallback"]
    piped = remuxed(loop, "piped.ts")
    with piped.open("rb") as source:
        done = subprocess.run(words, stdin=source, capture_output=True, timeout=120, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert done.stdout.count(b"\n") >= 1


def test_a_stream_over_http_that_breaks_off_is_connected_again(loop: Path) -> None:
    piece = remuxed(loop, "web.ts").read_bytes()

    class Stream(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "video/mp2t")
            self.end_headers()
            for at in range(0, len(piece), 8192):
                self.wfile.write(piece[at : at + 8192])
                time.sleep(0.05)

        def log_message(self, *_: object) -> None: ...

    with serving(Stream) as url:
        heard = hear(f"{url}/live.ts", until=lambda heard: heard.reconnects >= 1)
    assert State.WAITING in heard.states


def test_a_live_playlist_is_followed_at_the_pace_of_its_stamps(loop: Path, tmp_path: Path) -> None:
    for number in range(4):
        (tmp_path / f"{number}.ts").write_bytes(remuxed(loop, "segment.ts").read_bytes())
    head = "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:6\n#EXT-X-MEDIA-SEQUENCE:0\n"
    segments = "".join(f"#EXT-X-DISCONTINUITY\n#EXTINF:6.0,\n{number}.ts\n" for number in range(4))
    (tmp_path / "live.m3u8").write_text(head + segments)
    with serving(partial(Quiet, directory=str(tmp_path))) as url:
        began_s = time.monotonic()
        heard = hear(f"{url}/live.m3u8", until=lambda heard: len(heard.cues) >= 4)
    assert time.monotonic() - began_s > 2.5
    assert heard.tally.clips_dropped == 0


class Quiet(SimpleHTTPRequestHandler):
    """Serves a folder and keeps silent."""

    def log_message(self, *_: object) -> None: ...


@needs_ffmpeg
@pytest.mark.parametrize(
    ("sent_to", "asked", "kind"),
    [
        ("udp://127.0.0.1:{port}?pkt_size=1316", "udp://127.0.0.1:{port}", "mpegts"),
        (f"{SRT}&mode=listener", SRT, "mpegts"),
        ("rtmp://127.0.0.1:{port}/live/x?listen=1", "rtmp://127.0.0.1:{port}/live/x", "flv"),
    ],
    ids=["udp", "srt", "rtmp"],
)
def test_what_ffmpeg_sends_is_narrated(loop: Path, sent_to: str, asked: str, kind: str) -> None:
    film, port = remuxed(loop, f"sent-{kind}.mp4"), free_port()
    words = ["ffmpeg", "-nostdin", "-v", "quiet", "-re", "-stream_loop", "-1", "-i", str(film), "-c", "copy"]
    if "listen=1" in sent_to:
        sent_to, words = sent_to.removesuffix("?listen=1"), [*words, "-listen", "1"]
    with subprocess.Popen([*words, "-f", kind, sent_to.format(port=port)]) as sender:
        try:
            heard = hear(asked.format(port=port), quick({"connect_timeout_s": 15}), until=three_cues, most_s=90)
        finally:
            sender.kill()
    assert heard.tally.frames_in > 25


@pytest.mark.parametrize(
    ("name", "says"),
    [
        ("webcam:63", "there is no such webcam (there are: "),
        ("gopher://host/x", "protocol gopher is not one of"),
        ("/nowhere/film.mp4", "no such file or directory"),
    ],
)
def test_what_can_not_be_opened_is_told_at_once(name: str, says: str) -> None:
    heard = hear(name, quick())
    assert heard.narration.verdict.outcome is Outcome.GIVEN_UP
    assert says in str(heard.narration.verdict.error)
    assert heard.states.count(State.CONNECTING) == 1


@pytest.mark.parametrize("step_s", [-7200, 7200])
def test_a_date_that_is_set_does_not_end_a_growing_file_nor_keep_it_open(step_s: int, tmp_path: Path) -> None:
    path, monotonic_s, date_s = tmp_path / "file", [0.0], [100.0]
    path.write_bytes(b"abc")
    os.utime(path, (100, 100))

    def sleep(_seconds: float) -> None:
        monotonic_s[0] += 1
        date_s[0] += 1
        if monotonic_s[0] == 2:
            date_s[0] += step_s
        if monotonic_s[0] == 4:
            with path.open("ab") as more:
                more.write(b"def")
            os.utime(path, (date_s[0], date_s[0]))

    with path.open("rb", buffering=0) as file:
        growing = GrowingFile(file, 5, now_s=lambda: monotonic_s[0], date_s=lambda: date_s[0], sleep=sleep)
        assert [growing.read(9) for _ in range(3)] == [b"abc", b"def", b""]
    assert 9 <= monotonic_s[0] <= 10
