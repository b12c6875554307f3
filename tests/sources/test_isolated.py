"""The decoder in a process of its own: the same frames; its crash costs what comes after, and is told in a line."""

from __future__ import annotations

import logging
import os
import signal
import sys
from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from vidcap.captioner import CaptionConfig, Captioner
from vidcap.errors import SourceCorrupt, SourceNotFound
from vidcap.sources import SourceConfig, open_source
from vidcap.sources.exchange import GoneError, receive, send
from vidcap.testing import EchoDescriber

APART = SourceConfig(isolate=True)

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX pipes")]


def everything(path: Any, config: SourceConfig) -> Any:
    with open_source(str(path), config) as source:
        frames = [
            (f.index, f.start_s, f.end_s, f.is_key, f.is_corrupt, f.picture.small_yuv().tobytes(), f.picture.width_px,
             f.picture.rgb(40, 30).tobytes())
            for f in source.frames()
        ]  # fmt: skip
        return source.info, source.damage, frames


def test_the_frames_are_the_same(samples_dir: Path) -> None:
    film = samples_dir / "people.mp4"
    assert everything(film, SourceConfig(end_s=2)) == everything(film, SourceConfig(end_s=2, isolate=True))


def test_the_last_pictures_can_be_had_when_the_end_is_known(films: Any) -> None:
    film = films.write("x.mp4", films.levels(3))
    with open_source(film, APART) as source:
        assert [frame.picture.rgb(8, 8).shape for frame in list(source.frames())] == [(8, 8, 3)] * 3


def test_damage_and_warnings_come_across(films: Any, caplog: pytest.LogCaptureFixture) -> None:
    content = Path(films.write("x.mkv", films.levels(50), options={"bf": "0", "g": "5"})).read_bytes()
    (films.folder / "cut.mkv").write_bytes(content[: len(content) * 5 // 10])
    with caplog.at_level(logging.WARNING, "vidcap"):
        here = everything(films.folder / "cut.mkv", SourceConfig())
        apart = everything(films.folder / "cut.mkv", APART)
    assert here == apart
    messages = [record.getMessage() for record in caplog.records]
    assert len(messages) == 2
    assert messages[0] == messages[1]


def test_what_can_not_be_opened_is_told_alike(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFound, match="no such file"):
        open_source(str(tmp_path / "none.mp4"), APART)


@pytest.mark.parametrize("number", [signal.SIGSEGV, signal.SIGKILL])
def test_a_crash_ends_the_frames_with_one_line(samples_dir: Path, number: signal.Signals) -> None:
    with open_source(str(samples_dir / "people.mp4"), APART) as source:
        frames = source.frames()
        last = list(islice(frames, 10))[-1]
        source._process.send_signal(number)  # type: ignore[attr-defined]
        with pytest.raises(SourceCorrupt, match=f"the decoder crashed .{number.name}. after 1"):
            list(frames)
        with pytest.raises(SourceCorrupt):
            last.picture.rgb(9, 9)


def test_a_crash_keeps_the_track_so_far(samples_dir: Path, tmp_path: Path) -> None:
    config = CaptionConfig().with_options(isolate=True, overlap=False, batch=1, clip_s=0.5)
    pids: list[int] = []

    def crash(stage: str, items: Any) -> Any:
        for place, item in enumerate(items):
            if stage == "decode" and place == 200:
                os.kill(pids[0], signal.SIGSEGV)
            yield item

    from vidcap.formats import format_for
    from vidcap.formats.output import TrackFile

    with Captioner(EchoDescriber(), config).open(samples_dir / "tour.mp4", crash) as film:
        pids.append(film._source._process.pid)  # type: ignore[attr-defined]
        with pytest.raises(SourceCorrupt, match="crashed"):
            _write(film, TrackFile(tmp_path / "t.srt", format_for("t.srt").writer(None)))  # type: ignore[arg-type]
    assert [path.name for path in tmp_path.iterdir()] == ["t.partial.srt"]


def _write(film: Any, track: Any) -> None:
    with track:
        for cue in film.cues():
            track.write(cue)


def test_a_message_that_lies_about_its_size_is_the_end() -> None:
    reading, writing = os.pipe()
    try:
        send(writing, {"a": 1}, b"xyz")
        assert receive(reading) == ({"a": 1}, b"xyz")
        os.write(writing, b"\xff" * 8)
        with pytest.raises(GoneError):
            receive(reading)
    finally:
        os.close(reading)
        os.close(writing)
