"""How stored pictures are turned and stretched before anybody sees them."""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import numpy as np
from av.sidedata.sidedata import SideDataContainer, Type
from av.video.frame import VideoFrame

from vidcap.types import Pixels

SILLIEST_ASPECT = 16
"""Pixels this many times as wide as high, or more, or the other way round, are a broken header: taken for square."""
MOST_PX = 1 << 15


@dataclass(frozen=True, slots=True)
class Turn:
    """Flip left to right first (if so), then turn by quarters counter-clockwise."""

    quarters: int = 0
    mirrored: bool = False

    def apply(self, pixels: Pixels) -> Pixels:
        """Return ``(H, W, C)`` turned, contiguous."""
        if self.mirrored:
            pixels = pixels[:, ::-1]
        return np.ascontiguousarray(np.rot90(pixels, self.quarters)) if self.quarters or self.mirrored else pixels

    @property
    def swaps_sides(self) -> bool:
        """Whether width and height change places."""
        return self.quarters % 2 == 1


UPRIGHT = Turn()


def turn_of(frame: VideoFrame) -> Turn:
    """Return how to turn a frame by its display matrix, to the nearest quarter; upright if it has none."""
    for side_data in _side_data(frame):
        if side_data.type is Type.DISPLAYMATRIX:
            return turn_by_matrix(struct.unpack("=9i", bytes(side_data)[:36]))
    return UPRIGHT


def _side_data(frame: VideoFrame) -> Iterator[Any]:
    """Yield the side data of a frame, up to the first of a kind that PyAV does not know (EXIF).

    Not by ``frame.side_data``: that keeps a container which keeps the frame, a cycle that holds megabytes for long. And
    PyAV gives nothing at all where it does not know a kind; what it found before that is in the container.
    """
    container = SideDataContainer.__new__(SideDataContainer)
    with suppress(ValueError):
        container.__init__(frame)  # type: ignore[misc]
    for data in container:
        try:
            data.type  # noqa: B018
        except ValueError:
            return
        yield data


def turn_by_matrix(matrix: tuple[int, ...]) -> Turn:
    """Return the turn of a display matrix ``(a b u, c d v, x y w)``, which shows (p, q) at (a p + c q, b p + d q)."""
    a, b, _, c, d = matrix[:5]
    mirrored = a * d - b * c < 0
    if mirrored:
        a, b = -a, -b  # undo the flip of the stored columns, which apply() does first
    if abs(a) >= abs(b):
        return Turn(0 if a >= 0 else 2, mirrored)
    return Turn(3 if b > 0 else 1, mirrored)


def shown_size(width_px: int, height_px: int, aspect: Fraction | None, turn: Turn) -> tuple[int, int]:
    """Return width and height as shown: the pixels made square by stretching the shorter way, then turned."""
    if aspect is not None and aspect > 0 and Fraction(1, SILLIEST_ASPECT) <= aspect <= SILLIEST_ASPECT:
        if aspect > 1:
            width_px = round(width_px * aspect)
        else:
            height_px = round(height_px / aspect)
    width_px, height_px = min(max(width_px, 1), MOST_PX), min(max(height_px, 1), MOST_PX)
    return (height_px, width_px) if turn.swaps_sides else (width_px, height_px)
