"""Small real stand-ins for the parts of vidcap that need video or weights: for our tests and for users' own.

>>> import numpy as np
>>> red = np.full((72, 128, 3), (255, 0, 0), np.uint8)
>>> [frame.start_s for frame in frames_from_arrays([red, red], fps=25)]
[Fraction(0, 1), Fraction(1, 25)]
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from vidcap.timeline import Seconds
from vidcap.types import Caption, Clip, Frame, Pixels

if TYPE_CHECKING:
    from vidcap.captioner import Describer

SMALL_HEIGHT_PX, SMALL_WIDTH_PX = 36, 64

# ITU-R BT.601, full range (as in JPEG): rows are Y, Cb, Cr over R, G, B.
_YUV_FROM_RGB = np.array(
    [[0.299, 0.587, 0.114], [-0.168736, -0.331264, 0.5], [0.5, -0.418688, -0.081312]], dtype=np.float32
)
_YUV_OFFSET = np.array([0, 128, 128], dtype=np.float32)


@dataclass(frozen=True, slots=True, eq=False)
class ArrayPicture:
    """A :class:`vidcap.types.Picture` over ``(H, W, 3)`` RGB bytes."""

    pixels: Pixels

    def __post_init__(self) -> None:
        if self.pixels.ndim != 3 or self.pixels.shape[-1] != 3 or self.pixels.dtype != np.uint8:
            raise ValueError(f"pixels are (H, W, 3) bytes: {self.pixels.shape = } {self.pixels.dtype = }")

    @property
    def width_px(self) -> int:
        """Columns of the array."""
        return int(self.pixels.shape[1])

    @property
    def height_px(self) -> int:
        """Rows of the array."""
        return int(self.pixels.shape[0])

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)`` Y, Cb, Cr by area averages, BT.601 full range."""
        small = _resized(self.pixels, SMALL_WIDTH_PX, SMALL_HEIGHT_PX)
        return _as_bytes(small @ _YUV_FROM_RGB.T + _YUV_OFFSET)

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB by area averages."""
        return _as_bytes(_resized(self.pixels, width_px, height_px))


def frames_from_arrays(arrays: Iterable[Pixels], fps: int | float | Fraction = 25) -> Iterator[Frame]:
    """Yield a frame for each ``(H, W, 3)`` RGB array at a constant rate; endless if ``arrays`` is."""
    step_s = 1 / Fraction(fps)
    for index, pixels in enumerate(arrays):
        yield Frame(index, index * step_s, (index + 1) * step_s, ArrayPicture(pixels))


def frames_at_times(arrays: Iterable[Pixels], times_s: Sequence[Seconds]) -> Iterator[Frame]:
    """Yield frames at variable rate: the i-th is shown during ``[times_s[i], times_s[i + 1])``."""
    spans = enumerate(pairwise(times_s))
    for pixels, (index, (start_s, end_s)) in zip(arrays, spans, strict=True):
        yield Frame(index, start_s, end_s, ArrayPicture(pixels))


def scene(seed: int, num_frames: int, *, drift_px: float = 0.125, noise: float = 2.0) -> Iterator[Pixels]:
    """Yield ``(36, 64, 3)`` pictures of coloured patches that drift along, as a camera that pans sees them.

    Two seeds give two scenes. ``drift_px`` is the way between two frames, ``noise`` its deviation in levels.
    """
    chance = np.random.default_rng(seed)
    patches = chance.integers(0, 256, (8, 32, 3)).astype(np.float32)
    wide = patches.repeat(5, axis=0).repeat(5, axis=1)[:36]  # (36, 160, 3)
    for place in range(num_frames):
        across = (round(place * drift_px) + np.arange(64)) % 160
        grain = chance.standard_normal((36, 64, 3), np.float32)
        yield _as_bytes(wide[:, across] + noise * grain)


@dataclass(frozen=True, slots=True)
class EchoDescriber:
    """A describer without a model: says which clip it was given. ``picture_px`` as of a real one."""

    picture_px: int = 224

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return ``Clip 3 of shot 1.`` for each clip, in order, confidence 1."""
        return [
            Caption(clip.span, f"Clip {clip.span.index} of shot {clip.span.shot_index}.", confidence=1.0)
            for clip in clips
        ]


@dataclass(frozen=True, slots=True)
class SlowDescriber:
    """A describer that takes ``factor`` times as long as the one it asks: a stand-in for a slower machine."""

    describer: Describer
    factor: float

    @property
    def picture_px(self) -> int:
        """As of the one it asks."""
        return self.describer.picture_px

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return what the other says, late."""
        began_s = time.perf_counter()
        said = self.describer.describe(clips)
        time.sleep((self.factor - 1) * (time.perf_counter() - began_s))
        return said


def _resized(pixels: Pixels, width_px: int, height_px: int) -> NDArray[np.float32]:
    """Return ``(height_px, width_px, 3)`` area averages."""
    rows = _area_weights(pixels.shape[0], height_px)
    columns = _area_weights(pixels.shape[1], width_px)
    across = columns @ pixels.astype(np.float32)  # (H, width_px, 3), row by row
    down = rows @ across.transpose(1, 0, 2)  # (width_px, height_px, 3), column by column
    resized: NDArray[np.float32] = down.transpose(1, 0, 2)
    return resized


@lru_cache(maxsize=64)
def _area_weights(num_in: int, num_out: int) -> NDArray[np.float32]:
    """Return ``(num_out, num_in)``: which share of each output cell an input cell covers; rows sum to 1."""
    edges_out = np.arange(num_out + 1) * (num_in / num_out)
    starts, ends = edges_out[:-1, None], edges_out[1:, None]
    cells = np.arange(num_in)[None, :]
    covered = np.clip(np.minimum(ends, cells + 1) - np.maximum(starts, cells), 0, None)
    weights: NDArray[np.float32] = (covered / covered.sum(axis=1, keepdims=True)).astype(np.float32)
    return weights


def _as_bytes(values: NDArray[np.float32]) -> Pixels:
    """Return the values rounded and held to 0..255."""
    return np.clip(np.rint(values), 0, 255).astype(np.uint8)
