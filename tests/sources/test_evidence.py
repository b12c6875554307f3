"""What packets tell of where a change lies, before any is decoded."""

from __future__ import annotations

from itertools import accumulate, pairwise
from typing import Any

import pytest
from av.packet import Packet

from vidcap.sources.evidence import Sizes, Spacing, sizes_between
from vidcap.sources.groups import Group

FRAME = 512


def packet(pts: int, content: int | bytes, *, is_key: bool = False) -> Packet[Any]:
    made: Packet[Any] = Packet(content)
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
    group = Group([packet(0, 8_000, is_key=True)])
    group.packets += [packet((place + 1) * FRAME, size) for place, size in enumerate(size_bytes)]
    return sizes_between(group, Group([packet((len(size_bytes) + 1) * FRAME, key_bytes, is_key=True)]))


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
    found = sizes_between(group, following)
    assert found.pts.tolist() == [1, 2, 3, 4, 5, 6]
    assert found.size_bytes.tolist() == [10, 20, 30, 40, 50, 60]
    assert found.key_bytes == 900


def test_a_packet_nearly_as_large_as_a_key_frame_may_hold_a_cut() -> None:
    assert sizes(*[900] * 20, 7_000, *[900] * 20).large_pts == [21 * FRAME]
    assert sizes(*[900] * 40).large_pts == []
    assert sizes(*[900] * 40).is_slow
    assert not sizes(*[900] * 20, 3_500, *[900] * 20).is_slow


def test_a_spell_of_larger_packets_may_be_a_dissolve() -> None:
    spell_ticks = 9.0 * FRAME
    assert not sizes(*[300] * 40, *[2_400] * 12, *[300] * 40).is_steady(spell_ticks)
    assert not sizes(*[2_900] * 40).is_steady(spell_ticks)
    assert sizes(*[2_000] * 40).is_steady(spell_ticks)
    assert sizes(*[20] * 40, *[400] * 12).is_steady(spell_ticks)  # too small to be another picture
    assert sizes().is_steady(spell_ticks)
