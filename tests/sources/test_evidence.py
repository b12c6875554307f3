"""What packets tell of where a change lies, before any is decoded."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import pytest
from av.packet import Packet

from vidcap.sources.evidence import Sizes, sizes_between
from vidcap.sources.groups import Group
from vidcap.sources.spacing import Spacing, Told

FRAME = 512
SPELL_FRAMES = 9


def packet(pts: int, content: int | bytes, *, is_key: bool = False) -> Packet[Any]:
    made: Packet[Any] = Packet(bytes(content))  # of a size alone it would hold whatever lay there in memory
    made.pts, made.is_keyframe = pts, is_key
    return made


def early(*gaps: int, told: bytes = b"") -> list[int]:
    """Return which gaps, in frames, end with a key frame before its time; the first packet has ``told`` in it."""
    spacing, keys = Spacing(), list(accumulate((gap * FRAME for gap in gaps), initial=0))
    found = []
    for key in keys:
        spacing.note(packet(key, b"\0\0\1" + (b"" if key else told) + bytes(99), is_key=True))
    for number, (one, other) in enumerate(pairwise(keys)):
        if spacing.is_early(one, other, FRAME):
            found.append(number)
    return found


def sizes(*size_bytes: int, key_bytes: int = 10_000) -> Sizes:
    group = Group([packet(0, 10_000, is_key=True)])
    group.packets += [packet((place + 1) * FRAME, size) for place, size in enumerate(size_bytes)]
    following = Group([packet((len(size_bytes) + 1) * FRAME, key_bytes, is_key=True)])
    return sizes_between(group, following, SPELL_FRAMES * FRAME)


@pytest.mark.parametrize("gap", [12, 48, 60, 250])
def test_no_key_frame_of_an_even_stream_comes_early(gap: int) -> None:
    assert early(*[gap] * 12) == []


def test_a_key_frame_comes_early_where_others_are_further_apart() -> None:
    assert early(250, 86, 180, 250, 49, 250) == [1, 2, 4]


def test_the_longest_distance_may_be_the_encoders_own() -> None:
    assert 2 not in early(40, 90, 130, 70)


def test_key_frames_at_each_multiple_of_a_distance_are_not_early() -> None:
    assert early(60, 60, 23, 37, 60, 41, 19, 60) == [2, 5]


def test_a_stream_that_goes_on_with_a_shorter_even_distance_has_no_early_key_frames() -> None:
    assert early(250, 250, 60, 60, 60, 60)[:1] in ([], [2])
    assert not set(early(250, 250, 60, 60, 60, 60)) - {2}


X264 = b"options: cabac=1 ref=3 keyint=%d keyint_min=25 scenecut=%d intra_refresh=0 \0"


@pytest.mark.parametrize(
    ("told", "found"),
    [
        (b"", [1]),
        (X264 % (250, 40), [0, 1, 2]),
        (b"x265: min-keyint=25 keyint=250 scenecut=40 \0", [0, 1, 2]),
        (X264 % (180, 40), [1]),
        (X264 % (250, 0), []),
        (b"keyint=infinite keyint_min=536870913 scenecut=40", [1]),
        (b"min-keyint=250 scenecut=40", [1]),
    ],
)
def test_what_the_encoder_tells_of_its_key_frames_counts(told: bytes, found: list[int]) -> None:
    assert early(180, 86, 180, told=told) == found


def test_a_clock_that_is_set_back_makes_the_spacing_unknown() -> None:
    spacing = Spacing()
    for key in (0, 250, 300, 100):
        spacing.note(packet(key, 100, is_key=True))
    assert not spacing.is_early(250, 300, 1)


def test_packets_are_put_in_the_order_shown_with_those_behind_the_next_key_frame() -> None:
    group = Group([packet(0, 9, is_key=True), packet(4, 40), packet(2, 20), packet(1, 10), packet(3, 30)])
    following = Group([packet(7, 900, is_key=True), packet(5, 50), packet(6, 60), packet(11, 99), packet(9, 98)])
    found = sizes_between(group, following, 3)
    assert found.pts.tolist() == [1, 2, 3, 4, 5, 6]
    assert found.size_bytes.tolist() == [10, 20, 30, 40, 50, 60]
    assert found.key_bytes == 900


def test_a_packet_nearly_as_large_as_a_key_frame_may_hold_a_cut() -> None:
    assert sizes(*[900] * 20, 7_000, *[900] * 20).large_pts == [21 * FRAME]
    assert sizes(*[900] * 40).large_pts == []
    assert sizes(*[900] * 40).slow_until_pts == float("inf")
    assert sizes(*[900] * 20, 3_500, *[900] * 20).slow_until_pts == 21 * FRAME


def test_a_spell_of_larger_packets_may_be_a_dissolve() -> None:
    first, last = sizes(*[300] * 40, *[2_400] * 12, *[300] * 40).spell() or (0, 0)
    assert first <= 41 * FRAME
    assert last >= 52 * FRAME
    assert sizes(*[2_000] * 40).spell() is None  # it moves all the time
    assert sizes(*[20] * 40, *[400] * 12).spell() is None  # too small to be another picture
    assert sizes().spell() is None
    assert sizes(*[300] * 5).spell() is None


def test_a_single_large_packet_is_no_spell() -> None:
    assert sizes(*[300] * 40, 9_000, *[300] * 40).spell() is None


def test_a_spell_may_begin_before_a_key_frame_or_end_after_it() -> None:
    """A dissolve over a key frame leaves too little on either side to be seen there alone."""
    quiet, swollen, frames = [300] * 41, [2_600] * 4, iter(range(1000))
    places = [next(frames) * FRAME for _ in range(2 * len(quiet + swollen))]
    sizes_bytes = [10_000, *quiet, *swollen[1:], 10_000, *swollen[1:], *quiet]
    made = [packet(place, size, is_key=size == 10_000) for place, size in zip(places, sizes_bytes, strict=False)]
    keys = [number for number, one in enumerate(made) if one.is_keyframe]
    one, other = Group(made[: keys[1]]), Group(made[keys[1] :])
    beyond = Group([packet(len(made) * FRAME, 10_000, is_key=True)])
    earlier, later = sizes_between(one, other, SPELL_FRAMES * FRAME), sizes_between(other, beyond, SPELL_FRAMES * FRAME)
    assert earlier.spell() is None
    assert later.spell() is None
    assert (earlier.spell(after=other) or (0, 0))[1] > (other.key_pts or 0)
    assert (later.spell(before=one) or (99999, 0))[0] < (other.key_pts or 0)


def test_what_was_coded_is_told_in_key_frames() -> None:
    found = sizes(*[500] * 30, *[1_000] * 30)
    assert found.total(0) == pytest.approx(4.5)
    assert found.total(30 * FRAME) == pytest.approx(3.0)
    assert found.most_swollen(0) == pytest.approx(0.1)
    assert sizes(*[500] * 20).most_swollen(15 * FRAME) is None


def test_the_least_distance_of_key_frames_is_the_encoders_own_or_what_was_seen() -> None:
    silent, told = Spacing(), Spacing()
    for key in (0, 250, 340):
        silent.note(packet(key * FRAME, 100, is_key=True))
        told.note(packet(key * FRAME, X264 % (250, 40), is_key=True))
    assert (silent.shortest_ticks(FRAME), told.shortest_ticks(FRAME)) == (90 * FRAME, 25 * FRAME)
    assert (silent.tells_cuts, told.tells_cuts) == (False, True)


def test_a_key_frame_is_late_where_none_is_further_from_the_one_before() -> None:
    spacing = Spacing()
    for key in (0, 250, 340, 590):
        spacing.note(packet(key * FRAME, 100, is_key=True))
    assert [spacing.is_late(a * FRAME, b * FRAME, FRAME) for a, b in ((0, 250), (250, 340), (340, 590))] == [
        True,
        False,
        True,
    ]


def test_what_an_encoder_told_is_known_after_seeking() -> None:
    assert Spacing(Told(250, 25, True)).tells_cuts
    assert not Spacing(Told(250, 25, False)).tells_cuts
