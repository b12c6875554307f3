"""Times and texts by hand through cues and formats: what captions may hold, and what players then get."""

from __future__ import annotations

import re
from collections.abc import Iterator
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
import srt

from tests.cases.case import controls
from vidcap.cues import cues
from vidcap.formats import FORMATS, TrackInfo
from vidcap.types import Caption, Span

TIME = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)[.,](\d{3})")
VTT_CUE = re.compile(rf"^{TIME.pattern} --> {TIME.pattern}$", re.MULTILINE)

FLOOD = "same caption"

Said = tuple[float | str, float | str, str]

GOOD: dict[str, tuple[list[Said], int]] = {
    "an arrow in the text": (
        [(0, 2, "a sign says --> exit"), (2, 4, "00:00:09,000 --> 00:00:10,000"), (4, 6, "x y")],
        3,
    ),
    "markup": ([(0, 2, "AT&T <b>bold</b> 3 < 4 > 2"), (2, 4, "&amp; <c.red> <00:00:01.000>"), (4, 6, "{\\an8}top")], 3),
    "nothing to show": ([(0, 2, ""), (2, 4, "   "), (4, 6, "\u200b"), (6, 8, "real")], 1),
    "line breaks": ([(0, 2, "one\ntwo\r\nthree"), (2, 4, "four\n\n\nfive"), (4, 6, "six\u2028seven\x85eight")], 3),
    "words of the format": ([(0, 2, "WEBVTT"), (2, 4, "NOTE this"), (4, 6, "STYLE"), (6, 8, "REGION\nid:1")], 4),
    "odd characters": (
        [(0, 2, "\u202eRTL\u202c"), (2, 4, "\ud83d"), (4, 6, "\x00 \x1b[31m red"), (6, 9, "x" * 5000)],
        3,
    ),
    "no spaces": ([(0, 12, "日" * 200)], 1),
    "unordered and overlapping": ([(4, 6, "third one"), (0, 5, "first, late"), (5, 8, "follows now")], 2),
    "the same 500 times": ([(k / 25, (k + 1) / 25, FLOOD) for k in range(500)], 1),
    "below a millisecond": ([(0, 4, "a dog"), ("4", "4.0004", "a flash"), ("4.0004", 8, "two cats sleep")], 2),
    "above 100 hours": ([(359_990, 359_999.5, "before"), (359_999.5, 360_010, "then after")], 2),
    "59.9996": ([(50, "59.9996", "a dog runs"), ("59.9996", 70, "two cats sleep")], 2),
}
BAD: list[Said] = [(1, 1, "no duration"), (3, 2, "negative"), ("nan", 2, "no number"), (3, "inf", "endless")]


def said(rows: list[Said]) -> Iterator[Caption]:
    for index, (start, end, text) in enumerate(rows):
        is_one_shot = text == FLOOD
        first, last = not is_one_shot or index == 0, not is_one_shot or index == len(rows) - 1
        shot = 0 if is_one_shot else index
        yield Caption(Span(index, shot, Fraction(start), Fraction(end), first, last), text, 0.9)


def written(rows: list[Said], name: str) -> str:
    writer: Any = FORMATS[name].writer(TrackInfo())
    pieces = [writer.begin(), *map(writer.cue, cues(said(rows))), writer.finish()]
    return "".join(pieces)


def times_ms(text: str) -> list[int]:
    return [((int(h) * 60 + int(m)) * 60 + int(s)) * 1000 + int(ms) for h, m, s, ms in TIME.findall(text)]


@pytest.mark.parametrize("name", GOOD)
def test_a_track_of_it_is_valid(name: str) -> None:
    rows, count = GOOD[name]
    rip, web = written(rows, "srt"), written(rows, "vtt")
    parsed = list(srt.parse(rip))
    assert len(parsed) == len(VTT_CUE.findall(web)) == count
    assert [cue.index for cue in parsed] == list(range(1, count + 1))
    assert all(cue.start < cue.end for cue in parsed)
    assert all(one.end <= two.start for one, two in pairwise(parsed))
    assert rip.count("-->") == web.count("-->") == count
    assert web.startswith("WEBVTT\n\n")
    assert "X-TIMESTAMP" not in web
    for text in (rip, web):
        assert not controls(text)
        assert text.encode("utf-8")[:3] != b"\xef\xbb\xbf"
        stamps = [text.splitlines()[place] for place, line in enumerate(text.splitlines()) if TIME.search(line)]
        marks = [mark for line in stamps if "-->" in line for mark in times_ms(line)]
        assert marks == sorted(marks)


@pytest.mark.parametrize("row", BAD)
def test_a_time_that_is_none_is_refused_where_it_is_made(row: Said) -> None:
    with pytest.raises((ValueError, OverflowError)):
        list(said([row]))


def test_markup_is_escaped_once_in_webvtt() -> None:
    web = written([(0, 4, "AT&T <b>bold</b> 3 < 4 > 2")], "vtt")
    assert "AT&amp;T &lt;b&gt;bold&lt;/b&gt; 3 &lt; 4 &gt; 2" in web.replace("\n", " ")
