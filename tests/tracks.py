"""Captions and cues for tests: built by hand, or drawn by hypothesis with text that tries to break formats."""

from __future__ import annotations

from fractions import Fraction
from itertools import accumulate

from hypothesis import settings
from hypothesis import strategies as st

from vidcap.types import Caption, Cue, Hypothesis, Label, Span

FRAGMENTS = [
    "-->", "- ->", "--->", "00:00:09,000 --> 00:00:10,000", "00:00:01.000", "\n\n12\n00:00:09,000 --> 00:00:10,000\nx",
    "<b>", "</b>", "<c.red>", "<00:00:01.000>", "<!--", "]]>", "<![CDATA[", "&amp;", "&lt;", "&", "&#0;", "{\\an8}", "\\N",
    "{", "}", "\x1b]0;owned\x07", "\x1b[31m", "\x9b31m", "\ud83d", "\ufeff", "\ufffe", "\uffff", "\u202e", "\u200b",
    "\u200d", "\u2028", "\r", "\r\n", "\n", "\n\n", "\x00", "\x0b", "\x85", "NOTE", "STYLE", "REGION", "WEBVTT", "12", "1.5",
    "'", '"', ",", ";", "=1+1", "@x", "日" * 50, "x" * 500, "👨\u200d👩\u200d👧", "e\u0301", "ß", "ﬀ", "…",
]  # fmt: skip
WORDS = "a the man dog is riding running on in with and brown horse beach, grass two girls while near water .".split()


_TIMES_S = [Fraction(n, d) for n, d in [(1, 90000), (1, 2500), (1, 25), (2, 25), (5, 6), (1001, 1250), (1, 1), (3, 2)]]
_LONG_S = [Fraction(n, d) for n, d in [(2002, 1001), (4, 1), (3600, 1001), (7, 1), (187, 25), (8, 1), (31, 1)]]
quick = settings(deadline=None, max_examples=60)


def hostile_text() -> st.SearchStrategy[str]:
    """Text made of ordinary words, hostile fragments and any characters, lone surrogates included."""
    pieces = st.lists(st.sampled_from(WORDS + FRAGMENTS), max_size=6)
    any_text = st.text(st.characters(exclude_categories=[]), max_size=3)
    return st.builds(lambda joiner, some, rest: joiner.join([*some, rest]), st.sampled_from([" ", "", "\n"]), pieces, any_text)


def plain_text() -> st.SearchStrategy[str]:
    """Sentences of few words, so that neighbours are often alike; some are empty."""
    return st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)


def durations() -> st.SearchStrategy[Fraction]:
    """Exact durations from a fraction of a millisecond to half a minute."""
    return st.sampled_from(_TIMES_S + _LONG_S)


confidences = st.one_of(st.sampled_from([0.0, 0.5, 1.0, float("nan")]), st.floats(-1, 2))


def cap(start: float | str, end: float | str, text: str, shot: int = 0, *, whole: str = "", sure: float = 0.5) -> Caption:
    """A caption by hand; ``whole`` holds "s" where it starts its shot and "e" where it ends it."""
    span = Span(0, shot, Fraction(start), Fraction(end), "s" in whole, "e" in whole)
    return Caption(span=span, text=text, confidence=sure)


@st.composite
def films(draw: st.DrawFn, text: st.SearchStrategy[str] | None = None) -> list[Caption]:
    """The captions of a film: shots of one to four clips, with gaps here and there."""
    texts = text if text is not None else st.one_of(plain_text(), hostile_text())
    clock, captions = draw(st.sampled_from([Fraction(0), Fraction(-1), Fraction(1, 3)])), []
    for shot in range(draw(st.integers(0, 5))):
        count = draw(st.integers(1, 4))
        for clip in range(count):
            end = clock + draw(durations())
            span = Span(len(captions), shot, clock, end, clip == 0, clip == count - 1)
            captions.append(Caption(span=span, text=draw(texts), confidence=draw(confidences)))
            clock = end + draw(st.sampled_from([Fraction(0), Fraction(0), Fraction(0), Fraction(1, 7)]))
    return captions


labels = st.builds(Label, hostile_text(), st.floats(allow_nan=True))
hypotheses = st.builds(Hypothesis, hostile_text(), st.lists(st.floats(), max_size=3).map(tuple))


@st.composite
def tracks(draw: st.DrawFn) -> list[Cue]:
    """Cues in order, as a user might build them: any text, overlaps, times past 100 hours, some without duration."""
    starts = accumulate(draw(st.lists(durations(), max_size=5)), initial=draw(st.sampled_from([Fraction(-1), Fraction(0), Fraction(360_000)])))
    return [draw(_cues(start)) for start in starts]


def _cues(start_s: Fraction) -> st.SearchStrategy[Cue]:
    lines = st.lists(st.one_of(hostile_text(), plain_text()), max_size=3).map(tuple)
    ends = st.one_of(durations().map(lambda length: start_s + length), st.just(start_s))
    caption = st.builds(
        Caption, span=st.just(Span(0, 0, start_s, start_s + 1, True, True)), text=hostile_text(), confidence=confidences,
        token_logprobs=st.lists(st.floats(), max_size=2).map(tuple), labels=st.lists(labels, max_size=2).map(tuple),
        alternatives=st.lists(hypotheses, max_size=2).map(tuple),
    )  # fmt: skip
    return st.builds(
        Cue, start_s=st.just(start_s), end_s=ends, lines=lines, confidence=confidences, shot_index=st.integers(0, 9),
        captions=st.lists(caption, max_size=2).map(tuple),
    )  # fmt: skip
