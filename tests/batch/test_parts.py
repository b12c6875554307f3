"""A film read in parts is joined to exactly what one piece gives: the same shots, clips and cues."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from tests.batch.conftest import Result
from tests.batch.fakes import ColourDescriber
from tests.batch.films import SHORT, write_film
from vidcap.batch.parts import Seam, caption_part, join, ranges
from vidcap.batch.work import Facts, Part
from vidcap.captioner import Captioner, untapped
from vidcap.sources import open_source

CAPTIONER = Captioner(ColourDescriber())
LONG_TAKES = (3, 4, 45, 3, 5, 30, 3)


def split(film: Path, split_s: int, captioner: Captioner = CAPTIONER) -> list[Part]:
    with open_source(str(film), captioner.config.source) as source:
        first = next(source.frames())
        facts = Facts(source.info, first.start_s, first.end_s)
    parts = ranges(facts, captioner.config, Fraction(split_s))
    return [caption_part(captioner, str(film), part, untapped) for part in parts]


@pytest.mark.parametrize(
    ("name", "shots_s", "fps", "skips"),
    [
        ("short shots.mp4", SHORT[:22], Fraction(25), 0),
        ("odd rate.mkv", SHORT[:22], Fraction(30000, 1001), 0),
        ("long takes.mp4", LONG_TAKES, Fraction(25), 0),
        ("no cut.mp4", (80,), Fraction(24), 0),
        ("frames missing.mp4", SHORT[:22], Fraction(25), 97),
        ("transport stream.ts", SHORT[:22], Fraction(25), 0),
    ],
)
def test_parts_give_what_one_piece_gives(
    tmp_path: Path, name: str, shots_s: Sequence[float], fps: Fraction, skips: int
) -> None:
    film = write_film(tmp_path / name, shots_s, fps, skips=skips)
    whole = caption_part(CAPTIONER, str(film), None, untapped)
    parts = split(film, 15)
    assert len(parts) >= 2
    joined = join(parts)
    assert isinstance(joined, Part)
    assert joined.captions == whole.captions
    assert joined.read_s == whole.read_s


def excerpted(end_s: Fraction | None = None) -> Captioner:
    return Captioner(ColourDescriber(), CAPTIONER.config.with_options(start_s=Fraction(7), end_s=end_s))


@pytest.mark.parametrize("rate", [Fraction(30000, 1001), Fraction(25)])
def test_parts_of_an_excerpt_give_what_the_excerpt_gives(tmp_path: Path, rate: Fraction) -> None:
    film = write_film(tmp_path / "film.mkv", SHORT[:18], rate)
    captioner = excerpted(Fraction(50))
    excerpt = join(split(film, 15, captioner))
    assert isinstance(excerpt, Part)
    assert excerpt.captions == caption_part(captioner, str(film), None, untapped).captions


@pytest.mark.parametrize("scan", ["full", "keys"])
def test_parts_are_joined_in_every_scan(tmp_path: Path, scan: str) -> None:
    film = write_film(tmp_path / "film.mp4", SHORT[:18], gop=25)
    captioner = Captioner(ColourDescriber(), CAPTIONER.config.with_options(scan=scan))
    joined = join(split(film, 15, captioner))
    assert isinstance(joined, Part)
    assert joined.captions == caption_part(captioner, str(film), None, untapped).captions


def test_parts_are_read_little_beyond_their_ends(tmp_path: Path) -> None:
    film = write_film(tmp_path / "film.mp4", SHORT[:22])
    for part, end_s in zip(split(film, 15), (15, 30, 45), strict=False):
        assert end_s < part.read_s < end_s + 9


@pytest.mark.parametrize(
    ("name", "shots_s", "rate", "start_s", "scan"),
    [
        ("stamps in milliseconds.mkv", SHORT[:12], 48, 7, "full"),
        ("frames left out.mp4", SHORT[3:17], 60, 0, "fast"),
    ],
)
def test_parts_that_dont_agree_are_begun_where_they_will(
    run: Callable[..., Result], tmp_path: Path, name: str, shots_s: Sequence[float], rate: int, start_s: int, scan: str
) -> None:
    film = write_film(tmp_path / name, shots_s, Fraction(rate))
    captioner = Captioner(ColourDescriber(), CAPTIONER.config.with_options(start_s=Fraction(start_s), scan=scan))
    split_s = 15 if scan == "fast" else 10
    parts = split(film, split_s, captioner)
    assert isinstance(join(parts), Seam)
    words = (film, "--start", start_s, "--formats", "jsonl", "--scan", scan)
    assert run(*words, out=tmp_path / "whole").code == 0
    done = run(*words, "--split", split_s, "--workers", 2, out=tmp_path / "split")
    assert done.code == 0
    assert done.report[name]["parts"] == len(parts)
    track = film.with_suffix(".jsonl").name
    assert (tmp_path / "split" / track).read_bytes() == (tmp_path / "whole" / track).read_bytes()


def test_parts_that_never_agree_are_not_joined(tmp_path: Path) -> None:
    first, second, *rest = split(write_film(tmp_path / "film.mp4", SHORT[:22]), 15)
    spoilt = replace(second, points=tuple(replace(point, digest=b"another") for point in second.points))
    assert join([first, spoilt, *rest]) == Seam(0)


def test_a_short_film_is_left_in_one_piece(film: Path) -> None:
    (part,) = split(film, 10)
    assert part.captions == caption_part(CAPTIONER, str(film), None, untapped).captions
