"""Chooses the picture that stands for a clip: a sharp frame, well lit, away from cuts and fades."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import ceil

import numpy as np

from vidcap.timeline import Seconds
from vidcap.types import Clip, Frame, Marked, Pixels, Span

STEP_S = Fraction(1, 2)
"""One frame is kept in each such step of time."""
EDGE_S = Fraction(1, 2)
"""So near to where a shot begins or ends, a frame is taken only for want of others."""
_MOST_HELD = 256
_DARK, _BRIGHT = 24.0, 235.0


@dataclass(frozen=True, slots=True, eq=False)
class KeyFrame:
    """A picture and when it comes on screen."""

    time_s: Seconds
    pixels: Pixels
    """``(H, W, 3)`` RGB."""
    merit: float = 0.0


class KeyFrames:
    """Keeps two frames a second, made small, until the clip that they lie in is known; then gives the best of them.

    What is held is bounded by how far the sampler looks ahead.
    """

    def __init__(self, longest_px: int) -> None:
        self._longest_px = longest_px
        self._held: deque[KeyFrame] = deque(maxlen=_MOST_HELD)
        self._next_s: Seconds | None = None
        self._size_px = (1, 1)

    def watch(self, marked: Iterator[Marked]) -> Iterator[Marked]:
        """Pass on the stream that leaves the shot detector; keep some of its frames."""
        for mark in marked:
            self._offer(mark.frame)
            yield mark

    def best(self, clip: Clip) -> KeyFrame:
        """Return the picture for a clip, and forget what lies before its end. Clips come in order."""
        span = clip.span
        inside = [frame for frame in self._held if span.start_s <= frame.time_s < span.end_s]
        while self._held and self._held[0].time_s < span.end_s:
            self._held.popleft()
        if not inside:  # a shot between two steps: the model's own picture, stretched back
            middle = len(clip.pictures) // 2
            return KeyFrame(clip.times_s[middle], _resized(clip.pictures[middle], self._size_px))
        return max(inside, key=lambda frame: frame.merit * _standing(frame.time_s, span))

    def _offer(self, frame: Frame) -> None:
        if frame.is_corrupt or (self._next_s is not None and frame.end_s <= self._next_s):
            return
        self._next_s = ceil(frame.end_s / STEP_S) * STEP_S
        picture = frame.picture
        self._size_px = fitted(picture.width_px, picture.height_px, self._longest_px)
        pixels = picture.rgb(*self._size_px)
        self._held.append(KeyFrame(frame.start_s, pixels, merit(pixels)))


def fitted(width_px: int, height_px: int, longest_px: int) -> tuple[int, int]:
    """Return the size of a picture made to fit into a square, never made larger, its shape kept.

    >>> fitted(1920, 1080, 400), fitted(100, 50, 400), fitted(3, 9000, 400)
    ((400, 225), (100, 50), (1, 400))
    """
    longest = max(width_px, height_px)
    if longest <= longest_px:
        return width_px, height_px
    return max(1, round(width_px * longest_px / longest)), max(1, round(height_px * longest_px / longest))


def merit(pixels: Pixels) -> float:
    """Return how good a picture looks: the deviation of its Laplacian (sharpness), less where it is black or white.

    Pech-Pacheco et al., "Diatom autofocusing in brightfield microscopy" (2000), found focus by it.
    """
    green = pixels[..., 1].astype(np.float32)  # the channel nearest to luma
    if min(green.shape) < 3:
        return 1e-3
    inner = green[1:-1, 1:-1]
    laplacian = green[:-2, 1:-1] + green[2:, 1:-1] + green[1:-1, :-2] + green[1:-1, 2:] - 4 * inner
    light = float(green.mean())
    lit = min(1.0, light / _DARK, (255 - light) / (255 - _BRIGHT))
    return float(laplacian.std()) * max(lit, 0.0) + 1e-3


def _standing(time_s: Seconds, span: Span) -> float:
    """Return how well a time stands for a span, 0 to 1: best in the middle, badly beside a cut."""
    after_cut = span.starts_shot and time_s - span.start_s < EDGE_S
    near_cut = after_cut or (span.ends_shot and span.end_s - time_s < EDGE_S)
    middle_s = (span.start_s + span.end_s) / 2
    off = float(abs(time_s - middle_s) / (span.end_s - span.start_s))  # 0 to a half
    return (0.4 if near_cut else 1.0) * (1 - off / 4)


def _resized(pixels: Pixels, size_px: tuple[int, int]) -> Pixels:
    from PIL import Image

    return np.asarray(Image.fromarray(pixels).resize(size_px, Image.Resampling.LANCZOS))
