"""What holds for every track, whatever the captions."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from fractions import Fraction
from itertools import count, islice, pairwise

from hypothesis import given
from hypothesis import strategies as st

from vidcap.cues import CueConfig, cues
from vidcap.cues.blocks import Block, blocks
from vidcap.cues.words import sentence, similarity
from vidcap.text import one_line
from vidcap.timeline import to_ms
from vidcap.types import Caption, Span

from ..tracks import any_text, cap, films, plain_films, quick

configs = st.builds(
    CueConfig,
    min_duration_s=st.sampled_from([Fraction(5, 6), Fraction(1, 10), Fraction(3)]),
    max_duration_s=st.sampled_from([Fraction(7), Fraction(3), None]),
    max_cps=st.sampled_from([17, 5, 200]),
    min_word_s=st.sampled_from([Fraction(0), Fraction(3, 10)]),
    gap_s=st.sampled_from([Fraction(2, 25), Fraction(0), Fraction(1001, 15000)]),
    close_gap_s=st.sampled_from([Fraction(12, 25), Fraction(0)]),
    max_line_width=st.sampled_from([42, 10, 1]),
    max_lines=st.integers(1, 3),
    min_confidence=st.sampled_from([0.0, 0.5, 1.0]),
    merge_similarity=st.sampled_from([Fraction(4, 5), Fraction(1, 2), Fraction(1)]),
)


@quick
@given(films, configs)
def test_cues_come_in_order_and_leave_a_gap_between_them(captions: list[Caption], config: CueConfig) -> None:
    for one, following in pairwise(cues(captions, config)):
        assert one.end_s + config.gap_s <= following.start_s
        assert to_ms(one.end_s) <= to_ms(following.start_s)


@quick
@given(films, configs)
def test_gaps_are_the_least_one_or_long_enough_to_be_seen_as_gaps(captions: list[Caption], config: CueConfig) -> None:
    for one, following in pairwise(cues(captions, config)):
        gap_s = following.start_s - one.end_s
        shortest_it_may_be = one.end_s - one.start_s == config.min_duration_s
        assert gap_s == config.gap_s or gap_s >= config.close_gap_s or shortest_it_may_be


@quick
@given(films, configs)
def test_every_cue_lasts_as_long_as_the_limits_say(captions: list[Caption], config: CueConfig) -> None:
    track = list(cues(captions, config))
    for cue in track:
        assert to_ms(cue.start_s) < to_ms(cue.end_s)
        assert cue.end_s - cue.start_s >= config.min_duration_s or len(track) == 1
        if config.max_duration_s is not None:
            assert cue.end_s - cue.start_s <= config.max_duration_s


@quick
@given(films, configs)
def test_no_cue_is_faster_to_read_than_the_limit_even_after_rounding(
    captions: list[Caption], config: CueConfig
) -> None:
    track = list(cues(captions, config))
    for cue in track:
        shown_s = Fraction(to_ms(cue.end_s) - to_ms(cue.start_s), 1000)
        if len(track) == 1:
            shown_s = max(shown_s, config.min_duration_s)  # the only cue of a film shorter than that
        assert len(cue.text) <= max(1, shown_s * config.max_cps)
        assert len(cue.text.split()) * config.min_word_s <= max(config.min_word_s, shown_s)


@quick
@given(films, configs)
def test_lines_are_few_and_short_and_can_be_seen(captions: list[Caption], config: CueConfig) -> None:
    for cue in cues(captions, config):
        assert 1 <= len(cue.lines) <= config.max_lines
        for line in cue.lines:
            assert 1 <= len(line) <= config.max_line_width
            assert line == line.strip()
            assert one_line(line) == line


@quick
@given(films, configs)
def test_cues_begin_with_a_caption_and_never_run_over_one_that_says_something_else(
    captions: list[Caption], config: CueConfig
) -> None:
    track = list(cues(captions, config))
    starts = {max(caption.start_s, config.first_cue_offset_s) for caption in captions}
    end_s = max((caption.end_s for caption in captions), default=Fraction(0))
    for cue in track:
        assert cue.start_s in starts
        assert cue.end_s <= end_s
        longest = max(len(sentence(caption.text)) for caption in cue.captions)
        words = max(len(caption.text.split()) for caption in cue.captions)
        reading_s = max(longest / config.max_cps, words * config.min_word_s) + Fraction(1, 1000)
        needed_s = max(config.min_duration_s, reading_s)
        assert cue.end_s <= max(cue.captions[-1].end_s, cue.start_s + needed_s) + config.close_gap_s


@quick
@given(films, configs)
def test_a_cue_over_a_cut_ends_with_a_shot_or_in_silence(captions: list[Caption], config: CueConfig) -> None:
    loud = {id(caption) for cue in cues(captions, config) for caption in cue.captions}
    for cue in cues(captions, config):
        cuts = [caption.start_s for caption in captions if caption.span.starts_shot]
        crossed = [cut for cut in cuts if cue.start_s < cut < cue.end_s]
        if crossed:
            last = cue.captions[-1]
            shot_of_end = [c for c in captions if c.start_s < cue.end_s <= c.end_s + config.gap_s]
            is_own = crossed[-1] <= last.start_s
            is_silent = all(id(c) not in loud or c in cue.captions for c in shot_of_end)
            is_short = any(caption.end_s - caption.start_s < config.least_s for caption in cue.captions)
            assert (is_own and (last.span.ends_shot or is_short)) or is_silent


@quick
@given(films, configs)
def test_less_certain_captions_are_not_shown(captions: list[Caption], config: CueConfig) -> None:
    for cue in cues(captions, config):
        assert cue.captions
        assert 0 <= cue.confidence <= 1
        assert all(caption.confidence >= config.min_confidence for caption in cue.captions) or not config.min_confidence


@quick
@given(plain_films, configs)
def test_merging_twice_is_merging_once(captions: list[Caption], config: CueConfig) -> None:
    once = list(blocks(captions, config))
    twice = list(blocks(map(_caption, once), config))
    assert [_shown(block) for block in once] == [_shown(block) for block in twice]


def _caption(block: Block) -> Caption:
    span = Span(0, block.shot_index, block.start_s, block.end_s, block.starts_shot, block.ends_shot)
    return Caption(span=span, text=block.text, confidence=block.confidence)


def _shown(block: Block) -> tuple[Fraction, Fraction, str]:
    return block.start_s, block.end_s, block.text


@quick
@given(films, configs, st.integers(0, 20))
def test_the_first_cues_do_not_depend_on_what_comes_much_later(
    captions: list[Caption], config: CueConfig, kept: int
) -> None:
    early = list(cues(captions[:kept], config))
    late = list(cues(captions, config))
    assert early[:-2] == late[: max(0, len(early) - 2)]


@quick
@given(st.fractions(0, 10**6), st.fractions(0, 10**6))
def test_rounding_keeps_order(one: Fraction, other: Fraction) -> None:
    low, high = sorted([one, other])
    assert to_ms(low) <= to_ms(high)
    assert abs(to_ms(low) - 1000 * low) <= Fraction(1, 2)


@quick
@given(any_text, any_text)
def test_likeness_goes_both_ways_and_all_text_is_like_itself(one: str, other: str) -> None:
    assert similarity(one, other) == similarity(other, one)
    assert similarity(one, one) == 1
    assert 0 <= similarity(one, other) <= 1


@quick
@given(configs)
def test_an_endless_film_gives_its_cues_one_by_one(config: CueConfig) -> None:
    drawn: list[int] = []

    def endless() -> Iterator[Caption]:
        for index in count():
            drawn.append(index)
            span = Span(
                index, index // 10, Fraction(4 * index), Fraction(4 * index + 4), index % 10 == 0, index % 10 == 9
            )
            yield Caption(span=span, text=f"{chr(97 + index % 26)} {chr(98 + index % 26)}", confidence=1.0)

    assert len(list(islice(cues(endless(), config), 3))) == 3
    assert len(drawn) <= 8


def test_an_endless_shot_that_says_the_same_gives_its_cue_and_no_memory_grows() -> None:
    drawn: list[int] = []

    def endless(most: int) -> Iterator[Caption]:
        for index in range(most):
            drawn.append(index)
            yield cap(4 * index, 4 * index + 4, "a dog sleeps", sure=1.0)

    track = cues(endless(10**9))
    assert next(track).captions[-1].end_s == 8
    assert len(drawn) == 2
    tracemalloc.start()
    try:
        assert list(cues(endless(4000)))
        assert tracemalloc.get_traced_memory()[1] < 1_000_000
    finally:
        tracemalloc.stop()
