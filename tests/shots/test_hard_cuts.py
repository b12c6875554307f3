"""Hard cuts are found to the frame at any frame rate, and nothing else is taken for one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, chain, islice

import numpy as np
import pytest

from vidcap.shots import ShotConfig, detect_shots
from vidcap.testing import ArrayPicture, frames_at_times, frames_from_arrays, scene
from vidcap.types import Frame, Pixels


def starts(frames: Iterator[Frame], config: ShotConfig | None = None) -> list[int]:
    """Return the first frames of the shots after the first."""
    shots = detect_shots(frames, config or ShotConfig())
    return [shot.start_frame for shot in shots][1:]


def three_scenes(*lengths: int, drift_px: float = 0.125) -> Iterator[Pixels]:
    return chain.from_iterable(scene(seed, n, drift_px=drift_px) for seed, n in enumerate(lengths))


@pytest.mark.parametrize("fps", [Fraction(30000, 1001), 25, 60, 12, 5, Fraction(1, 600)], ids=str)
def test_cuts_are_found_to_the_frame_at_any_rate(fps: Fraction) -> None:
    assert starts(frames_from_arrays(three_scenes(40, 33, 50), fps)) == [40, 73]


def test_cuts_are_found_to_the_frame_at_a_thousand_frames_a_second() -> None:
    frames = frames_from_arrays(three_scenes(701, 803, 600, drift_px=0.005), 1000)
    assert starts(frames) == [701, 1504]


def test_cuts_are_found_where_the_frame_rate_varies() -> None:
    durations = np.random.default_rng(1).choice([Fraction(1, 60), Fraction(1, 24), Fraction(1, 7)], 123)
    times_s = list(accumulate(durations, initial=Fraction(1, 3)))
    assert starts(frames_at_times(three_scenes(40, 33, 50), times_s)) == [40, 73]


def test_cuts_are_found_between_dark_scenes() -> None:
    dark = (16 + picture // 8 for picture in three_scenes(40, 40, 40))
    assert starts(frames_from_arrays(dark)) == [40, 80]


def test_cuts_are_found_where_every_picture_is_shown_three_times() -> None:
    repeated = (picture for picture in three_scenes(20, 20) for _ in range(3))
    assert starts(frames_from_arrays(repeated, 60)) == [60]


def test_each_leap_of_a_scan_is_a_cut_however_near_the_next() -> None:
    """Of each shot but one a single picture is there, and the shots are of two scenes in turn."""
    one, other = list(scene(1, 40)), list(scene(2, 40))
    pictures = [*one[:30], other[0], one[31], other[32], one[33], other[34]]
    times_s = [*(Fraction(place, 25) for place in range(30)), *(Fraction(30 + 20 * gap, 25) for gap in range(6))]
    frames = (replace(frame, is_leap=frame.index >= 30) for frame in frames_at_times(pictures, times_s))
    assert starts(frames) == [30, 31, 32, 33, 34]


def test_a_cut_through_one_mixed_picture_is_one_cut() -> None:
    before, after = list(scene(1, 40)), list(scene(2, 40))
    mixed = (before[-1] // 2 + after[0] // 2).astype(np.uint8)
    assert starts(frames_from_arrays([*before, mixed, *after])) in ([40], [41])


def test_a_cut_through_one_picture_of_neither_scene_is_one_cut() -> None:
    before, odd, after = (list(scene(seed, 40)) for seed in (1, 3, 2))
    assert starts(frames_from_arrays([*before, odd[0], *after])) in ([40], [41])


@pytest.mark.parametrize("part", [1, 2])
def test_a_hand_that_sweeps_past_the_camera_is_no_cut(part: int) -> None:
    """It covers two thirds of one picture, less of the next, and leaves slowly: less than half is undone soon."""
    pictures = list(scene(1, 150, drift_px=0))
    pictures[50][:24] = 235
    for place in range(51, 111):
        pictures[place][10 : 25 - (place - 51) // 4] = 235
    frames = frames_from_arrays(pictures, 30)
    assert starts(frame for frame in frames if frame.index % part == 0) == []


@pytest.mark.parametrize("drift_px", [1.5, 1.75])
def test_a_cut_among_movement_is_found_where_every_other_frame_is_left_out_but_for_those_at_it(drift_px: float) -> None:
    """From frame to frame the movement is too small to be seen; over two frames it is not."""
    pictures = [100 + picture // 4 for picture in three_scenes(40, 40, drift_px=drift_px)]
    kept = {*range(0, 38, 2), 39, 40, *range(41, 80, 2)}
    assert starts(frame for frame in frames_from_arrays(pictures) if frame.index in kept) == [40]


@pytest.mark.parametrize("length", [1, 2])
@pytest.mark.parametrize("fps", [24, 60])
def test_a_camera_flash_is_no_cut(length: int, fps: int) -> None:
    pictures = list(scene(1, 120))
    for place in range(50, 50 + length):
        pictures[place] = np.full_like(pictures[place], 250)
    assert starts(frames_from_arrays(pictures, fps)) == []


def test_a_damaged_picture_is_no_cut() -> None:
    pictures = list(scene(1, 100))
    pictures[50] = np.roll(pictures[50][::-1], 20, axis=1)
    assert starts(frames_from_arrays(pictures)) == []


def test_whether_a_frame_is_called_damaged_makes_no_difference() -> None:
    frames = frames_from_arrays(three_scenes(40, 40))
    assert starts(replace(frame, is_corrupt=frame.index % 3 == 0) for frame in frames) == [40]


def test_a_fast_pan_is_no_cut() -> None:
    assert starts(frames_from_arrays(scene(1, 120, drift_px=3.5))) == []


def test_noise_is_no_cut() -> None:
    assert starts(frames_from_arrays(scene(1, 100, noise=40))) == []


def test_black_film_has_one_shot() -> None:
    assert starts(frames_from_arrays(np.zeros((100, 36, 64, 3), np.uint8))) == []


def test_light_that_rises_slowly_is_no_cut() -> None:
    pictures = ((picture * (0.3 + 0.7 * place / 150)).astype(np.uint8) for place, picture in enumerate(scene(1, 150)))
    assert starts(frames_from_arrays(pictures)) == []


def test_another_resolution_of_the_same_scene_is_no_cut() -> None:
    pictures = list(scene(1, 100))
    doubled = [picture.repeat(2, axis=0).repeat(2, axis=1) for picture in pictures[50:]]
    assert starts(frames_from_arrays([*pictures[:50], *doubled])) == []


def test_of_two_cuts_too_close_together_one_is_reported() -> None:
    pictures = list(three_scenes(50, 6, 50))
    assert starts(frames_from_arrays(pictures)) in ([50], [56])
    assert starts(frames_from_arrays(pictures), ShotConfig(min_shot_s=0.2)) == [50, 56]


def test_less_sensitive_finds_no_more() -> None:
    pictures = [100 + picture // 16 for picture in three_scenes(40, 40)]
    assert starts(frames_from_arrays(pictures), ShotConfig(sensitivity=2)) == [40]
    assert starts(frames_from_arrays(pictures), ShotConfig(sensitivity=0.1)) == []


def test_a_single_frame_is_one_shot() -> None:
    shots = list(detect_shots(frames_from_arrays(scene(1, 1))))
    assert [(shot.start_s, shot.end_s, shot.start_frame, shot.end_frame) for shot in shots] == [
        (0, Fraction(1, 25), 0, 1)
    ]


def test_no_frames_have_no_shots() -> None:
    assert list(detect_shots(iter(()))) == []


def test_shots_come_while_the_film_goes_on() -> None:
    endless = chain.from_iterable(scene(seed, 50) for seed in range(10**9))
    shots = list(islice(detect_shots(frames_from_arrays(endless)), 3))
    assert [shot.start_frame for shot in shots] == [0, 50, 100]


def test_only_small_pictures_are_looked_at() -> None:
    class SmallOnly(ArrayPicture):
        def rgb(self, width_px: int, height_px: int) -> Pixels:
            raise AssertionError("shot detection converted a whole picture")

    frames = (
        replace(frame, picture=SmallOnly(pixels))
        for frame, pixels in zip(frames_from_arrays(three_scenes(30, 30)), three_scenes(30, 30), strict=True)
    )
    assert starts(frames) == [30]


@pytest.mark.parametrize(
    "settings",
    [
        {"min_shot_s": -1},
        {"sensitivity": 0},
        {"max_latency_s": 1.0},
        {"min_shot_s": 2.5},
        {"sensitivity": float("nan")},
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, float]) -> None:
    with pytest.raises(ValueError, match=r"sensitivity|min_shot_s"):
        ShotConfig(**settings)
