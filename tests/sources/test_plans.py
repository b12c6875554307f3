"""How much of a group is decoded, by packets and by the pictures at its ends."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from av.packet import Packet

from vidcap.sources.groups import Group
from vidcap.sources.plans import Plan, Planner, Rest
from vidcap.types import Pixels

FRAME, RATE = 512, 30
FIRST = np.random.default_rng(3).integers(40, 90, (9, 16, 3)).astype(np.uint8).repeat(4, 0).repeat(4, 1)
NEAR, FAR, BLACK = FIRST + np.uint8(16), FIRST + np.uint8(60), np.zeros_like(FIRST)
X264 = b"\0\0\1\6options: keyint=250 keyint_min=25 scenecut=40 \0"


def planned(
    gaps: tuple[int, ...], sizes: dict[int, int], first: Pixels, last: Pixels, *, usual: int = 300, told: bytes = b""
) -> tuple[Plan, Rest]:
    """Return the plan of the last group but one, frames of which have ``sizes``, and what is known of all of it."""
    planner = Planner(FRAME * RATE, is_h264=False)
    groups, place = [], 0
    for gap in (*gaps, 1):
        group = Group([packet(place, told + bytes(10_000 - len(told)), is_key=True)])
        group.packets += [packet(place + number, sizes.get(number, usual)) for number in range(1, gap)]
        planner.spacing.note(group.packets[0])
        groups.append(group)
        place += gap
    plan = planner.plan(groups[-2], groups[-1], first, last)
    return plan, plan.rest(groups[-2].key_pts or 0, first, last)


def packet(place: int, content: int | bytes, *, is_key: bool = False) -> Packet[Any]:
    # Of a size alone PyAV makes a packet of whatever lay there in memory: an encoder's settings, now and then.
    made: Packet[Any] = Packet(bytes(content))
    made.pts, made.is_keyframe = place * FRAME, is_key
    return made


EARLY, EVEN = (250, 130, 70, 90), (60, 60, 60)


def test_what_small_packets_can_not_have_moved_was_cut_at_an_early_key_frame() -> None:
    assert planned(EARLY, {}, FIRST, FAR)[1] is Rest.LEAP
    assert planned(EARLY, {}, FIRST, FAR, usual=2_500)[1] is Rest.UNKNOWN


def test_what_adds_up_over_a_long_group_is_not_taken_for_a_cut() -> None:
    assert planned((250, 130, 230), {}, FIRST, FAR, usual=800)[1] is Rest.LEAP
    assert planned((400, 130, 350), {}, FIRST, FAR, usual=800)[1] is Rest.UNKNOWN


def test_what_packets_can_have_moved_was_moved_where_key_frames_say_nothing() -> None:
    assert planned(EVEN, {}, FIRST, NEAR, usual=2_500)[1] is Rest.CALM
    assert planned(EVEN, {}, FIRST, FAR, usual=1_000)[1] is Rest.UNKNOWN


def test_a_group_is_decoded_up_to_what_may_be_its_last_event() -> None:
    spell = dict.fromkeys(range(20, 35), 4_000)
    plan, rest = planned((250, 130, 70, 200), spell, FIRST, FAR)
    assert rest is Rest.UNKNOWN
    start = 450 * FRAME
    assert plan.from_pts is not None
    assert plan.to_pts is not None
    assert plan.from_pts <= start + 20 * FRAME
    assert start + 34 * FRAME < plan.to_pts < start + 70 * FRAME
    assert plan.rest(plan.to_pts - 1, FIRST, FAR) is Rest.UNKNOWN
    assert plan.rest(plan.to_pts, FIRST, FAR) is Rest.LEAP


def test_a_large_packet_is_a_cut_where_key_frames_say_nothing_of_cuts() -> None:
    plan, rest = planned(EVEN, {30: 8_000}, FIRST, FAR)
    assert (rest, plan.last_sudden_pts) == (Rest.UNKNOWN, 150 * FRAME)
    assert planned((250, 130, 70, 90), {60: 8_000}, FIRST, FAR, told=X264)[0].last_sudden_pts < 0
    assert planned((250, 130, 70, 90), {20: 8_000}, FIRST, FAR, told=X264)[0].last_sudden_pts == 470 * FRAME


@pytest.mark.parametrize(("first", "last", "fades"), [(BLACK, FAR, (0, 60)), (FIRST, BLACK, (30, 90))])
def test_plain_pictures_may_be_in_the_middle_of_a_fade(first: Pixels, last: Pixels, fades: tuple[int, int]) -> None:
    plan, rest = planned(EARLY, {}, first, last)
    assert rest is Rest.UNKNOWN
    assert (plan.from_pts, plan.to_pts) == tuple((450 + place) * FRAME for place in fades)


def test_frames_that_no_other_needs_are_skipped_only_where_nothing_is_sudden() -> None:
    plan, _ = planned(EVEN, {30: 8_000}, FIRST, FAR)
    assert [plan.is_slow((120 + place) * FRAME) for place in (1, 15, 29, 45)] == [True, True, False, False]
    assert not Plan().is_slow(0)


def test_movement_after_a_cut_is_seen_for_a_while() -> None:
    """Else what was movement before and after a key frame would look like a cut at it."""
    planner, groups, place = Planner(FRAME * RATE, is_h264=False), [], 0
    for gap in (250, 130, 250, 1):
        groups.append(
            Group([packet(place + number, 2_500 if number else 10_000, is_key=not number) for number in range(gap)])
        )
        planner.spacing.note(groups[-1].packets[0])
        place += gap
    plans = [planner.plan(group, after, FIRST, NEAR) for group, after in pairwise(groups)]
    assert [plan.expected for plan in plans] == [Rest.CALM, Rest.LEAP, Rest.CALM]
    assert plans[0].to_pts is None
    assert plans[2].to_pts == (380 + 9) * FRAME


def test_a_dissolve_over_a_key_frame_is_seen_to_its_end() -> None:
    """Even where the group behind has no sign of it: what is left of it there may be small."""
    planner, groups = Planner(FRAME * RATE, is_h264=False), []
    for start in (0, 60, 120):
        swollen = range(34, 51) if start == 0 else ()
        group = [
            packet(start + at, 10_000 if not at else 4_000 if at in swollen else 1_000, is_key=not at)
            for at in range(60)
        ]
        groups.append(Group(group))
        planner.spacing.note(group[0])
    earlier = planner.plan(groups[0], groups[1], FIRST, FAR)
    later = planner.plan(groups[1], groups[2], FAR, FIRST)
    assert earlier.to_pts is not None
    assert earlier.to_pts > 60 * FRAME
    assert later.to_pts is not None
    assert later.to_pts >= earlier.to_pts
