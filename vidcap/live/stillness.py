"""Whether a clip still shows what was described: then nobody needs to look at it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidcap.types import Clip

_CELLS = 14
_CHANGED = 10.0
"""Levels by which the mean colour of one of 14 x 14 cells differs where something came, went or moved; the noise of a
camera at night is far below, as it is averaged over the cell."""

Cells = NDArray[np.float32]


class Stillness:
    """Remembers what was described last, coarsely, and compares clips with it."""

    def __init__(self) -> None:
        self._described: Cells | None = None
        self._shot_index = -1

    def remember(self, clip: Clip) -> None:
        """Take a clip that was described."""
        self._described, self._shot_index = _cells(clip), clip.span.shot_index

    def is_same(self, clip: Clip) -> bool:
        """Tell whether a clip goes on in the same shot and shows the same in all of its pictures."""
        if self._described is None or clip.span.shot_index != self._shot_index:
            return False
        seen = _cells(clip)
        before = self._described.mean(axis=0)
        spread = np.abs(self._described - before).max(initial=0.0)
        return bool(np.abs(_levelled(seen) - _levelled(before[None])).max() < _CHANGED > spread)


def _cells(clip: Clip) -> Cells:
    """Return ``(T, 14, 14, 3)`` mean colours."""
    count, height, width, _ = clip.pictures.shape
    rows, columns = height // _CELLS, width // _CELLS
    if not rows or not columns:
        return clip.pictures.astype(np.float32)
    even = clip.pictures[:, : rows * _CELLS, : columns * _CELLS].reshape(count, _CELLS, rows, _CELLS, columns, 3)
    cells: Cells = even.mean(axis=(2, 4), dtype=np.float32)
    return cells


def _levelled(cells: Cells) -> Cells:
    """Take away the mean of each picture: the camera's exposure, a cloud before the sun."""
    levelled: Cells = cells - cells.mean(axis=(1, 2), keepdims=True)
    return levelled
