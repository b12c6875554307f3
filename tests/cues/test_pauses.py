"""Descriptions give way to dialogue: none is spoken over unless it says so, and none is lost."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.cues import PRESETS, CueConfig, Fitted, GapConfig, cues, fit_into_pauses
from vidcap.cues.pauses import joined, pauses_between
from vidcap.types import Caption, Cue

from ..tracks import films, quick

PLAIN = CueConfig()
GAPS = GapConfig(speech_margin_s=Fraction(0))
LONG = "A man in a red coat rides a brown horse along the beach."  # 57 characters: 3.4 s
SHORT = "A dog runs."
times = st.integers(0, 60_000).map(lambda ms: Fraction(ms, 1000))
spans = st.lists(st.tuples(times, st.integers(1, 9_000).map(lambda ms: Fraction(ms, 1000))), max_size=12).map(
    lambda drawn: [(start_s, start_s + length_s) for start_s, length_s in drawn]
)
ways = st.builds(
    GapConfig,
    early_s=st.sampled_from([Fraction(0), Fraction(1), Fraction(10)]),
    late_s=st.sampled_from([Fraction(0), Fraction(4), Fraction(30)]),
    speech_margin_s=st.sampled_from([Fraction(0), Fraction(3, 20)]),
    least_words=st.sampled_from([Fraction(0), Fraction(3, 5), Fraction(1)]),
)


def cue(start: float, end: float, text: str = SHORT) -> Cue:
    return Cue(start_s=Fraction(str(start)), end_s=Fraction(str(end)), lines=(text,))


def fitted(given_cues: list[Cue], *speech: tuple[float, float], gaps: GapConfig = GAPS) -> list[Cue]:
    talk = [(Fraction(str(a)), Fraction(str(b))) for a, b in speech]
    return list(fit_into_pauses(given_cues, talk, PLAIN, gaps))


def shown(made: list[Cue]) -> list[tuple[float, float, str, bool]]:
    return [(float(one.start_s), float(one.end_s), one.text, one.is_extended) for one in made]


def test_without_speech_in_its_time_a_cue_stays() -> None:
    assert shown(fitted([cue(5, 8)], (0, 5), (8, 9))) == [(5, 8, SHORT, False)]


def test_a_cue_ends_before_speech_where_it_can_be_read_by_then() -> None:
    assert shown(fitted([cue(5, 8)], (6.5, 9))) == [(5, 6.5, SHORT, False)]


def test_a_cue_moves_to_the_nearest_pause_that_is_long_enough() -> None:
    assert shown(fitted([cue(5, 7)], (4.5, 6))) == [(6, 8, SHORT, False)]
    early = fitted([cue(5, 7)], (4.95, 20))[0]
    assert (float(early.end_s), early.is_extended) == (4.95, False)


def test_a_long_sentence_is_shortened_to_the_pause() -> None:
    [made] = fitted([cue(5, 9, LONG)], (0, 5), (7.6, 30))
    assert (made.text, made.is_extended) == ("A man in a red coat rides a brown horse.", False)
    assert float(made.end_s) <= 7.6


def test_where_no_pause_is_long_enough_the_sentence_is_whole_and_marked() -> None:
    [made] = fitted([cue(5, 9, LONG)], (0, 5.5), (6, 30))
    assert (made.text, made.is_extended, float(made.start_s)) == (LONG, True, 5.5)
    assert made.end_s - made.start_s == 4


def test_a_cue_never_takes_the_time_of_its_neighbours() -> None:
    made = fitted([cue(1, 3), cue(5, 7), cue(7.5, 9)], (4.5, 7.4), (9.5, 30))
    assert [one.is_extended for one in made] == [False, True, False]
    assert all(one.end_s <= other.start_s for one, other in pairwise(made))


def test_the_film_says_how_its_cues_were_fitted() -> None:
    counts = Fitted()
    speech = [(Fraction(5), Fraction(20))]
    list(fit_into_pauses([cue(1, 3), cue(4.5, 7), cue(9, 12, LONG)], speech, PLAIN, GAPS, counts))
    assert (counts.kept, counts.moved, counts.extended, counts.total) == (1, 1, 1, 3)


@quick
@given(st.sampled_from(sorted(PRESETS)), films, spans, ways)
def test_nothing_is_spoken_over_lost_or_too_fast_whatever_is_said(
    preset: str, captions: list[Caption], speech: list[tuple[Fraction, Fraction]], gaps: GapConfig
) -> None:
    config, counts = PRESETS[preset], Fitted()
    before = list(cues(captions, config))
    after = list(fit_into_pauses(before, speech, config, gaps, counts))
    assert len(after) == len(before) == counts.total
    assert sum(one.is_extended for one in after) == counts.extended
    for one, other in pairwise(after):
        assert one.end_s <= other.start_s
    margin_s = gaps.speech_margin_s
    for old, new in zip(before, after, strict=True):
        assert new.start_s < new.end_s
        if not new.is_extended:
            assert not [1 for a, b in speech if a - margin_s < new.end_s and new.start_s < b + margin_s]
        assert old.start_s - gaps.early_s <= new.start_s
        assert new.end_s <= old.end_s + gaps.late_s
        words = new.text.rstrip(".").casefold().split()
        assert words == old.text.rstrip(".").casefold().split()[: len(words)] or new.text == old.text
        assert len(new.text.split()) >= gaps.least_words * len(old.text.split())
        needed_s = max(len(new.text) / config.max_cps, len(new.text.split()) * config.min_word_s, config.min_duration_s)
        assert new.end_s - new.start_s >= min(needed_s, old.end_s - old.start_s)
        assert (new.confidence, new.shot_index) == (old.confidence, old.shot_index) or old.confidence != old.confidence


@quick
@given(spans, st.sampled_from([Fraction(0), Fraction(1, 5)]))
def test_pauses_and_speech_fill_all_time(speech: list[tuple[Fraction, Fraction]], margin_s: Fraction) -> None:
    pauses = pauses_between(speech, margin_s)
    talk = joined((max(Fraction(0), a - margin_s), b + margin_s) for a, b in speech)
    edges = sorted([*pauses, *talk])
    assert edges[0][0] == 0
    assert all(one[1] == other[0] for one, other in pairwise(edges))


@pytest.mark.parametrize("wrong", [{"early_s": -1}, {"late_s": -1}, {"least_words": 2}, {"speech_margin_s": -1}])
def test_settings_that_make_no_sense_are_refused(wrong: dict[str, int]) -> None:
    with pytest.raises(ValueError, match=r"negative|least_words"):
        GapConfig(**wrong)  # type: ignore[arg-type]
