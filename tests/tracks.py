"""Captions and cues for tests: built by hand, or drawn by hypothesis with text that tries to break formats."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import settings
from hypothesis import strategies as st

from vidcap.types import Caption, Cue, Hypothesis, Label, Span

FRAGMENTS = [
    "-->", "- ->", "--->", "00:00:09,000 --> 00:00:10,000", "00:00:01.000", "\n\n12\n00:00:09,000 --> 00:00:10,000\nx",
    "<b>", "</b>", "<c.red>", "<00:00:01.000>", "<!--", "]]>", "<![CDATA[", "&amp;", "&lt;", "&", "&#0;", "{\\an8}",
    "\\N", "{", "}", "|", "\x1b]0;owned\x07", "\x1b[31m", "\x9b31m", "\ud83d", "\ufeff", "\ufffe", "\uffff", "\u202e",
    "\u200b", "\u200d", "\u2028", "\r", "\r\n", "\n", "\n\n", "\x00", "\x0b", "\x85", "NOTE", "STYLE", "REGION",
    "WEBVTT", "12", "1.5", "'", '"', ",", ";", "=1+1", "@x", "日" * 50, "x" * 500, "👨\u200d👩\u200d👧", "e\u0301", "ß",
    "ﬀ", "…",
]  # fmt: skip
WORDS = [
    ".", "a", "the", "man", "dog", "is", "riding", "running", "on", "in", "with", "and", "brown", "horse", "beach,",
    "grass", "two", "girls", "while", "near", "water",
]  # fmt: skip
_TIMES_S = [Fraction(n, d) for n, d in [(1, 90000), (1, 2500), (1, 25), (2, 25), (5, 6), (1001, 1250), (1, 1), (3, 2)]]
_LONG_S = [Fraction(n, d) for n, d in [(2002, 1001), (4, 1), (3600, 1001), (7, 1), (187, 25), (36, 5), (8, 1), (31, 1)]]
quick = settings(deadline=None, max_examples=50)

durations = st.sampled_from(_TIMES_S + _LONG_S)
"""Exact, from a fraction of a millisecond to half a minute."""
plain_text = st.lists(st.sampled_from(WORDS), max_size=8).map(" ".join)
"""Sentences of few words, so that neighbours are often alike; some are empty."""
hostile_text = st.builds(
    lambda joiner, some, rest: joiner.join([*some, rest]),
    st.sampled_from([" ", "", "\n"]),
    st.lists(st.sampled_from(WORDS + FRAGMENTS), max_size=5),
    st.one_of(st.just(""), st.text(st.characters(exclude_categories=[]), max_size=3)),
)
"""Text made of ordinary words, hostile fragments and any characters, lone surrogates included."""
any_text = st.one_of(plain_text, hostile_text)
confidences = st.sampled_from([0.0, 0.25, 0.5, 1.0, -1.0, 2.0, float("nan")])


def cap(
    start: float | str, end: float | str, text: str, shot: int = 0, *, whole: str = "", sure: float = 0.5
) -> Caption:
    """A caption by hand; ``whole`` holds "s" where it starts its shot and "e" where it ends it."""
    span = Span(0, shot, Fraction(start), Fraction(end), "s" in whole, "e" in whole)
    return Caption(span=span, text=text, confidence=sure)


_clip = st.tuples(
    durations, any_text, confidences, st.sampled_from([Fraction(0), Fraction(0), Fraction(1, 7), Fraction(3, 10)])
)
_plain_clip = st.tuples(durations, plain_text, confidences, st.just(Fraction(0)))


def _film(start_s: Fraction, shots: list[list[tuple[Fraction, str, float, Fraction]]]) -> list[Caption]:
    captions: list[Caption] = []
    for shot, clips in enumerate(shots):
        for clip, (duration_s, text, sure, gap_s) in enumerate(clips):
            span = Span(len(captions), shot, start_s, start_s + duration_s, clip == 0, clip == len(clips) - 1)
            captions.append(Caption(span=span, text=text, confidence=sure))
            start_s += duration_s + gap_s
    return captions


_starts = st.sampled_from([Fraction(0), Fraction(-1), Fraction(1, 3)])
films = st.builds(_film, _starts, st.lists(st.lists(_clip, min_size=1, max_size=4), max_size=5))
"""The captions of a film: shots of one to four clips, with gaps here and there."""
plain_films = st.builds(_film, _starts, st.lists(st.lists(_plain_clip, min_size=1, max_size=4), max_size=5))

_numbers = st.sampled_from([-0.5, 0.0, 1.0, float("nan"), float("inf")])
_captions = st.builds(
    Caption,
    span=st.just(Span(0, 0, Fraction(0), Fraction(1, 3), True, True)),
    text=hostile_text,
    confidence=confidences,
    token_logprobs=st.lists(_numbers, max_size=2).map(tuple),
    labels=st.lists(st.builds(Label, hostile_text, _numbers), max_size=2).map(tuple),
    alternatives=st.lists(st.builds(Hypothesis, hostile_text, st.just((-1.0, float("nan")))), max_size=1).map(tuple),
)
_lines = st.lists(any_text, max_size=3).map(tuple)
_lengths = st.one_of(durations, st.just(Fraction(0)))
_cue_parts = st.tuples(
    durations, _lengths, _lines, confidences, st.integers(0, 9), st.lists(_captions, max_size=1), st.booleans()
)


def _track(
    start_s: Fraction, parts: list[tuple[Fraction, Fraction, tuple[str, ...], float, int, list[Caption], bool]]
) -> list[Cue]:
    track = []
    for step_s, length_s, lines, sure, shot, captions, is_extended in parts:
        start_s += step_s
        track.append(
            Cue(
                start_s=start_s,
                end_s=start_s + length_s,
                lines=lines,
                confidence=sure,
                shot_index=shot,
                captions=tuple(captions),
                is_extended=is_extended,
            )
        )
    return track


tracks = st.builds(
    _track, st.sampled_from([Fraction(-1), Fraction(0), Fraction(360_000)]), st.lists(_cue_parts, max_size=4)
)
"""Cues in order, as a user might build them: any text, overlaps, times past 100 hours, some without duration."""
