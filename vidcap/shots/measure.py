"""What is measured on each small picture, and how two of them are compared.

The change between two pictures is measured against *envelopes*: a pixel has changed as far as it lies outside the
range of values that the other picture has within two pixels of its place. Movement of up to two pixels of a
64-pixel-wide picture, different in every place, then counts for nothing, while another scene does not fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidcap.types import Pixels

Floats = NDArray[np.float32]

_INSET = 2  # how far the envelope reaches, in small pixels


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A small picture as planes, with the range of values around each inner pixel."""

    planes: Pixels
    """(3, 36, 64)"""
    inner: Pixels
    """(3, 32, 60), the pixels that have a whole neighbourhood."""
    low: Pixels
    """(3, 32, 60) least value within two pixels."""
    high: Pixels
    """(3, 32, 60) greatest value within two pixels."""


def look(small_yuv: Pixels) -> Look:
    """Return what :func:`change` needs of a ``(36, 64, 3)`` picture."""
    planes = np.ascontiguousarray(small_yuv.transpose(2, 0, 1))
    inner = planes[:, _INSET:-_INSET, _INSET:-_INSET]
    return Look(planes, inner, _over_five(planes, np.minimum), _over_five(planes, np.maximum))


def _over_five(planes: Pixels, extreme: np.ufunc) -> Pixels:
    """Return the extreme of the 5 x 5 pixels around each inner one: pairs, fours, fives, along rows then columns."""
    two = extreme(planes[:, :-1], planes[:, 1:])
    four = extreme(two[:, :-2], two[:, 2:])
    five = extreme(four[:, :-1], planes[:, 4:])
    two = extreme(five[:, :, :-1], five[:, :, 1:])
    four = extreme(two[:, :, :-2], two[:, :, 2:])
    return extreme(four[:, :, :-1], five[:, :, 4:])  # type: ignore[no-any-return]


def change(before: Look, after: Look) -> float:
    """Return by how many levels a pixel changed on average, luma and both chromas added, small movement aside."""
    return (_outside(before, after) + _outside(after, before)) / 2


def _outside(picture: Look, frame: Look) -> float:
    over = np.maximum(picture.inner, frame.high) - frame.high
    under = frame.low - np.minimum(picture.inner, frame.low)
    return float(np.add(over, under, out=over).sum(dtype=np.uint32)) / (over.size / 3)


_COLUMNS = np.kron(np.eye(16, dtype=np.float32), np.full((4, 1), 0.25, np.float32))  # (64, 16)
_ROWS = np.kron(np.eye(9, dtype=np.float32), np.full((1, 4), 0.25, np.float32))  # (9, 36)
_CENTRE = (slice(None), slice(2, 7), slice(2, 14))


def coarse(planes: Pixels) -> tuple[Floats, Floats, float]:
    """Return the ``(432,)`` means of 4 x 4 pixels less each plane's mean, the ``(3,)`` means, and the contrast.

    The contrast is that of the middle of the picture, so that black bars, station logos and the like don't count.
    """
    cells = _ROWS @ (planes.astype(np.float32) @ _COLUMNS)  # (3, 9, 16)
    means = cells.reshape(3, -1).mean(axis=1)
    middle = cells[_CENTRE].reshape(3, -1)
    middle = (middle - middle.mean(axis=1, keepdims=True)).ravel()
    contrast = float(middle @ middle / (middle.size / 3)) ** 0.5
    return (cells - means[:, None, None]).ravel(), means, contrast


def likeness(one: Floats, other: Floats) -> float:
    """Return the correlation of two coarse pictures, -1 to 1; 0 where one of them is plain."""
    power = float(one @ one) * float(other @ other)
    return float(one @ other) / power**0.5 if power > 0 else 0.0
