"""Files are whole or not there; what was interrupted is kept under a name that says so."""

# ruff: noqa: PT012 - a track is left by the exception under test

from __future__ import annotations

import io
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest
import srt

from vidcap.errors import OutputClosed, OutputError
from vidcap.formats import FORMATS, TrackFile, TrackInfo, TrackStream, open_track, same_file
from vidcap.formats.output import partial_path
from vidcap.types import Cue


def cue(start: int, text: str = "A dog.") -> Cue:
    return Cue(start_s=Fraction(start), end_s=Fraction(start + 1), lines=(text,))


def track(path: Path | str, *, overwrite: bool = False, name: str = "srt") -> TrackFile:
    return TrackFile(path, FORMATS[name].writer(TrackInfo()), overwrite=overwrite)


def names(folder: Path) -> list[str]:
    return sorted(os.listdir(folder))


def test_the_file_appears_when_it_is_complete_and_not_before(tmp_path: Path) -> None:
    path = tmp_path / "movie.srt"
    with track(path) as out:
        out.write(cue(1))
        assert not path.exists()
        out.write(cue(2))
    assert [one.content for one in srt.parse(path.read_text())] == ["A dog.", "A dog."]
    assert names(tmp_path) == ["movie.srt"]
    assert out.cues_written == 2


def test_the_file_has_the_permissions_that_new_files_have(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        with track(tmp_path / "movie.srt"):
            pass
    finally:
        os.umask(before)
    assert (tmp_path / "movie.srt").stat().st_mode & 0o777 == 0o640


def test_a_file_that_is_there_is_kept_unless_overwriting_was_asked_for(tmp_path: Path) -> None:
    path = tmp_path / "movie.srt"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        track(path)
    assert path.read_text() == "mine"
    with track(path, overwrite=True) as out:
        out.write(cue(1))
        assert path.read_text() == "mine"
    assert "A dog." in path.read_text()
    assert names(tmp_path) == ["movie.srt"]


def test_a_file_that_appears_meanwhile_is_kept_and_the_track_is_put_beside_it(tmp_path: Path) -> None:
    path = tmp_path / "movie.srt"
    with pytest.raises(OutputError, match="exists already"), track(path) as out:
        out.write(cue(1))
        path.write_text("mine")
    assert path.read_text() == "mine"
    assert out.partial == tmp_path / "movie.partial.srt"
    assert names(tmp_path) == ["movie.partial.srt", "movie.srt"]


@pytest.mark.parametrize("error", [KeyboardInterrupt, OutputError("x", "y"), RuntimeError])
def test_what_is_interrupted_is_kept_as_a_valid_track_under_a_marked_name(tmp_path: Path, error: type) -> None:
    with pytest.raises(error if isinstance(error, type) else OutputError), track(tmp_path / "movie.srt") as out:
        out.write(cue(1))
        raise error
    assert names(tmp_path) == ["movie.partial.srt"]
    assert out.partial == tmp_path / "movie.partial.srt"
    assert [one.content for one in srt.parse(out.partial.read_text())] == ["A dog."]


def test_a_partial_track_never_replaces_another(tmp_path: Path) -> None:
    (tmp_path / "movie.partial.srt").write_text("mine")
    with pytest.raises(KeyboardInterrupt), track(tmp_path / "movie.srt", overwrite=True) as out:
        out.write(cue(1))
        raise KeyboardInterrupt
    assert names(tmp_path) == ["movie.partial-2.srt", "movie.partial.srt"]
    assert (tmp_path / "movie.partial.srt").read_text() == "mine"


def test_a_partial_name_is_cut_where_it_would_be_too_long(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), track(tmp_path / ("ü" * 125 + ".srt")) as out:
        out.write(cue(1))
        raise KeyboardInterrupt
    assert names(tmp_path) == ["ü" * 121 + ".partial.srt"]


def test_an_error_before_the_first_cue_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt), track(tmp_path / "movie.vtt", name="vtt"):
        raise KeyboardInterrupt
    assert names(tmp_path) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_partial_track_is_what_a_whole_one_of_those_cues_would_be(tmp_path: Path, name: str) -> None:
    whole, cut = tmp_path / "whole.x", tmp_path / "cut.x"
    with track(whole, name=name) as out:
        out.write(cue(1))
    with pytest.raises(KeyboardInterrupt), track(cut, name=name) as out:
        out.write(cue(1))
        raise KeyboardInterrupt
    assert partial_path(cut).read_bytes() == whole.read_bytes()


def _closed_folder(folder: Path) -> Path:
    (folder / "closed").mkdir()
    (folder / "closed").chmod(0o500)
    return folder / "closed" / "movie.srt"


def _file_as_folder(folder: Path) -> Path:
    (folder / "file").write_text("")
    return folder / "file" / "movie.srt"


@pytest.mark.parametrize(
    ("place", "reason"),
    [
        (lambda folder: folder, "is a folder"),
        (lambda folder: folder / "no" / "movie.srt", "folder does not exist"),
        (_file_as_folder, "not a directory"),
        (lambda folder: folder / ("x" * 300 + ".srt"), "name too long"),
        (lambda folder: f"{folder}/a\0.srt", "null"),
        (lambda folder: Path("/dev/null"), "device"),
        pytest.param(
            _closed_folder, "permission", marks=pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
        ),
    ],
)  # fmt: skip
def test_a_place_that_can_not_hold_a_track_is_told_at_once_in_one_line(
    tmp_path: Path, place: object, reason: str
) -> None:
    with pytest.raises(OutputError, match=reason) as caught:
        track(place(tmp_path))  # type: ignore[operator]
    assert "\n" not in str(caught.value)


def test_a_full_disk_is_one_line_and_what_was_written_whole_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, room = os.write, [100]

    def write(file: int, data: memoryview) -> int:
        if not room[0]:
            raise OSError(28, "No space left on device")
        size = min(room[0], len(data))
        room[0] -= size
        return real(file, data[:size])

    monkeypatch.setattr("vidcap.formats.output.os.write", write)
    with pytest.raises(OutputError, match="no space left") as caught, track(tmp_path / "movie.srt") as out:
        for second in range(9):
            out.write(cue(second))
    assert str(caught.value).count("\n") == 0
    assert [one.content for one in srt.parse((tmp_path / "movie.partial.srt").read_text())] == ["A dog."] * 2


def test_nothing_is_left_where_not_even_the_beginning_can_be_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def write(file: int, data: memoryview) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vidcap.formats.output.os.write", write)
    with pytest.raises(OutputError, match="no space left"):
        track(tmp_path / "movie.vtt", name="vtt")
    assert os.listdir(tmp_path) == []


def test_a_link_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real.srt").write_text("old")
    (tmp_path / "link.srt").symlink_to(tmp_path / "real.srt")
    with track(tmp_path / "link.srt", overwrite=True) as out:
        out.write(cue(1))
    assert (tmp_path / "link.srt").is_symlink()
    assert "A dog." in (tmp_path / "real.srt").read_text()


def test_the_same_file_is_known_by_any_of_its_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    film = tmp_path / "movie.mp4"
    film.write_text("x")
    (tmp_path / "soft.mp4").symlink_to(film)
    os.link(film, tmp_path / "hard.mp4")
    monkeypatch.chdir(tmp_path)
    assert all(same_file(film, other) for other in ["movie.mp4", "./movie.mp4", "soft.mp4", "hard.mp4", film])
    assert same_file("new.srt", tmp_path / "new.srt")
    assert not same_file(film, "other.mp4")
    assert not same_file("a\0b", film)


def test_a_stream_shows_each_cue_at_once() -> None:
    reader, writer = os.pipe()
    with os.fdopen(writer, "wb") as stream, os.fdopen(reader, "rb", buffering=0) as shown:
        with TrackStream(stream, FORMATS["vtt"].writer(TrackInfo())) as out:
            assert shown.read(100) == b"WEBVTT\n\n"
            out.write(cue(1))
            assert b"A dog." in shown.read(100)
        assert not stream.closed


def test_a_reader_that_goes_away_ends_the_work_quietly(tmp_path: Path) -> None:
    program = f"""
import sys
sys.path.insert(0, {os.getcwd()!r})
from fractions import Fraction
from vidcap.errors import OutputClosed
from vidcap.formats import FORMATS, TrackInfo, TrackStream, abandon
from vidcap.types import Cue
try:
    with TrackStream(sys.stdout.buffer, FORMATS["srt"].writer(TrackInfo())) as out:
        for second in range(10**6):
            out.write(Cue(start_s=Fraction(second), end_s=Fraction(second + 1), lines=("A dog.",)))
except OutputClosed as error:
    abandon(sys.stdout.buffer)
    print(error, file=sys.stderr)
"""
    child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout is not None
    assert child.stderr is not None
    assert child.stdout.readline() == b"1\n"
    child.stdout.close()
    assert child.stderr.read() == b"-: the reader of the output went away\n"
    child.stderr.close()
    assert child.wait(60) == 0


def test_a_stream_that_is_closed_is_an_output_error() -> None:
    stream = io.BytesIO()
    out = TrackStream(stream, FORMATS["srt"].writer(TrackInfo()))
    stream.close()
    with pytest.raises(OutputError, match="closed"):
        out.write(cue(1))


def test_the_standard_output_is_a_dash_and_devices_are_streams(tmp_path: Path) -> None:
    stream = io.BytesIO()
    with open_track("-", FORMATS["srt"].writer(TrackInfo()), stream) as out:
        out.write(cue(1))
    assert b"A dog." in stream.getvalue()
    with open_track(os.devnull, FORMATS["srt"].writer(TrackInfo()), stream) as out:
        out.write(cue(1))
    assert Path(os.devnull).is_char_device()
    with open_track(tmp_path / "a.srt", FORMATS["srt"].writer(TrackInfo()), stream) as out:
        assert isinstance(out, TrackFile)


def test_a_named_pipe_gets_the_track(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    got: list[bytes] = []
    reader = threading.Thread(target=lambda: got.append((tmp_path / "pipe").read_bytes()))
    reader.start()
    with open_track(tmp_path / "pipe", FORMATS["srt"].writer(TrackInfo()), io.BytesIO()) as out:
        out.write(cue(1))
    reader.join(10)
    assert b"A dog." in got[0]


def test_output_errors_survive_a_trip_to_another_process() -> None:
    import pickle

    error = pickle.loads(pickle.dumps(OutputClosed("a", "b")))
    assert (type(error), str(error)) == (OutputClosed, "a: b")


@pytest.fixture(autouse=True)
def _no_files_left_open() -> Iterator[None]:
    before = len(os.listdir("/proc/self/fd")) if Path("/proc/self/fd").is_dir() else 0
    yield
    if before:
        assert len(os.listdir("/proc/self/fd")) <= before
