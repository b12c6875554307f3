"""The small picture that shots are found by: samples of the stored planes, at about a hundredth of the decoder's cost.

Scaling properly would cost an eighth of it. Luma takes two samples a cell, from neighbouring rows, so that both
fields of interlaced video count and noise is halved; chroma takes one.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
from av.video.frame import VideoFrame
from av.video.plane import VideoPlane
from numpy.typing import NDArray

from vidcap.types import Pixels

HEIGHT, WIDTH = 36, 64
_DEPTHS = {"": 8, "9le": 9, "10le": 10, "12le": 12, "14le": 14, "16le": 16}
_SAMPLINGS = ("410", "411", "420", "422", "440", "444")
_BITS = {f"yuv{sampling}p{suffix}": bits for sampling in _SAMPLINGS for suffix, bits in _DEPTHS.items()}
_BITS |= {f"yuvj{sampling}p": 8 for sampling in _SAMPLINGS}
"""Bits a sample of the formats whose three planes can be read as they are."""


def from_planes(frame: VideoFrame) -> Pixels | None:
    """Return ``(36, 64, 3)`` luma, Cb, Cr as stored, in 8 bits; None where its planes can't be read as they are.

    Each channel lies together in memory.
    """
    bits = _BITS.get(frame.format.name)
    if bits is None or frame.width < WIDTH or frame.height < HEIGHT:
        return None
    small = np.empty((3, HEIGHT, WIDTH), np.uint8)
    for place, plane in enumerate(frame.planes):
        taken = [_in_eight_bits(samples, bits) for samples in _samples(plane, bits, is_luma=place == 0)]
        if place == 0:
            np.add(taken[0] >> 1, taken[1] >> 1, out=small[0])
        else:
            small[place] = taken[0]
    return small.transpose(1, 2, 0)


def _samples(plane: VideoPlane, bits: int, *, is_luma: bool) -> Iterable[NDArray[Any]]:
    """Return two ``(36, 64)`` samples of a plane for luma, one for chroma, in the plane's own bits."""
    buffer: Any = plane
    stored = np.frombuffer(buffer, "u1" if bits == 8 else "<u2")
    height, width, line = plane.height, plane.width, plane.line_size if bits == 8 else plane.line_size // 2
    grid = _grid(height, width, is_luma)
    if grid:
        picture = stored[: height * line].reshape(height, line)
        return [picture[rows_columns] for rows_columns in grid]
    taken: NDArray[Any] = stored.take(_offsets(height, width, line, is_luma))
    return taken if is_luma else (taken,)


def _in_eight_bits(samples: NDArray[Any], bits: int) -> Pixels:
    return samples if bits == 8 else (samples >> (bits - 8)).astype(np.uint8)


def from_rgb(rgb: Pixels) -> Pixels:
    """Return luma, Cb, Cr of small RGB: full-range BT.601, as JPEG has it; only compared with others of its kind."""
    red, green, blue = (rgb[..., place].astype(np.float32) for place in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = (luma, 128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma))
    return np.stack([np.clip(plane + 0.5, 0, 255).astype(np.uint8) for plane in planes]).transpose(1, 2, 0)


@lru_cache(maxsize=64)
def _offsets(height: int, width: int, line: int, is_luma: bool) -> NDArray[np.intp]:
    """Return where the samples lie in a plane: ``(2, 36, 64)`` for luma, ``(36, 64)`` for chroma."""
    rows = (2 * np.arange(HEIGHT)[:, None] + 1) * height // (2 * HEIGHT)
    columns = (2 * np.arange(WIDTH) + 1) * width // (2 * WIDTH)
    if not is_luma:
        return np.asarray(rows * line + columns, np.intp)
    aside = width // (4 * WIDTH)
    below = np.minimum(rows + 1, height - 1)
    pair = (rows * line + columns - aside, below * line + columns + aside)
    return np.asarray(np.stack(pair), np.intp)


@lru_cache(maxsize=64)
def _grid(height: int, width: int, is_luma: bool) -> tuple[tuple[slice, slice], ...]:
    """Return the places of :func:`_offsets` as slices; empty where they are not evenly spaced, as in 854 x 480.

    An index for each sample is eight bytes more to be read than the sample itself.
    """
    down, across = height // HEIGHT, width // WIDTH
    if height % HEIGHT or width % WIDTH or down <= 2:  # of two rows the lower one has none below it
        return ()
    rows, columns = slice(down // 2, None, down), slice(across // 2, width, across)
    if not is_luma:
        return ((rows, columns),)
    aside = width // (4 * WIDTH)
    below = slice(down // 2 + 1, None, down)
    left, right = (slice(across // 2 + way, width, across) for way in (-aside, aside))
    return ((rows, left), (below, right))
