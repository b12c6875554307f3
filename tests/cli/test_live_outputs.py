"""``vidcap live``: what is refused before a camera is asked, and what HLS and the page show of a film in real time."""

from __future__ import annotations

import json
import signal
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.live.hls_rules import read_folder

Start = Callable[..., "subprocess.Popen[bytes]"]


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return int(listener.getsockname()[1])


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--serve", "0.0.0.0:8000"], "needs a token (--token SECRET)"),
        (["--serve", "nonsense"], "not an address to serve at: 'nonsense'"),
        (["--token", "x"], "needs its address: --serve [HOST]:PORT"),
        (["--hls-offset", "3"], "needs their folder: --hls DIR"),
        (["--hls", "x", "--hls-offset", "soon"], "not a time: 'soon'"),
        (["--hls", "x", "--hls-window", "1"], "a playlist holds 3 to 10000 segments"),
    ],
)
def test_settings_that_mean_nothing_are_told_at_once(
    vidcap: Callable[..., object], tmp_path: Path, arguments: list[str], words: str
) -> None:
    result = vidcap("live", tmp_path / "none.mp4", *arguments)
    assert (result.code, words in result.err) == (2, True), result.err  # type: ignore[attr-defined]
    assert list(tmp_path.iterdir()) == []


def test_a_port_that_is_taken_is_told_before_the_camera_is_asked(
    vidcap: Callable[..., object], samples_dir: Path
) -> None:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        port = listener.getsockname()[1]
        result = vidcap("live", samples_dir / "street.mp4", "--serve", f":{port}")
    assert result.code == 1  # type: ignore[attr-defined]
    said = f"vidcap: 127.0.0.1:{port}: can't be served: the port is taken: is another program serving there?\n"
    assert result.err == said  # type: ignore[attr-defined]


def fetch(url: str, token: str) -> bytes:
    request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=10) as answer:
        return bytes(answer.read())


@pytest.mark.slow
def test_a_film_in_real_time_is_shown_by_the_page_and_the_segments(
    start: Start, tiny_model: Path, samples_dir: Path, tmp_path: Path
) -> None:
    port, folder = free_port(), tmp_path / "hls"
    options = f"--realtime --model {tiny_model} --beam 1 --window 2 --hls {folder} --hls-target 1".split()
    process = start("live", samples_dir / "tour.mp4", *options, "--serve", f":{port}", "--token", "s3cret")
    url, found = f"http://127.0.0.1:{port}", {}
    deadline_s = time.monotonic() + 120
    while time.monotonic() < deadline_s and not found.get("cues"):
        assert process.poll() is None, process.communicate()
        time.sleep(0.2)
        try:
            found = json.loads(fetch(f"{url}/captions.json", "s3cret"))
        except (urllib.error.URLError, ConnectionError):
            continue
    assert found["title"].endswith("tour.mp4")
    assert found["tally"]["frames_in"] > 0
    assert fetch(f"{url}/picture.jpg", "s3cret").startswith(b"\xff\xd8")
    assert b"vidcap_up 1.0" in fetch(f"{url}/metrics", "s3cret")
    assert fetch(f"{url}/captions.vtt", "s3cret").startswith(b"WEBVTT\n\n00:00:")
    process.send_signal(signal.SIGINT)
    _out, err = process.communicate(timeout=60)
    assert process.returncode == 0, err
    assert f"vidcap: the page is at {url}/ and asks for the token\n".encode() in err
    assert b"s3cret" not in err
    playlist = read_folder(folder)
    assert playlist.is_ended
    assert {cue.text for segment in playlist.segments for cue in segment.cues}
