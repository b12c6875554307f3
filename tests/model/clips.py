"""Clips made up for tests, without torch."""

from __future__ import annotations

from fractions import Fraction

import numpy as np

from vidcap.types import Clip, Span


def random_clip(num_frames: int, seed: int = 0, index: int = 0) -> Clip:
    """Pictures of coloured squares, 8 pixels wide: noise of single pixels would be told as what it is."""
    squares = np.random.default_rng(seed).integers(0, 256, (num_frames, 8, 8, 3), dtype=np.uint8)
    pictures = squares.repeat(8, axis=1).repeat(8, axis=2)
    times = tuple(Fraction(k, 2) for k in range(num_frames))
    return Clip(Span(index, index, Fraction(0), Fraction(num_frames), True, True), times, pictures)
