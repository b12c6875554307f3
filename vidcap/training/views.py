"""Pseudo-clips: stills made to move, so that the temporal LSTM sees what a camera does.

Everything happens on grids of features. The enlarged picture has a grid two or more cells wider than the plain one;
its windows stand for crops. A clip may stay still, repeat, pan, zoom in or out; half of all clips are mirrored.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vidcap.training.features import FeatureSet, Half

Single = NDArray[np.float32]
KINDS = ("one", "repeat", "pan", "zoom")


def tensor_of(array: NDArray[Any]) -> Tensor:
    """Return a tensor with a copy of ``array``.

    A copy, since numpy's memory lies anywhere and torch's at multiples of 64 bytes: the order of the sums in a product
    depends on it, and with it the last bits of a training that has to repeat itself.
    """
    return torch.tensor(array)


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """Features of one clip."""

    pooled: Single
    """``(T, D)``."""
    cells: Single
    """``(h*w, D)`` averaged over frames."""
    mean_max: Single
    """``(2 * D,)`` averaged over frames."""


def view_of(grids: Single) -> View:
    """Return the view of frames ``(T, h*w, D)``."""
    pooled = grids.mean(1)
    mean_max = np.concatenate((pooled, grids.max(1)), 1).mean(0)
    return View(pooled, grids.mean(0), mean_max)


def plain_view(features: FeatureSet, index: int) -> View:
    """Return an item as it is: all its frames, nothing changed."""
    return view_of(features.frames[features.rows(index)].astype(np.float32))


def random_view(features: FeatureSet, index: int, rng: np.random.Generator, max_frames: int = 8) -> View:
    """Return a pseudo-clip of a still, or some of a video's frames, mirrored half of the time."""
    frames = features.frames[features.rows(index)]
    grids = _moving(frames[0], features.wide[index], rng, max_frames) if features.is_still else _some(frames, rng)
    view = view_of(grids)
    return View(view.pooled, _mirrored(view.cells), view.mean_max) if rng.random() < 0.5 else view


def _some(frames: Half, rng: np.random.Generator) -> Single:
    count = int(rng.integers(max(1, len(frames) // 2), len(frames) + 1))
    chosen = np.sort(rng.choice(len(frames), count, replace=False))
    return frames[chosen].astype(np.float32)


def _moving(plain: Half, wide: Half, rng: np.random.Generator, max_frames: int) -> Single:
    kind = KINDS[rng.choice(4, p=(0.4, 0.15, 0.25, 0.2))]
    whole = plain.astype(np.float32)
    if kind == "one":
        return (whole if rng.random() < 0.6 else _windows(plain, wide, rng, 1, still=True)[0])[None]
    count = int(rng.integers(2, max_frames + 1))
    if kind == "repeat":
        return np.broadcast_to(whole, (count, *whole.shape))
    windows = _windows(plain, wide, rng, count, still=kind == "zoom")
    if kind == "pan":
        return windows
    share = np.linspace(0, 1, count, dtype=np.float32)[:, None, None]  # a zoom goes from the whole to a part
    grids = (1 - share) * whole + share * windows
    return grids if rng.random() < 0.5 else grids[::-1]


def _windows(plain: Half, wide: Half, rng: np.random.Generator, count: int, *, still: bool) -> Single:
    """Return ``count`` windows of the wide grid, of the plain one's size, from one corner of a path to another."""
    side, wide_side = int(len(plain) ** 0.5), int(len(wide) ** 0.5)
    grid = wide.reshape(wide_side, wide_side, -1).astype(np.float32)
    start = rng.integers(0, wide_side - side + 1, 2)
    end = start if still else rng.integers(0, wide_side - side + 1, 2)
    path = np.rint(np.linspace(start, end, count)).astype(int)
    return np.stack([grid[y : y + side, x : x + side].reshape(side * side, -1) for y, x in path])


def _mirrored(cells: Single) -> Single:
    side = int(len(cells) ** 0.5)
    return np.ascontiguousarray(cells.reshape(side, side, -1)[:, ::-1].reshape(cells.shape))
