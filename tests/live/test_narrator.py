"""When a sentence is said, held, said again and ended."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from vidcap.cues import CueConfig
from vidcap.live import LiveConfig
from vidcap.live.clips import LiveClip
from vidcap.live.narrator import Narrator, Said
from vidcap.types import Caption, Clip, Span


def clip(start_s: float | Fraction, end_s: float | Fraction, shot: int = 0) -> LiveClip:
    start_s, end_s = Fraction(str(start_s)), Fraction(str(end_s))
    span = Span(0, shot, start_s, end_s, starts_shot=True, ends_shot=False)
    return LiveClip(Clip(span, (start_s,), np.zeros((1, 4, 4, 3), np.uint8)), 0.0, 1.0, 25)


def saying(narrator: Narrator, seen: LiveClip, text: str, confidence: float = 0.5) -> list[Said]:
    return list(narrator.describe(seen, Caption(seen.clip.span, text, confidence)))


def test_a_sentence_is_opened_held_while_it_stays_true_and_ended_by_the_next() -> None:
    narrator = Narrator(LiveConfig())
    (opened,) = saying(narrator, clip(0, 4), "a dog runs")
    assert opened.cue.lines == ("A dog runs.",)
    assert (opened.is_new, opened.is_final, opened.number) == (True, False, 0)
    (held,) = saying(narrator, clip(4, 8), "the dog runs")
    assert (held.is_new, held.number, held.cue.lines) == (False, 0, opened.cue.lines)
    assert held.cue.end_s == 8 - CueConfig().gap_s
    (held,) = narrator.hold(clip(8, 12))
    assert held.cue.end_s == 12 - CueConfig().gap_s
    ended, following = saying(narrator, clip(12, 16, shot=1), "A car stands.")
    assert (ended.is_final, ended.number, ended.cue) == (True, 0, held.cue)
    assert (following.number, following.cue.start_s) == (1, 12)


def test_what_lasts_is_said_again_after_a_while_unless_once_is_enough() -> None:
    for repeat_after_s, times in ((Fraction(20), 5), (None, 1)):
        narrator = Narrator(LiveConfig(repeat_after_s=repeat_after_s))
        said = saying(narrator, clip(0, 4), "A dog runs.")
        for start_s in range(4, 100, 4):
            said += narrator.hold(clip(start_s, start_s + 4))
        assert [each.cue.text for each in said if each.is_new] == ["A dog runs."] * times


def test_silence_ends_a_sentence_and_an_unsure_one_is_silence() -> None:
    narrator = Narrator(LiveConfig(cues=CueConfig(min_confidence=0.4)))
    saying(narrator, clip(0, 4), "A dog runs.")
    (ended,) = saying(narrator, clip(4, 8), "A car stands.", confidence=0.3)
    assert ended.is_final
    assert not saying(narrator, clip(8, 12), "", confidence=0.9)
    assert not list(narrator.end())


def test_after_an_outage_the_same_sentence_is_a_new_cue() -> None:
    narrator = Narrator(LiveConfig())
    saying(narrator, clip(0, 4), "A dog runs.")
    ended, again = saying(narrator, clip(60, 64), "A dog runs.")
    assert (ended.is_final, ended.cue.end_s < 4) == (True, True)
    assert (again.is_new, again.cue.start_s) == (True, 60)


def test_what_can_not_be_read_is_not_said_and_what_was_said_can_be_read() -> None:
    narrator = Narrator(LiveConfig())
    said = []
    for place in range(40):
        start_s = Fraction(place, 5)
        said += saying(narrator, clip(start_s, start_s + Fraction(1, 5), shot=place), f"Thing{place} does{place}.")
    said += narrator.end()
    ended = [each.cue for each in said if each.is_final]
    assert len(ended) >= 4
    assert all(cue.end_s - cue.start_s >= CueConfig().min_duration_s for cue in ended[:-1])


LENGTHS = st.lists(
    st.tuples(st.fractions(0, 9, max_denominator=50), st.fractions("1/50", 9, max_denominator=50), st.integers(0, 3)),
    max_size=30,
)


@given(LENGTHS)
def test_starts_rise_cues_never_overlap_and_ends_never_go_back(pieces: list[tuple[Fraction, Fraction, int]]) -> None:
    narrator, said, now_s = Narrator(LiveConfig(repeat_after_s=Fraction(10))), [], Fraction(0)
    for gap_s, length_s, word in pieces:
        seen = clip(now_s + gap_s, now_s + gap_s + length_s, shot=word)
        now_s += gap_s + length_s
        said += narrator.hold(seen) if word == 3 else saying(narrator, seen, "" if word == 2 else f"Thing{word}.")
    said += narrator.end()
    for one, two in pairwise(said):
        assert two.number in (one.number, one.number + 1)
        if two.number == one.number:
            assert two.cue.start_s == one.cue.start_s
            assert two.cue.end_s >= one.cue.end_s
        else:
            assert one.is_final
            assert two.is_new
            assert two.cue.start_s >= one.cue.end_s
    assert all(each.cue.end_s > each.cue.start_s for each in said)
    assert not said or said[-1].is_final
