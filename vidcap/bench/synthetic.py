"""A film to measure on where none is given: coloured patches that drift, cuts, grain; the same everywhere.

It is encoded when it is needed. Its decoder works as for a film of its size; what is seen in it is nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidcap.testing import scene
from vidcap.types import Pixels

_GRAINS = 7
_GRAIN_LEVELS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticConfig:
    """What the film is like."""

    width_px: int = field(default=1280, metadata={"help": "width of the synthetic film"})
    height_px: int = field(default=720, metadata={"help": "height of the synthetic film"})
    fps: int = field(default=30, metadata={"help": "frames a second of the synthetic film"})
    length_s: Fraction = field(default=Fraction(30), metadata={"help": "length of the synthetic film"})
    shot_s: Fraction = field(default=Fraction(4), metadata={"help": "length of its shots"})

    def __post_init__(self) -> None:
        if min(self.width_px, self.height_px) < 32 or self.width_px % 2 or self.height_px % 2:
            raise ValueError(f"sides are even and at least 32 pixels: {self.width_px} x {self.height_px}")
        if self.fps < 1 or self.length_s <= 0 or self.shot_s <= 0:
            raise ValueError(f"a film lasts: {self.fps = } {self.length_s = } {self.shot_s = }")


def write_synthetic(path: Path, config: SyntheticConfig = SyntheticConfig()) -> Path:
    """Encode the film with H.264 and return its path."""
    import av

    # Without threads: with them, and the machine busy, its last frames once came out otherwise.
    options = {"preset": "veryfast", "crf": "23", "x264-params": "threads=1:sync-lookahead=0:log=-1"}
    with av.open(str(path), "w") as output:
        stream = output.add_stream("libx264", rate=config.fps, options=options)
        stream.width, stream.height, stream.pix_fmt = config.width_px, config.height_px, "yuv420p"
        grains = _grains(config)
        for number, small in enumerate(_pictures(config)):
            frame = av.VideoFrame.from_ndarray(small, format="rgb24")
            large = frame.reformat(config.width_px, config.height_px, "yuv420p", interpolation="BICUBIC")
            planes = large.to_ndarray()  # (H * 3 / 2, W)
            luma = planes[: config.height_px].astype(np.int16) + grains[number % _GRAINS]
            planes[: config.height_px] = np.clip(luma, 16, 235).astype(np.uint8)
            shown = av.VideoFrame.from_ndarray(planes, format="yuv420p")
            shown.pts, shown.time_base = number, Fraction(1, config.fps)
            output.mux(stream.encode(shown))
        output.mux(stream.encode(None))
    return path


def _pictures(config: SyntheticConfig) -> Iterator[Pixels]:
    """Yield small pictures, each shot of another scene."""
    left, seed = round(config.length_s * config.fps), 0
    while left > 0:
        length = min(left, max(1, round(config.shot_s * config.fps)))
        yield from scene(seed, length, noise=0.0)
        left, seed = left - length, seed + 1


def _grains(config: SyntheticConfig) -> list[np.ndarray[tuple[int, int], np.dtype[np.int16]]]:
    chance = np.random.default_rng(1)
    size = (config.height_px, config.width_px)
    return [chance.integers(-_GRAIN_LEVELS, _GRAIN_LEVELS + 1, size).astype(np.int16) for _ in range(_GRAINS)]
