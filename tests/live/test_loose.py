"""A reader of standard output who is slow, or sleeps, holds nothing up."""

from __future__ import annotations

import gc
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.live.cameras import ROOT, remuxed
from tests.live.scripts import cue
from vidcap.errors import OutputClosed
from vidcap.lint import read_track
from vidcap.live.outputs import LineSink, LooseStream, SinkSet, loose
from vidcap.live.outputs.loose import MOST_BYTES

ECHO = (
    "import sys; from vidcap.cli import main; from vidcap.testing import EchoDescriber;"
    " sys.exit(main(describer=EchoDescriber()))"
)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    ends = os.pipe()
    yield ends
    for end in ends:
        try:
            os.close(end)
        except OSError:
            continue


def test_what_is_written_is_there_at_once_and_in_order(pipe: tuple[int, int]) -> None:
    stream = LooseStream(pipe[1])
    for number in range(100):
        stream.write(b"%d\n" % number)
        assert os.read(pipe[0], 100) == b"%d\n" % number


def test_a_reader_who_sleeps_is_told_of_once_and_gets_the_rest_when_he_wakes(
    pipe: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    several, words = SinkSet([LineSink(LooseStream(pipe[1]))]), "x" * 100_000
    began_s, number = time.monotonic(), 0
    while not several.is_broken:
        several.take(cue(number, 2 * number, 2 * number + 1, words))
        number += 1
    several.take(cue(number, 2 * number, 2 * number + 1, words))
    assert time.monotonic() - began_s < 20
    (record,) = caplog.records
    assert "its reader is too slow" in record.getMessage()
    got = 0
    while got < MOST_BYTES - 200_000:
        got += len(os.read(pipe[0], 1 << 16))
    several.take(cue(number + 1, 2 * number + 3, 2 * number + 4))
    assert not several.is_broken


def test_a_reader_who_went_away_is_told_by_the_same_write(pipe: tuple[int, int]) -> None:
    sink = LineSink(LooseStream(pipe[1]))
    os.close(pipe[0])
    with pytest.raises(OutputClosed):
        sink.take(cue(0, 1, 2))


def test_a_named_pipe_stays_open_as_long_as_it_is_written_to(tmp_path: Path) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    reader = os.open(fifo, os.O_RDONLY | os.O_NONBLOCK)
    stream = loose(fifo.open("wb", buffering=0))
    gc.collect()
    stream.write(b"here\n")
    assert os.read(reader, 100) == b"here\n"
    os.close(reader)


def test_a_disk_that_has_room_again_gets_what_is_written_then(
    pipe: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    stream, write = LooseStream(pipe[1]), os.write
    full = [True]

    def sometimes(file: int, piece: bytes) -> int:
        if full[0] and file == pipe[1]:
            raise OSError(28, "No space left on device")
        return write(file, piece)

    monkeypatch.setattr(os, "write", sometimes)
    for _ in range(2):
        with pytest.raises(OSError, match="No space"):
            stream.write(b"lost\n")
    full[0] = False
    stream.write(b"kept\n")
    assert os.read(pipe[0], 100) == b"kept\n"


@pytest.mark.slow
def test_a_full_pipe_delays_neither_the_track_nor_the_stop(loop: Path, tmp_path: Path) -> None:
    fifo, track = tmp_path / "fifo", tmp_path / "a.vtt"
    os.mkfifo(fifo)
    sleeper = os.open(fifo, os.O_RDWR)
    while True:  # fill it: nobody reads
        os.set_blocking(sleeper, False)
        try:
            os.write(sleeper, bytes(4096))
        except BlockingIOError:
            break
    os.set_blocking(sleeper, True)
    environment = os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
    words = [sys.executable, "-c", ECHO, "live", str(remuxed(loop, "full.mp4")), "--realtime", "--window", "1"]
    with fifo.open("wb") as full:
        process = subprocess.Popen(
            [*words, "--json", "-o", str(track)], stdout=full, stderr=subprocess.PIPE, env=environment
        )
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s and not (track.is_file() and len(read_track(track)[0]) >= 2):
        time.sleep(0.1)
    process.terminate()
    _, err = process.communicate(timeout=20)
    os.close(sleeper)
    assert process.returncode == 0, err
    cues, problems = read_track(track)
    assert len(cues) >= 2
    assert not problems
