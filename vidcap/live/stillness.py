"""Whether a clip still shows what was described: then nobody needs to look at it again."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidcap.types import Clip, Pixels

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
        self._described, self._shot_index = _cells(clip.pictures), clip.span.shot_index

    def is_same(self, clip: Clip) -> bool:
        """Tell whether a clip goes on in the same shot and shows the same in all of its pictures."""
        return clip.span.shot_index == self._shot_index and not self._is_changed(clip.pictures)

    def is_changed(self, picture: Pixels) -> bool:
        """Tell whether a picture ``(H, W, 3)`` shows something else than what was described last."""
        return self._is_changed(picture[None])

    def _is_changed(self, pictures: Pixels) -> bool:
        if self._described is None:
            return True
        seen = _cells(pictures)
        before = self._described.mean(axis=0)
        spread = np.abs(self._described - before).max(initial=0.0)
        return not np.abs(_levelled(seen) - _levelled(before[None])).max() < _CHANGED > spread


def _cells(pictures: Pixels) -> Cells:
    """Return ``(T, 14, 14, 3)`` mean colours."""
    count, height, width, _ = pictures.shape
    rows, columns = height // _CELLS, width // _CELLS
    if not rows or not columns:
        return pictures.astype(np.float32)
    even = pictures[:, : rows * _CELLS, : columns * _CELLS].reshape(count, _CELLS, rows, _CELLS, columns, 3)
    cells: Cells = even.mean(axis=(2, 4), dtype=np.float32)
    return cells


def _levelled(cells: Cells) -> Cells:
    """Take away the mean of each picture: the camera's exposure, a cloud before the sun."""
    levelled: Cells = cells - cells.mean(axis=(1, 2), keepdims=True)
    return levelled
