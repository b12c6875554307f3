"""``vidcap mux`` and ``vidcap MOVIE -o FILM.mkv``, as they are typed."""

from __future__ import annotations

import os
import resource
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import av
import pytest

import vidcap as library
from vidcap.cli import main
from vidcap.testing import EchoDescriber

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def vidcap(capfd: pytest.CaptureFixture[str]) -> Run:
    def run(*words: Any) -> tuple[int, str, str]:
        code = main([str(word) for word in words], describer=EchoDescriber(picture_px=32))
        return (code, *capfd.readouterr())

    return run


def descriptions(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        [track] = [s for s in film.streams.subtitles if s.disposition & av.stream.Disposition.descriptions]
        return [bytes(packet) for packet in film.demux(track) if packet.size]


def test_a_track_is_put_into_a_film(vidcap: Run, shelf: Path, tmp_path: Path) -> None:
    code, out, err = vidcap(
        "mux", shelf / "wide.mp4", shelf / "track.srt", "-o", tmp_path / "a.mkv", "--language", "fr"
    )
    assert (code, out) == (0, "")
    assert "1 mistakes" in err  # an arrow in the text
    assert len(descriptions(tmp_path / "a.mkv")) == 3
    with av.open(str(tmp_path / "a.mkv")) as film:
        assert film.streams.subtitles[0].language == "fre"


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("none.mp4", "track.srt", "-o", "a.mkv"), 1, "no such file"),
        (("wide.mp4", "none.srt", "-o", "a.mkv"), 1, "no such file"),
        (("wide.mp4", "cover.png", "-o", "a.mkv"), 1, "not a track"),
        (("wide.mp4", "track.srt", "-o", "a.avi"), 1, "ends in .mkv"),
        (("wide.mp4", "track.srt", "-o", "wide.mp4", "--overwrite"), 1, "the film itself"),
        (("wide.mp4", "track.srt", "-o", "no/a.mkv"), 1, "folder does not exist"),
        (("cover.png", "track.srt", "-o", "a.webm"), 1, "WebM can't hold png"),
        (("wide.mp4", "track.srt"), 2, "output"),
    ],
)  # fmt: skip
def test_mistakes_are_one_line_and_leave_nothing(
    vidcap: Run,
    shelf: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: tuple[str, ...],
    code: int,
    said: str,
) -> None:
    for name in ("wide.mp4", "track.srt", "cover.png"):
        shutil.copy(shelf / name, tmp_path)
    monkeypatch.chdir(tmp_path)
    got, out, err = vidcap("mux", *words)
    assert (got, out) == (code, "")
    assert said in err
    assert "Traceback" not in err
    assert sorted(os.listdir()) == ["cover.png", "track.srt", "wide.mp4"]


def test_captioning_writes_a_film_and_a_track_in_one_pass(vidcap: Run, shelf: Path, tmp_path: Path) -> None:
    assert vidcap(shelf / "wide.mp4", "-o", tmp_path / "a.mkv", "-o", tmp_path / "a.srt")[0] == 0
    texts = descriptions(tmp_path / "a.mkv")
    assert texts
    assert len(texts) == (tmp_path / "a.srt").read_text().count("-->")


def test_the_library_does_the_same(shelf: Path, tmp_path: Path) -> None:
    captioner = library.Captioner(EchoDescriber(picture_px=32))
    count = captioner.caption_file(shelf / "wide.mp4", tmp_path / "a.mp4")
    assert len([text for text in descriptions(tmp_path / "a.mp4") if len(text) > 2]) == count > 0


def test_a_container_that_can_not_hold_the_film_is_told_before_it_is_looked_at(
    vidcap: Run, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def describe(*_: Any) -> Any:
        raise AssertionError("it was looked at")

    monkeypatch.setattr(EchoDescriber, "describe", describe)
    code, _, err = vidcap(shelf / "wide.mp4", "-o", tmp_path / "a.webm")
    assert (code, err.count("\n"), os.listdir(tmp_path)) == (1, 1, [])
    assert "WebM can't hold h264" in err
    assert vidcap("-", "-o", tmp_path / "a.mkv")[0] == 2


def test_a_full_disk_is_told_of_the_output_and_what_is_there_stays(vidcap: Run, shelf: Path, tmp_path: Path) -> None:
    output = tmp_path / "a.mkv"
    output.write_text("before")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4000, limits[1]))
    try:
        code, _, err = vidcap(shelf / "wide.mp4", "-o", output, "--overwrite")
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert code == 1
    assert err.splitlines()[-1].endswith("a.mkv: can't be written: file too large")
    assert output.read_text() == "before"
    assert sorted(os.listdir(tmp_path)) == ["a.mkv", "a.partial.srt"]


def test_cues_of_a_film_that_can_not_be_written_after_all_are_kept(
    vidcap: Run, shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidcap.errors import OutputError
    from vidcap.mux import track

    def refuse(*_: Any, **__: Any) -> Any:
        raise OutputError("a.mkv", "can't be written: no space left on device")

    monkeypatch.setattr(track, "mux_track", refuse)
    code, _, err = vidcap(shelf / "wide.mp4", "-o", tmp_path / "a.mkv")
    assert code == 1
    assert "no space left" in err
    assert "cues so far are kept here" in err
    assert os.listdir(tmp_path) == ["a.partial.srt"]
    assert "-->" in (tmp_path / "a.partial.srt").read_text()

    def refuse_too(*_: Any, **__: Any) -> Any:
        raise OutputError("a.srt", "can't be written: no space left on device")

    monkeypatch.setattr(track, "TrackFile", refuse_too)
    code, _, err = vidcap(shelf / "wide.mp4", "-o", tmp_path / "b.mkv")
    assert code == 1
    assert err.splitlines()[-1] == "vidcap: a.mkv: can't be written: no space left on device"
