"""Fades and dissolves give one boundary, inside of the transition; light and movement give none."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from vidcap.shots import ShotConfig, detect_shots
from vidcap.testing import frames_from_arrays, scene
from vidcap.types import Pixels

BLACK, WHITE, BLUE = (0, 0, 0), (255, 255, 255), (20, 30, 160)


def boundaries(pictures: list[Pixels], fps: float = 25, config: ShotConfig | None = None) -> list[tuple[int, str]]:
    shots = detect_shots(frames_from_arrays(pictures, fps), config or ShotConfig())
    return [(shot.start_frame, shot.kind) for shot in shots][1:]


def blend(one: Pixels, other: Pixels, share: float) -> Pixels:
    return np.rint(one * (1 - share) + other * share).astype(np.uint8)


def plain(colour: tuple[int, int, int]) -> Pixels:
    return np.broadcast_to(np.array(colour, np.uint8), (36, 64, 3))


def ramp(pictures: list[Pixels], colour: tuple[int, int, int], *, is_out: bool) -> list[Pixels]:
    """Return the pictures on their way to a colour, or from it."""
    shares = np.linspace(0, 1, len(pictures) + 2)[1:-1]
    return [
        blend(picture, plain(colour), share if is_out else 1 - share)
        for picture, share in zip(pictures, shares, strict=True)
    ]


def faded(colour: tuple[int, int, int], ramp_frames: int, hold: int, *, same: bool = False) -> list[Pixels]:
    """Return 60 frames, a fade out, the colour, a fade in and 60 frames: of another scene, or of the same."""
    one, other = (list(scene(seed, 60 + ramp_frames, drift_px=0)) for seed in (1, 1 if same else 2))
    out = ramp(one[60:], colour, is_out=True)
    back = ramp(other[:ramp_frames], colour, is_out=False)
    return [*one[:60], *out, *[plain(colour)] * hold, *back, *other[ramp_frames:]]


def dissolved(length: int, before: int = 60, after: int = 60, shares: Sequence[float] | None = None) -> list[Pixels]:
    """Return a scene that turns into another in ``length`` pictures, of which that has ``shares``; evenly, if None."""
    one, other = list(scene(1, before + length)), list(scene(2, after + length))
    shares = np.linspace(0, 1, length + 2)[1:-1].tolist() if shares is None else shares
    mixed = [blend(a, b, share) for a, b, share in zip(one[before:], other[:length], shares, strict=True)]
    return [*one[:before], *mixed, *other[length:]]


@pytest.mark.parametrize("colour", [BLACK, WHITE, BLUE])
@pytest.mark.parametrize("ramp_frames", [5, 12, 25])
@pytest.mark.parametrize("hold", [1, 10])
def test_a_fade_through_a_colour_is_one_boundary_in_the_plain_part(
    colour: tuple[int, int, int], ramp_frames: int, hold: int
) -> None:
    ((frame, kind),) = boundaries(faded(colour, ramp_frames, hold))
    middle = 60 + ramp_frames + hold / 2
    assert kind == "fade"
    assert abs(frame - middle) <= max(hold, 4)


def test_black_between_two_cuts_ends_where_the_new_picture_comes() -> None:
    pictures = [*scene(1, 50), *[plain(BLACK)] * 12, *scene(2, 50)]
    assert boundaries(pictures) == [(62, "fade")]


def test_a_picture_that_comes_back_from_black_is_no_boundary() -> None:
    assert boundaries(faded(BLACK, 3, 2, same=True)) == []


def test_fading_in_from_black_at_the_start_is_no_boundary() -> None:
    pictures = list(scene(1, 80))
    assert boundaries([*[plain(BLACK)] * 10, *ramp(pictures[:20], BLACK, is_out=False), *pictures[20:]]) == []


def test_fading_to_black_at_the_end_is_no_boundary() -> None:
    pictures = list(scene(1, 80))
    assert boundaries([*pictures[:60], *ramp(pictures[60:], BLACK, is_out=True), *[plain(BLACK)] * 10]) == []


def test_long_black_is_a_shot_of_its_own() -> None:
    found = boundaries(faded(BLACK, 10, 100))
    assert [kind for _, kind in found] == ["fade", "fade"]
    assert abs(found[0][0] - 70) <= 2
    assert abs(found[1][0] - 170) <= 2


@pytest.mark.parametrize(("fps", "length"), [(25, 10), (25, 25), (25, 50), (60, 30), (60, 100), (12, 12), (15, 30)])
def test_a_dissolve_is_one_boundary_near_its_middle(fps: int, length: int) -> None:
    ((frame, kind),) = boundaries(dissolved(length, 3 * fps, 3 * fps), fps)
    assert kind == "dissolve"
    assert abs(frame - (3 * fps + length / 2)) <= max(length / 4, fps / 10)


@pytest.mark.parametrize(("length", "power"), [(25, 3.0), (50, 0.5), (50, 3.0)])
def test_a_dissolve_that_begins_or_ends_slowly_is_placed_half_way(length: int, power: float) -> None:
    shares = (np.linspace(0, 1, length + 2)[1:-1] ** power).tolist()
    ((frame, kind),) = boundaries(dissolved(length, shares=shares))
    assert kind == "dissolve"
    assert abs(frame - (60 + int(np.count_nonzero(np.less(shares, 0.5))))) <= 2


def test_a_dissolve_of_which_frames_are_left_out_is_placed_half_way() -> None:
    pictures = dissolved(20)
    for seed in range(8):
        kept = set(np.random.default_rng(seed).choice([1, 2, 2, 3, 4], 200).cumsum().tolist())
        frames = (frame for frame in frames_from_arrays(pictures, 25) if frame.index in kept)
        (shot,) = list(detect_shots(frames))[1:]
        assert abs(shot.start_frame - 70) <= 2


@pytest.mark.parametrize("hold", [10, 15, 25])
def test_a_dissolve_that_stops_half_way_is_one_boundary(hold: int) -> None:
    shares = [*np.linspace(0, 0.5, 12)[1:-1].tolist(), *[0.5] * hold, *np.linspace(0.5, 1, 12)[1:-1].tolist()]
    ((frame, kind),) = boundaries(dissolved(len(shares), shares=shares))
    assert kind == "dissolve"
    assert 70 <= frame <= 70 + hold


def test_dissolves_are_not_looked_for_when_not_wanted() -> None:
    assert boundaries(dissolved(25), config=ShotConfig(dissolves=False)) == []


@pytest.mark.parametrize("drift_px", [0.25, 1, 2])
def test_a_pan_is_no_dissolve(drift_px: float) -> None:
    assert boundaries(list(scene(3, 150, drift_px=drift_px))) == []


def test_light_that_fades_half_and_comes_back_is_no_boundary() -> None:
    shares = 0.25 * (1 - np.cos(np.linspace(0, 2 * np.pi, 100)))
    pictures = [
        blend(picture, plain(BLACK), share) for picture, share in zip(scene(1, 100, drift_px=0.02), shares, strict=True)
    ]
    assert boundaries(pictures) == []


def test_a_title_that_appears_is_no_boundary() -> None:
    pictures = list(scene(1, 120))
    for place, share in enumerate(np.linspace(0, 1, 25)):
        pictures[40 + place][28:33, 10:54] = blend(pictures[40 + place][28:33, 10:54], plain(WHITE)[:5, :44], share)
    assert boundaries(pictures[:65]) == []
