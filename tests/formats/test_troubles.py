"""Texts that broke other tools' tracks, on their whole way from caption to file."""

from __future__ import annotations

import re
from fractions import Fraction

import pytest
import srt

from vidcap.cues import CueConfig, cues
from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.types import Cue

from ..tracks import cap
from .parsers import parse_vtt

QUICK = CueConfig(max_cps=1000, merge_similarity=1)  # type: ignore[arg-type]

TROUBLES = {
    "arrow": ["a sign says --> exit", "00:00:09,000 --> 00:00:10,000", "plain"],
    "markup": ["AT&T <b>bold</b> 3 < 4 > 2", "&amp; &lt; <c.red> <00:00:01.000>", "{\\an8}top \\N line"],
    "header": ["WEBVTT", "NOTE this is text", "STYLE", "REGION\nid:1", "12\nlines"],
    "unicode": [
        "\U0001f468\u200d\U0001f469\u200d\U0001f467 family",
        "\u202eRTL override\u202c",
        "lone \ud83d surrogate",
        "nul \x00 and esc \x1b[31m",
        "\ufeffBOM inside",
        "x" * 5000,
        "\u65e5" * 200,
    ],
}


@pytest.mark.parametrize("texts", TROUBLES.values(), ids=TROUBLES)
def test_every_caption_comes_back_as_one_cue_in_every_format(texts: list[str]) -> None:
    film = [cap(2 * k, 2 * k + 2, text, k, whole="se") for k, text in enumerate(texts)]
    files = {name: "".join(render(cues(film, QUICK), each.writer(TrackInfo()))) for name, each in FORMATS.items()}
    assert len(list(srt.parse(files["srt"]))) == len(parse_vtt(files["vtt"])) == len(texts)
    assert files["srt"].count("-->") == len(texts)
    for text in files.values():
        assert not re.search("[\x00\x1b\ufeff\u202e\ud83d]", text)
        text.encode("utf-8")


def test_webvtt_is_escaped_once() -> None:
    film = [cap(0, 2, "AT&T <b>bold</b> 3 < 4 > 2", whole="se")]
    text = "".join(render(cues(film, QUICK), FORMATS["vtt"].writer(TrackInfo())))
    assert "AT&amp;T &lt;b&gt;bold&lt;/b&gt; 3 &lt; 4 &gt; 2" in text


def test_times_that_round_to_nothing_are_no_cue() -> None:
    film = [cap(1, "1.0004", "short"), cap("1.0004", 3, "good")]
    for each in FORMATS.values():
        text = "".join(render(cues(film, QUICK), each.writer(TrackInfo())))
        assert "Good." in text
        assert "Short." not in text


def test_a_number_and_a_time_inside_subrip_text_are_no_new_cue() -> None:
    lines = ("a dog", "12", "00:00:09,000 is the time")
    cue = Cue(start_s=Fraction(1), end_s=Fraction(2), lines=lines)
    [parsed] = srt.parse("".join(render([cue], FORMATS["srt"].writer(TrackInfo()))))
    assert parsed.content == "a dog\n12 00:00:09,000 is the time"
