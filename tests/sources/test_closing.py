"""A source that is closed while another thread reads it: nothing is freed while FFmpeg uses it."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from vidcap.sources import SourceConfig, open_source
from vidcap.sources.reading import Reader
from vidcap.types import Frame


@pytest.fixture
def slow_film(samples_dir: Path, tmp_path: Path) -> Iterator[tuple[Path, threading.Event, threading.Event]]:
    """A film from a pipe, of which the second half comes later; tells when all of the first has been read."""
    path, is_half, goes_on = tmp_path / "pipe.mp4", threading.Event(), threading.Event()
    os.mkfifo(path)
    film = (samples_dir / "tour.mp4").read_bytes()

    def feed() -> None:
        with open(path, "wb", buffering=0) as pipe:
            try:
                pipe.write(film[: len(film) // 2])
                is_half.set()
                goes_on.wait(30)
                pipe.write(film[len(film) // 2 :])
            except BrokenPipeError:
                pass

    feeding = threading.Thread(target=feed)
    feeding.start()
    yield path, is_half, goes_on
    goes_on.set()
    feeding.join(30)


def test_what_another_thread_reads_is_closed_by_that_thread(
    slow_film: tuple[Path, threading.Event, threading.Event], monkeypatch: pytest.MonkeyPatch
) -> None:
    path, is_half, goes_on = slow_film
    closed_by: list[threading.Thread] = []
    close = Reader.close
    monkeypatch.setattr(Reader, "close", lambda reader: (closed_by.append(threading.current_thread()), close(reader)))
    source = open_source(str(path), SourceConfig(threads=1))
    ends: list[Exception] = []
    frames: list[Frame] = []

    def read() -> None:
        try:
            for frame in source.frames():
                frames.append(frame)
        except ValueError as error:
            ends.append(error)

    reading = threading.Thread(target=read)
    reading.start()
    assert is_half.wait(30)
    before = -1
    while len(frames) != before:  # until it waits for more
        before = len(frames)
        reading.join(1.0)
    source.close()
    assert not closed_by
    goes_on.set()
    reading.join(30)
    assert [str(error) for error in ends] == ["the source was closed while it was read"]
    assert closed_by == [reading]


def test_closing_amid_the_frames_closes_the_file(samples_dir: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed = []
    close = Reader.close
    monkeypatch.setattr(Reader, "close", lambda reader: (closed.append(reader), close(reader)))
    with open_source(str(samples_dir / "tour.mp4")) as source:
        frames = source.frames()
        next(frames)
    assert closed
    assert next(frames, None) is None
