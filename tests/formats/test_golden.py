"""Each format byte for byte. After a change on purpose: ``pytest --update-golden``, and look at the difference."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction

import pytest

from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.types import Caption, Cue, Hypothesis, Label, Span

CAPTION = Caption(
    span=Span(0, 0, Fraction(0), Fraction(12012, 3000), True, True),
    text="a man rides a horse on a beach",
    confidence=0.75,
    token_logprobs=(-0.25, -0.5),
    labels=(Label("sorrel", 0.5), Label("seashore", 0.25)),
    alternatives=(Hypothesis("a person on a horse", (-1.0, -0.5)),),
)


def _cue(
    start: str, end: str, *lines: str, shot: int = 0, captions: tuple[Caption, ...] = (), is_extended: bool = False
) -> Cue:
    times = {"start_s": Fraction(start), "end_s": Fraction(end)}
    return Cue(**times, lines=lines, confidence=0.75, shot_index=shot, captions=captions, is_extended=is_extended)


CUES = [
    _cue("1/1000", "1001/300", "A man rides a horse on a beach.", captions=(CAPTION,)),
    _cue("1001/250", "59.9995", "Two girls in red shirts", "play with a ball on the grass."),
    _cue("60", "3661", 'A sign says "AT&T --> <b>exit</b>", {\\an8} 3 < 4.', shot=2, is_extended=True),
    _cue("363600", "363601", "12", "00:00:09,000 Ünï → 日本 👩\u200d👧", shot=3),
]


@pytest.mark.parametrize("name", FORMATS)
def test_a_track_is_written_byte_for_byte(name: str, golden: Callable[[str, bytes], None]) -> None:
    each = FORMATS[name]
    info = TrackInfo(language="en-GB", title="A day & a half", media="day.mp4")
    golden(f"track{each.suffixes[0]}", "".join(render(CUES, each.writer(info))).encode())


@pytest.mark.parametrize("name", FORMATS)
def test_a_track_without_cues_is_valid_too(name: str, golden: Callable[[str, bytes], None]) -> None:
    each = FORMATS[name]
    golden(f"empty{each.suffixes[0]}", "".join(render([], each.writer(TrackInfo()))).encode())
