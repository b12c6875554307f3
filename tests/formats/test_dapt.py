"""DAPT holds the rules of the W3C, and a reader of somebody else's reads it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from fractions import Fraction

import pytest
from hypothesis import given, settings

from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.types import Cue

from ..tracks import quick, tracks
from .dapt_rules import breaches
from .test_properties import expected, written

CUES = [
    Cue(start_s=Fraction(1), end_s=Fraction(5, 2), lines=("A dog runs & jumps.",)),
    Cue(start_s=Fraction(3), end_s=Fraction(5), lines=("Two girls", "play 3 < 4."), is_extended=True),
]
GOOD = "".join(render(CUES, FORMATS["dapt"].writer(TrackInfo(language="en-GB", title="A day"))))


@quick
@given(tracks)
def test_every_track_holds_the_rules(cues: list[Cue]) -> None:
    assert breaches(written(cues, "dapt")) == []


@pytest.mark.parametrize(
    ("old", "new", "breach"),
    [
        ('xml:lang="en-GB"', "", "xml:lang"),
        ('xml:lang="en-GB"', 'xml:lang="English language"', "xml:lang"),
        ("dapt1.0/content", "imsc1.1/text", "contentProfiles"),
        ("<tt ", '<tt ttp:profile="x" ', "ttp:profile"),
        ("preRecording", "recorded", "scriptType"),
        ('daptm:scriptRepresents="visual.nonText"', "", "scriptRepresents"),
        ('daptm:langSrc="zxx"', "", "langSrc"),
        ('xml:id="d2"', 'xml:id="d1"', "twice"),
        ('xml:id="d2"', 'xml:id="2"', "without a name"),
        ('begin="00:00:01.000"', 'begin="00:00:01,000"', "without times"),
        ('represents="visual.nonText">\n      <p>A', 'represents="audio.dialogue">\n      <p>A', "does not"),
        ("x-extended", "extended", "descType"),
        ("<p>A dog", '<p style="s1">A dog', "style on"),
        ("<br/>", "<img/>", "img in"),
        ("  <body>\n", "  <body>\n    hello\n", "text in"),
        ("</tt>", "", "not XML"),
    ],
)
def test_the_rules_find_what_is_wrong(old: str, new: str, breach: str) -> None:
    assert breaches(GOOD) == []
    assert old in GOOD
    assert any(breach in each for each in breaches(GOOD.replace(old, new, 1))), breaches(GOOD.replace(old, new, 1))


@settings(parent=quick, max_examples=15)
@given(tracks)
def test_an_independent_reader_finds_the_same_texts_at_the_same_times(cues: list[Cue]) -> None:
    from ttconv.imsc import reader

    document = reader.to_model(ET.ElementTree(ET.fromstring(written(cues, "dapt").encode())))
    found = []
    body = document.get_body()
    for event in [] if body is None else body:
        [paragraph] = list(event)
        found.append((event.get_begin() or Fraction(0), event.get_end(), _lines(paragraph)))
    want = [
        (Fraction(one.start_ms, 1000), Fraction(one.end_ms, 1000), [_plain(line) for line in one.lines])
        for one in expected(cues)
    ]
    assert found == want


def _lines(paragraph: object) -> list[str]:
    from ttconv import model

    lines = [""]
    for child in paragraph:  # type: ignore[attr-defined]
        if isinstance(child, model.Br):
            lines.append("")
        else:
            lines[-1] += "".join(text.get_text() for text in child)
    return lines


def _plain(line: str) -> str:
    return line.replace("\ufffe", " ").replace("\uffff", " ")
