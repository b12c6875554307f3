"""What is written can be read back, whatever the text."""

from __future__ import annotations

import json
import unicodedata
from fractions import Fraction
from itertools import pairwise

import pytest
import srt
from hypothesis import given
from hypothesis import strategies as st

from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.formats.srt import neutral
from vidcap.text import one_line
from vidcap.timeline import to_ms
from vidcap.types import Cue

from ..tracks import quick, tracks
from .parsers import Parsed, parse_vtt


def written(cues: list[Cue], name: str) -> str:
    return "".join(render(cues, FORMATS[name].writer(TrackInfo())))


def expected(cues: list[Cue]) -> list[Parsed]:
    """What every format shows of the cues: clean lines, times in whole milliseconds, nothing that can't be shown."""
    every = [
        Parsed(max(0, to_ms(cue.start_s)), to_ms(cue.end_s), tuple(filter(None, map(one_line, cue.lines))))
        for cue in cues
    ]
    return [cue for cue in every if cue.lines and cue.end_ms > cue.start_ms]


@quick
@given(tracks)
def test_webvtt_reads_back_as_it_was_given(cues: list[Cue]) -> None:
    assert parse_vtt(written(cues, "vtt")) == expected(cues)


@quick
@given(tracks)
def test_subrip_reads_back_with_its_documented_replacements(cues: list[Cue]) -> None:
    text = written(cues, "srt")
    parsed = list(srt.parse(text))
    want = expected(cues)
    assert [one.index for one in parsed] == list(range(1, len(want) + 1))
    assert [(one.start / srt.timedelta(milliseconds=1), one.end / srt.timedelta(milliseconds=1)) for one in parsed] == [
        (one.start_ms, one.end_ms) for one in want
    ]
    assert [one.content.replace("\n", " ") for one in parsed] == [" ".join(map(neutral, one.lines)) for one in want]
    assert text.count("-->") == len(want)


@quick
@given(tracks)
def test_json_lines_read_back_exactly(cues: list[Cue]) -> None:
    records = [json.loads(line, parse_constant=pytest.fail) for line in written(cues, "jsonl").splitlines()]
    want = expected(cues)
    kept = [cue for cue in cues if expected([cue])]
    assert [Parsed(r["start_ms"], r["end_ms"], tuple(r["lines"])) for r in records] == want
    assert [(Fraction(r["start"]), Fraction(r["end"])) for r in records] == [(c.start_s, c.end_s) for c in kept]
    assert [r["shot"] for r in records] == [c.shot_index for c in kept]
    assert [[one["text"] for one in r["captions"]] for r in records] == [
        [one_line(one.text) for one in c.captions] for c in kept
    ]


@quick
@given(st.sampled_from(list(FORMATS)), tracks)
def test_no_format_lets_control_characters_or_broken_text_through(name: str, cues: list[Cue]) -> None:
    text = written(cues, name)
    text.encode("utf-8")
    assert not [c for c in text if unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c != "\n"]
    assert "\ufeff" not in text
    assert "\u202e" not in text


@quick
@given(st.sampled_from(list(FORMATS)), tracks)
def test_all_formats_show_the_same_number_of_cues_piece_by_piece(name: str, cues: list[Cue]) -> None:
    writer = FORMATS[name].writer(TrackInfo())
    pieces = list(render(cues, writer))
    assert len(pieces) == len(cues) + 2
    assert writer.count == len(expected(cues))
    assert sum(1 for piece in pieces[1:-1] if piece) == (0 if name == "otio" else writer.count)


@quick
@given(tracks)
def test_what_is_in_order_stays_in_order(cues: list[Cue]) -> None:
    for one, following in pairwise(parse_vtt(written(cues, "vtt"))):
        assert one.start_ms <= following.start_ms
