"""What is measured on each small picture, and how two of them are compared.

The change between two pictures is measured against *envelopes*: a pixel has changed as far as it lies outside the
range of values that the other picture has within two pixels of its place. Movement of up to two pixels of a
64-pixel-wide picture, different in every place, then counts for nothing, while another scene does not fit.

Planes are handled as one flat row of bytes, in which a pixel's neighbours are at fixed distances: an operation is
then one pass of one vector loop. Places near the right and lower edges get values of pixels that are no neighbours;
a mask leaves them out. Pictures that are at hand together lie in one row, too: on pictures so small, calling an
operation costs more than the operation. What is measured on a picture does not depend on those it is measured with, to
the bit.
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
_SIZE = 3 * _HEIGHT * _WIDTH
_LENGTH = _SIZE - 2 * _CENTRE


def _mask() -> Floats:
    """Return for each place whether 5 x 5 pixels begin there; scaled so that a product is a mean, planes added."""
    inside = np.zeros((3, _HEIGHT, _WIDTH), np.float32)
    inside[:, : -2 * _INSET, : -2 * _INSET] = 3 / inside[:, : -2 * _INSET, : -2 * _INSET].size
    return inside.ravel()[:_LENGTH]


_MEAN = _mask() / 2  # half of each direction
_GAP = np.zeros(2 * _CENTRE, np.uint8)
_MEANS: Floats = np.concatenate((_MEAN, np.zeros(len(_GAP), np.float32)))


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """A small picture, flat, with the range of values around each pixel; all ``(6652,)`` bytes."""

    values: Pixels
    low: Pixels
    """Least value within two pixels."""
    high: Pixels
    """Greatest value within two pixels."""

    def after(self, place: int) -> Look:
        """Return what comes from ``place`` on; a view."""
        return Look(self.values[place:], self.low[place:], self.high[place:])

    def up_to(self, place: int) -> Look:
        """Return what comes before ``place``; a view."""
        return Look(self.values[:place], self.low[:place], self.high[:place])


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


def looks_and_changes(before: Look | None, planes: Pixels) -> list[tuple[Look, float]]:
    """Return the look of each of ``(N, 6912)`` pictures that follow one another, and its change from the one before.

    The first changes from ``before``; where that is None, not at all.
    """
    lines = _lines(before, planes.ravel())
    own, ahead = lines.after(_SIZE), lines.up_to(-_SIZE)
    moved = np.zeros(planes.size, np.float32)
    moved[: -len(_GAP)] = _outside(ahead, own)  # as floats: their sum may be too much for a byte
    moved[: -len(_GAP)] += _outside(own, ahead).astype(np.float32)
    changes = products(moved.reshape(planes.shape), _MEANS).tolist()
    starts = range(0, planes.size, _SIZE)
    return [(own.up_to(at + _LENGTH).after(at), changed) for at, changed in zip(starts, changes, strict=True)]


def _lines(before: Look | None, row: Pixels) -> Look:
    """Return a picture and those that follow it side by side, ``_SIZE`` bytes apart; without one, the first twice."""
    own = Look(row[_CENTRE:-_CENTRE], _over_five(row, np.minimum), _over_five(row, np.maximum))
    first = before or own.up_to(_LENGTH)
    return Look(
        np.concatenate((first.values, _GAP, own.values)),
        np.concatenate((first.low, _GAP, own.low)),
        np.concatenate((first.high, _GAP, own.high)),
    )


def _outside(picture: Look, frame: Look) -> Pixels:
    """Return how far each pixel lies outside the other picture's range."""
    over = np.maximum(picture.values, frame.high)
    over -= frame.high
    under = frame.low - np.minimum(picture.values, frame.low)
    return np.add(over, under, out=over)


PATTERN_SIZE = 3 * 9 * 16

_CELL = 16  # pixels
_MIDDLE = (slice(None), slice(None), slice(2, 7), slice(2, 14))
_MIDDLE_SIZE = 60
_BYTES = np.uint32(0x00FF00FF)  # two of four, each with room above it
_HALF = np.uint32(0xFFFF)


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


def structures(planes: Pixels) -> list[Structure]:
    """Return the structure of each of ``(N, 6912)`` flat pictures."""
    sums = _cell_sums(planes)
    cells = (sums / np.float32(_CELL)).astype(np.float32, copy=False)  # exact: sums are below 2 ** 12
    means = (sums.sum(-1, keepdims=True) / (_CELL * 144)).astype(np.float32)
    pattern = (cells - means).reshape(len(planes), PATTERN_SIZE)
    whole, coarse = _squares(planes.astype(np.float32)), _squares(cells.reshape(pattern.shape))
    rows = zip(
        pattern,
        _squares(pattern),
        (w - _CELL * c for w, c in zip(whole, coarse, strict=True)),
        _spread(cells),
        strict=True,
    )
    return [
        Structure(own, power, max(fine / (_HEIGHT * _WIDTH), 0.0), max(spread, 0.0) ** 0.5)
        for own, power, fine, spread in rows
    ]


def _cell_sums(planes: Pixels) -> NDArray[np.uint32]:
    """Return ``(N, 3, 144)`` sums of 4 x 4 pixels, four bytes at a time."""
    words = planes.view(np.uint32)
    pairs = (words & _BYTES) + ((words >> 8) & _BYTES)  # of neighbours, two in each word
    rows = pairs.reshape(-1, 4, 16)
    fours = (rows[:, 0] + rows[:, 1]) + (rows[:, 2] + rows[:, 3])
    sums: NDArray[np.uint32] = (fours & _HALF) + (fours >> 16)
    return sums.reshape(len(planes), 3, 144)


def _spread(cells: Floats) -> list[float]:
    """Return the N variances of the ``(N, 3, 144)`` cells in the middle of the picture, planes added."""
    middle = cells.reshape(-1, 3, 9, 16)[_MIDDLE].reshape(-1, 3, _MIDDLE_SIZE)
    power, sums = _squares(middle.reshape(-1, 3 * _MIDDLE_SIZE)), _squares(middle.sum(-1))
    return [(own - whole / _MIDDLE_SIZE) / _MIDDLE_SIZE for own, whole in zip(power, sums, strict=True)]


def _squares(rows: Floats) -> list[float]:
    """Return the N sums of the squares of ``(N, D)``, row by row: see :func:`products`."""
    squares: list[float] = np.matmul(rows[:, None, :], rows[:, :, None]).ravel().tolist()
    return squares


def products(rows: Floats, other: Floats) -> Floats:
    """Return the (N,) scalar products of (N, D) with (D,), row by row: BLAS would wake its threads for the whole."""
    found: Floats = (rows[:, None, :] @ other)[:, 0]
    return found


def likeness(one: Floats, other: Floats) -> float:
    """Return the correlation of two coarse pictures, -1 to 1; 0 where one of them is plain."""
    power = float(one @ one) * float(other @ other)
    return float(one @ other) / power**0.5 if power > 0 else 0.0
