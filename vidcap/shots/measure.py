"""What is measured on each small picture, and how two of them are compared.

The change between two pictures is measured against *envelopes*: a pixel has changed as far as it lies outside the
range of values that the other picture has within two pixels of its place. Movement of up to two pixels of a
64-pixel-wide picture, different in every place, then counts for nothing, while another scene does not fit.

Planes are handled as one flat row of bytes, in which a pixel's neighbours are at fixed distances: an operation is
then one pass of one vector loop. Places near the right and lower edges get values of pixels that are no neighbours;
a mask leaves them out.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidcap.types import Pixels

Floats = NDArray[np.float32]

_HEIGHT, _WIDTH = 36, 64
_INSET = 2  # how far the envelope reaches, in small pixels
_CENTRE = _INSET * (_WIDTH + 1)  # from the first of 5 x 5 pixels to the middle one
_LENGTH = 3 * _HEIGHT * _WIDTH - 2 * _CENTRE


def _mask() -> Floats:
    """Return for each place whether 5 x 5 pixels begin there; scaled so that a product is a mean, planes added."""
    inside = np.zeros((3, _HEIGHT, _WIDTH), np.float32)
    inside[:, : -2 * _INSET, : -2 * _INSET] = 3 / inside[:, : -2 * _INSET, : -2 * _INSET].size
    return inside.ravel()[:_LENGTH]


_MEAN = _mask() / 2  # half of each direction


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A small picture, flat, with the range of values around each pixel; all ``(6652,)`` bytes."""

    values: Pixels
    low: Pixels
    """Least value within two pixels."""
    high: Pixels
    """Greatest value within two pixels."""


def flat(small_yuv: Pixels) -> Pixels:
    """Return a ``(36, 64, 3)`` picture as ``(6912,)`` bytes, plane by plane."""
    return np.ascontiguousarray(small_yuv.transpose(2, 0, 1)).ravel()


def look(planes: Pixels) -> Look:
    """Return what :func:`change` needs of a flat picture."""
    values = planes[_CENTRE : _CENTRE + _LENGTH]
    return Look(values, _over_five(planes, np.minimum), _over_five(planes, np.maximum))


def _over_five(planes: Pixels, extreme: np.ufunc) -> Pixels:
    """Return the extreme of the 5 x 5 pixels from each one: pairs, fours, fives, down the columns, then along rows."""
    reached = planes
    for step in (_WIDTH, 1):
        two = extreme(reached[:-step], reached[step:])
        four = extreme(two[: -2 * step], two[2 * step :])
        reached = extreme(four[:-step], reached[4 * step :])
    return reached


def change(before: Look, after: Look) -> float:
    """Return by how many levels a pixel changed on average, luma and both chromas added, small movement aside."""
    there, back = _outside(before, after), _outside(after, before)
    return float(np.add(there, back, dtype=np.float32) @ _MEAN)


def _outside(picture: Look, frame: Look) -> Pixels:
    """Return how far each pixel lies outside the other picture's range."""
    over = np.maximum(picture.values, frame.high)
    over -= frame.high
    under = frame.low - np.minimum(picture.values, frame.low)
    return np.add(over, under, out=over)


PATTERN_SIZE = 3 * 9 * 16

_COLUMNS = np.kron(np.eye(16, dtype=np.float32), np.full((4, 1), 0.25, np.float32))  # (64, 16)
_ROWS = np.kron(np.eye(9, dtype=np.float32), np.full((1, 4), 0.25, np.float32))  # (9, 36)
_ALL = np.full(144, 1 / 144, np.float32)
_MIDDLE = (slice(None), slice(2, 7), slice(2, 14))
_SUM = np.ones(60, np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class Structure:
    """What is left of a picture when its mean colour is taken away, in two sizes."""

    pattern: Floats
    """(432,) means of 4 x 4 pixels, less each plane's mean."""
    power: float
    """Sum of the squares of ``pattern``."""
    fine: float
    """Variance of the pixels within 4 x 4, planes added."""
    contrast: float
    """Deviation of the means in the middle of the picture: black bars, station logos and the like don't count."""


def structure(planes: Pixels) -> Structure:
    """Return the structure of a flat picture."""
    pixels = planes.astype(np.float32)
    cells = _ROWS @ (pixels.reshape(3, _HEIGHT, _WIDTH) @ _COLUMNS)  # (3, 9, 16)
    pattern = cells.reshape(3, 144)
    whole = float(pixels @ pixels) - 16 * float(np.vdot(pattern, pattern))
    pattern -= (pattern @ _ALL)[:, None]
    middle = cells[_MIDDLE].reshape(3, 60)
    sums = middle @ _SUM
    power = float(np.vdot(middle, middle)) - float(sums @ sums) / 60
    flat_pattern = pattern.ravel()
    return Structure(
        flat_pattern,
        float(flat_pattern @ flat_pattern),
        max(whole / (_HEIGHT * _WIDTH), 0.0),
        max(power / 60, 0.0) ** 0.5,
    )


def likeness(one: Floats, other: Floats) -> float:
    """Return the correlation of two coarse pictures, -1 to 1; 0 where one of them is plain."""
    power = float(one @ one) * float(other @ other)
    return float(one @ other) / power**0.5 if power > 0 else 0.0
