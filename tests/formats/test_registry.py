"""A format is chosen by name or suffix."""

from __future__ import annotations

from fractions import Fraction

import pytest

from vidcap.errors import OutputError
from vidcap.formats import FORMATS, TrackInfo, format_for
from vidcap.types import Cue


@pytest.mark.parametrize(
    ("path", "name", "chosen"),
    [
        ("a.srt", None, "srt"),
        ("a.SRT", None, "srt"),
        ("a.b.vtt", None, "vtt"),
        ("a.ndjson", None, "jsonl"),
        ("a.srt", "vtt", "vtt"),
        ("a", "JSONL", "jsonl"),
        ("-", None, "srt"),
        ("", None, "srt"),
    ],
)
def test_the_name_wins_over_the_suffix(path: str, name: str | None, chosen: str) -> None:
    assert format_for(path, name).name == chosen


@pytest.mark.parametrize(("path", "name"), [("a.xyz", None), ("a", None), ("a.srt", "xyz"), ("dir.srt/a", None)])
def test_an_unknown_one_is_an_error_that_lists_what_there_is(path: str, name: str | None) -> None:
    with pytest.raises(OutputError, match=r"srt.*vtt.*jsonl") as caught:
        format_for(path, name)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)


def test_each_suffix_belongs_to_one_format() -> None:
    suffixes = [suffix for each in FORMATS.values() for suffix in each.suffixes]
    assert len(suffixes) == len(set(suffixes))
    assert all(suffix == suffix.lower() and suffix.startswith(".") for suffix in suffixes)


@pytest.mark.parametrize("name", FORMATS)
def test_cues_out_of_order_are_a_mistake_of_the_caller(name: str) -> None:
    writer = FORMATS[name].writer(TrackInfo())
    writer.begin()
    writer.cue(Cue(start_s=Fraction(2), end_s=Fraction(3), lines=("a",)))
    with pytest.raises(ValueError, match="order"):
        writer.cue(Cue(start_s=Fraction(1), end_s=Fraction(3), lines=("a",)))
