"""Times made of stamps, without a film."""

from __future__ import annotations

import itertools
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.sources.timing import MOST_WAITING, Stamped, Timed, timed

PERIOD_S = Fraction(1, 25)
GAP_S = Fraction(60)


def run(*times_s: Fraction | float | None, durations_s: Fraction | None = None) -> list[Timed[int]]:
    stamps = [
        Stamped(place, None if t is None else Fraction(t).limit_denominator(1000), durations_s)
        for place, t in enumerate(times_s)
    ]
    return list(timed(stamps, period_s=PERIOD_S, max_gap_s=GAP_S))


def starts(result: list[Timed[int]]) -> list[float]:
    return [round(float(item.start_s), 4) for item in result]


stamp_lists = st.lists(
    st.one_of(
        st.none(),
        st.fractions(-5, 200, max_denominator=90),
        st.integers(0, 100).map(lambda k: k * PERIOD_S),
        st.sampled_from([Fraction(0), Fraction(36000), Fraction(-100000), Fraction(1, 90000)]),
    ),
    max_size=80,
)


@given(stamp_lists)
def test_whatever_the_stamps_times_rise_from_zero_and_touch(times_s: list[Fraction | None]) -> None:
    result = list(timed([Stamped(k, t) for k, t in enumerate(times_s)], period_s=PERIOD_S, max_gap_s=GAP_S))
    assert bool(result) == bool(times_s)
    for item in result:
        assert 0 <= item.start_s < item.end_s
        assert item.end_s - item.start_s <= GAP_S
    for earlier, later in itertools.pairwise(result):
        assert earlier.item < later.item
        assert earlier.end_s == later.start_s or later.start_s - earlier.start_s > GAP_S


@given(stamp_lists)
def test_no_item_that_is_shown_gets_lost(times_s: list[Fraction | None]) -> None:
    result = list(timed([Stamped(k, t) for k, t in enumerate(times_s)], period_s=PERIOD_S, max_gap_s=GAP_S))
    hidden = 0
    while hidden < len(times_s) and (t := times_s[hidden]) is not None and t < 0:
        hidden += 1
    seen = [item.item for item in result]
    assert seen[-len(times_s) + hidden :] == list(range(hidden, len(times_s))) or hidden == len(times_s)


@given(st.lists(st.fractions(0, 50, max_denominator=1001), unique=True, min_size=1).map(sorted))
def test_stamps_that_rise_are_kept_exactly(times_s: list[Fraction]) -> None:
    result = list(timed([Stamped(k, t) for k, t in enumerate(times_s)], period_s=PERIOD_S, max_gap_s=GAP_S))
    assert [item.start_s for item in result] == times_s
    assert [item.end_s for item in result] == [*times_s[1:], times_s[-1] + PERIOD_S]


def test_each_item_is_given_as_soon_as_the_next_is_known() -> None:
    asked: list[int] = []

    def stamps() -> list[Stamped[int]]:
        for place in range(10):
            asked.append(place)
            yield Stamped(place, place * PERIOD_S)

    first = next(timed(stamps(), period_s=PERIOD_S, max_gap_s=GAP_S))
    assert first.item == 0
    assert asked == [0, 1, 2][: len(asked)]


def test_the_last_item_lasts_its_own_duration() -> None:
    assert run(0, 1, durations_s=Fraction(3))[-1].end_s == 4


def test_a_duration_given_for_the_last_wins() -> None:
    (only,) = timed([Stamped("x", None, Fraction(1))], period_s=PERIOD_S, max_gap_s=GAP_S, last_s=Fraction(5))
    assert (only.start_s, only.end_s) == (0, 5)


def test_missing_stamps_are_counted() -> None:
    assert starts(run(None, None, None)) == [0, 0.04, 0.08]


def test_repeated_stamps_are_spread_up_to_the_next() -> None:
    assert starts(run(0, 0, 0, 0.12, 0.12, 0.12, 0.24)) == [0, 0.04, 0.08, 0.12, 0.16, 0.2, 0.24]


def test_repeated_stamps_before_a_long_pause_stay_together() -> None:
    assert starts(run(0, 0, 30)) == [0, 0.04, 30]


def test_a_small_step_back_is_sorted_out() -> None:
    assert starts(run(0, 0.08, 0.04, 0.12)) == [0, 0.08, 0.1, 0.12]


def test_a_clock_set_back_goes_on_where_it_was() -> None:
    assert starts(run(10, 10.04, 0, 0.04, 0.08)) == [10, 10.04, 10.08, 10.12, 10.16]


def test_a_clock_that_runs_on_half_a_second_behind_goes_on_too() -> None:
    times_s = [k * 0.04 for k in range(50)] + [1.5 + k * 0.04 for k in range(100)]
    result = starts(run(*times_s))
    assert result[-1] == pytest.approx(149 * 0.04, abs=0.3)


def test_a_clock_that_stands_still_is_counted_past() -> None:
    result = starts(run(*[0] * 100))
    assert result[-1] == pytest.approx(99 * 0.04, abs=0.1)


def test_a_standing_clock_that_runs_again_is_followed_again() -> None:
    times_s = [*[1.0] * (MOST_WAITING + 4), 2.0, 2.04]
    assert starts(run(*times_s))[-2:] == [2.0, 2.04]


def test_one_wild_stamp_does_not_move_the_others() -> None:
    assert starts(run(0, 0.04, 36000, 0.12, 0.16)) == [0, 0.04, 0.08, 0.12, 0.16]


def test_a_wild_first_stamp_does_not_move_the_others() -> None:
    assert starts(run(90000, 0.04, 0.08)) == [0, 0.04, 0.08]


def test_the_frame_before_a_gap_of_hours_ends_after_its_own_duration() -> None:
    before, after = run(0, 36000)
    assert before.end_s == PERIOD_S
    assert after.start_s == 36000


def test_a_pause_of_minutes_is_bridged() -> None:
    before, _ = run(0, 59)
    assert before.end_s == 59


def test_the_frame_on_screen_at_zero_is_kept_of_a_hidden_lead_in() -> None:
    result = run(-0.06, -0.02, 0.02, 0.06)
    assert [item.item for item in result] == [1, 2, 3]
    assert starts(result) == [0, 0.02, 0.06]


def test_a_lead_in_that_ends_at_zero_is_dropped_whole() -> None:
    assert [item.item for item in run(-0.08, -0.04, 0, 0.04)] == [2, 3]
