"""Pictures that hardly differ need to be looked at once only."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from vidcap.types import Pixels

_BLOCK_PX = 16


def kept_pictures(pictures: Pixels, below: float) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return which of a clip's pictures ``(T, H, W, 3)`` to look at, and for each picture which of those stands for it.

    A picture is stood for by the last one kept where the two differ by less than ``below`` levels: the means of blocks
    of 16 x 16 pixels, their absolute differences averaged over blocks and colours. The first is always kept; with
    ``below`` 0 all are.
    """
    if below <= 0 or len(pictures) < 2:
        every = np.arange(len(pictures))
        return every, every
    blocks = _block_means(pictures)
    kept, stands_for = [0], [0]
    for place in range(1, len(pictures)):
        if float(np.abs(blocks[place] - blocks[kept[-1]]).mean()) >= below:
            kept.append(place)
        stands_for.append(len(kept) - 1)
    return np.array(kept), np.array(stands_for)


def _block_means(pictures: Pixels) -> NDArray[np.float32]:
    """Return ``(T, ...)`` means of whole blocks; every fourth row is enough for a mean."""
    t, height, width, _ = pictures.shape
    down, across = max(height // _BLOCK_PX, 1), max(width // _BLOCK_PX, 1)
    inside = pictures[:, : height - height % down, : width - width % across]
    rows = inside.reshape(t, down, inside.shape[1] // down, across, inside.shape[2] // across, 3)[:, :, ::4]
    # Rows are added up first: adding three numbers at a time is slow.
    sums = rows.sum(2, dtype=np.uint16).sum(3, dtype=np.uint32)
    means: NDArray[np.float32] = (sums / (rows.shape[2] * rows.shape[4])).astype(np.float32)
    return means
