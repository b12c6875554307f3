"""Ctrl-C, SIGTERM and readers that go away: the cues so far are kept, and nothing is said that is not for people."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import srt

Start = Callable[..., "subprocess.Popen[bytes]"]

pytestmark = pytest.mark.slow


@pytest.fixture
def command(tiny_model: Path) -> list[str]:
    """Options that give a cue for each half second of film."""
    return ["--model", str(tiny_model), "--beam", "1", "--clip", "0.5", "--batch", "1", "--max-duration", "0.9"]


def wait_for_cues(folder: Path, process: subprocess.Popen[bytes]) -> None:
    """Wait until a track that is being written holds cues."""
    deadline_s = time.monotonic() + 120
    while time.monotonic() < deadline_s:
        if any(b"-->" in path.read_bytes() for path in folder.glob(".vidcap-*.partial.*")):
            return
        assert process.poll() is None, process.communicate()
        time.sleep(0.05)
    process.kill()
    raise AssertionError("no cue was written")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_the_cues_so_far_are_kept_under_a_name_that_says_so(
    start: Start, command: list[str], samples_dir: Path, tmp_path: Path, number: int, code: int
) -> None:
    track = tmp_path / "tour.srt"
    process = start(*command, "-", "-o", track, stdin=subprocess.PIPE)
    film = (samples_dir / "tour.mp4").read_bytes()
    assert process.stdin is not None
    process.stdin.write(film[: len(film) * 9 // 10])  # and then silence, as of a pipe that waits
    process.stdin.flush()
    wait_for_cues(tmp_path, process)
    process.send_signal(number)
    try:
        process.wait(30)
    finally:
        process.kill()
    assert process.stderr is not None
    err = process.stderr.read().decode()
    assert process.returncode == code, err
    assert [path.name for path in tmp_path.iterdir()] == ["tour.partial.srt"]
    cues = list(srt.parse((tmp_path / "tour.partial.srt").read_text()))
    assert err == f"vidcap: {tmp_path}/tour.partial.srt: the {len(cues)} cues so far are kept here\n"


def test_a_film_is_captioned_from_standard_input(start: Start, command: list[str], samples_dir: Path) -> None:
    with open(samples_dir / "street.mp4", "rb") as film:
        out, err = start(*command, "-", stdin=film).communicate(timeout=200)
    assert err == b""
    assert len(list(srt.parse(out.decode()))) >= 1


def test_a_reader_that_goes_away_ends_it_quietly(start: Start, command: list[str], samples_dir: Path) -> None:
    process = start(*command, samples_dir / "tour.mp4")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    err = process.stderr.read()
    assert (process.wait(60), err) == (141, b"")
