"""Whether two pictures may be of one shot, by their small versions."""

from __future__ import annotations

from typing import Any

import numpy as np

from vidcap.types import Pixels

_COLOURS_DIFFER, _PLACES_DIFFER = 0.15, 12.0
"""Of 3,000 pairs of pictures of different clips none was below both; of pictures of one clip 2 s apart, 75% were."""
_PLAIN = 6.0


def differ(one: Pixels, other: Pixels) -> bool:
    """Whether a cut may lie between two small pictures ``(36, 64, 3)``: other colours, or others in their places.

    Colours are compared by histograms of each plane, whose differences are 0 to 1 on average; places by the means of
    4 x 4 pixels, in levels.
    """
    colours = np.abs(_histograms(one) - _histograms(other)).sum() / 6
    return bool(colours > _COLOURS_DIFFER or places_apart(one, other) > _PLACES_DIFFER)


def places_apart(one: Pixels, other: Pixels) -> float:
    """Return how far the means of 4 x 4 pixels of two small pictures differ, in levels."""
    return float(np.abs(_means(one) - _means(other)).mean())


def is_plain(small: Pixels) -> bool:
    """Whether a small picture ``(36, 64, 3)`` shows next to nothing: it may be part of a fade."""
    return bool(_means(small)[..., 0].std() < _PLAIN)


def _histograms(small: Pixels) -> Any:
    """Return the shares of luma in 16 steps and of both chromas in 32."""
    planes = ((small[..., 0] >> 4, 16), (small[..., 1] >> 3, 32), (small[..., 2] >> 3, 32))
    counts = [np.bincount(plane.ravel(), minlength=steps) for plane, steps in planes]
    return np.concatenate(counts) / small[..., 0].size


def _means(small: Pixels) -> Any:
    return small.reshape(9, 4, 16, 4, 3).mean((1, 3), dtype=np.float32)
