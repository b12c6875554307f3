"""Media time follows the camera where it makes sense, the clock where it does not, and only rises."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from vidcap.live.media import MediaClock

PERIOD = Fraction(1, 25)


def placed(stamps_s: list[Fraction | None], arrivals_s: list[float]) -> list[Fraction]:
    media = MediaClock()
    return [media.place(stamp_s, arrival_s) for stamp_s, arrival_s in zip(stamps_s, arrivals_s, strict=True)]


def test_it_begins_at_zero_and_follows_the_stamps_not_the_arrivals() -> None:
    late_s = [0.0, 0.13, 0.08, 0.31]
    assert placed([Fraction(90 + place, 25) for place in range(4)], [100 + late for late in late_s]) == [
        place * PERIOD for place in range(4)
    ]


def test_stamps_that_are_all_zero_give_the_times_of_arrival() -> None:
    assert placed([Fraction(0)] * 3, [5.0, 5.5, 6.0]) == [0, Fraction(1, 2), 1]


def test_no_stamps_give_the_times_of_arrival() -> None:
    assert placed([None] * 3, [5.0, 5.5, 6.0]) == [0, Fraction(1, 2), 1]


def test_a_jump_of_ten_hours_is_not_believed_and_what_follows_is() -> None:
    stamps_s = [Fraction(0), PERIOD, 36000 + PERIOD * 2, 36000 + PERIOD * 3]
    assert placed(stamps_s, [0.0, 0.04, 0.08, 0.12]) == [0, PERIOD, PERIOD * 2, PERIOD * 3]


def test_a_step_back_is_not_believed() -> None:
    assert placed([Fraction(5), Fraction(3), 3 + PERIOD], [0.0, 0.5, 0.54]) == [
        0,
        Fraction(1, 2),
        Fraction(1, 2) + PERIOD,
    ]


def test_an_outage_lasts_as_long_as_the_clock_says_whatever_the_camera_counts_from() -> None:
    media = MediaClock()
    media.place(Fraction(7), 100.0)
    media.begin_connection()
    assert media.least_s(130.0) == 30
    assert media.place(Fraction(0), 160.0) == 60
    assert media.place(PERIOD, 160.04) == 60 + PERIOD


def test_a_camera_that_leaves_five_seconds_out_is_caught_up_with() -> None:
    media = MediaClock()
    at_s = [media.place(place * PERIOD, float(place * PERIOD) + (5 if place > 300 else 0)) for place in range(1200)]
    assert abs(float(at_s[-1]) - (1199 / 25 + 5)) < 1
    assert all(one < two for one, two in pairwise(at_s))


def test_a_clock_that_runs_fast_is_held_back_and_one_that_runs_slow_is_helped() -> None:
    for error in (0.01, -0.01):
        media = MediaClock()
        last_s = Fraction(0)
        for place in range(25 * 600):
            last_s = media.place(place * PERIOD * Fraction(1 + error), place / 25)
        assert abs(float(last_s) - 600) < 2.5


def test_a_source_that_is_much_faster_than_real_time_keeps_its_stamps() -> None:
    media = MediaClock()
    last_s = [media.place(place * PERIOD, place / 500) for place in range(25 * 600)][-1]
    assert last_s == (25 * 600 - 1) * PERIOD


STAMPS = st.none() | st.fractions(min_value=-10, max_value=10**6, max_denominator=1000)


@given(st.lists(st.tuples(STAMPS, st.floats(0, 1e5), st.booleans())))
def test_it_only_rises(frames: list[tuple[Fraction | None, float, bool]]) -> None:
    media, now_s, at_s = MediaClock(), 0.0, []
    for stamp_s, passed_s, is_new in frames:
        now_s += passed_s
        if is_new:
            media.begin_connection()
        at_s.append(media.place(stamp_s, now_s))
    assert all(one < two for one, two in pairwise(at_s))
