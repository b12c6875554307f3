"""The key picture is a sharp frame of its own shot, not the first one, nor one in a fade."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from PIL import Image, ImageFilter

from tests.report.films import photo
from vidcap.report.keyframes import KeyFrames, merit
from vidcap.testing import frames_from_arrays
from vidcap.types import Clip, Marked, Pixels, Span

SHARP = photo(1)


def blurred(pixels: Pixels) -> Pixels:
    return np.asarray(Image.fromarray(pixels).filter(ImageFilter.BoxBlur(2)))


def chosen(pictures: list[Pixels], span: Span, fps: int = 2) -> Fraction:
    keys = KeyFrames(160)
    for frame in frames_from_arrays(pictures, fps):
        list(keys.watch(iter([Marked(frame, (), frame.start_s)])))
    return keys.best(Clip(span, (span.start_s,), np.zeros((1, 8, 8, 3), np.uint8))).time_s


def test_the_sharp_frame_is_taken_wherever_it_is() -> None:
    for place in (1, 4, 6):
        pictures = [SHARP if at == place else blurred(SHARP) for at in range(8)]
        assert chosen(pictures, Span(0, 0, Fraction(0), Fraction(4), False, False)) == Fraction(place, 2)


def test_a_frame_in_a_fade_from_black_is_not_taken() -> None:
    fade = [np.asarray(SHARP * min(1.0, at / 5), np.uint8) for at in range(10)]
    assert chosen(fade, Span(0, 0, Fraction(0), Fraction(5), True, True)) >= Fraction(5, 2)


def test_a_frame_beside_a_cut_is_taken_only_for_want_of_others() -> None:
    pictures = [SHARP] * 8
    assert chosen(pictures, Span(0, 0, Fraction(0), Fraction(4), True, True)) == 2
    assert chosen(pictures[:1], Span(0, 0, Fraction(0), Fraction(1, 2), True, True)) == 0


def test_each_clip_gets_a_picture_of_its_own_time() -> None:
    keys = KeyFrames(160)
    for frame in frames_from_arrays([photo(seed) for seed in range(20)], 4):
        list(keys.watch(iter([Marked(frame, (), frame.start_s)])))
    for start in range(5):
        span = Span(start, start, Fraction(start), Fraction(start + 1), True, True)
        key = keys.best(Clip(span, (span.start_s,), np.zeros((1, 8, 8, 3), np.uint8)))
        assert span.start_s <= key.time_s < span.end_s


def test_a_shot_between_two_kept_frames_gets_the_models_own_picture_in_the_films_shape() -> None:
    keys = KeyFrames(160)
    for frame in frames_from_arrays([SHARP] * 2, 2):
        list(keys.watch(iter([Marked(frame, (), frame.start_s)])))
    span = Span(0, 0, Fraction(1, 10), Fraction(2, 10), True, True)
    key = keys.best(Clip(span, (span.start_s,), np.full((1, 8, 8, 3), 200, np.uint8)))
    assert key.pixels.shape == (90, 160, 3)
    assert key.pixels.mean() == 200


def test_black_white_and_tiny_pictures_have_little_merit() -> None:
    assert merit(np.zeros((90, 160, 3), np.uint8)) < merit(blurred(SHARP)) < merit(SHARP)
    assert merit(np.zeros((1, 1, 3), np.uint8)) > 0
