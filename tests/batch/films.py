"""Small films made on the spot: scenes of known lengths, at a rate and key frame distance of one's choice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path

import av

from vidcap.testing import scene
from vidcap.types import Pixels

SHORT = tuple(2 + (number * 7 % 11) / 4 for number in range(40))
"""Lengths of shots in seconds: from 2 to 4.5, about two minutes in all."""


def pictures(shots_s: Sequence[float], fps: Fraction) -> Iterator[Pixels]:
    """Yield ``(36, 64, 3)`` pictures, a scene of its own for each length."""
    for seed, length_s in enumerate(shots_s):
        yield from scene(seed, round(length_s * fps))


def write_film(
    path: Path, shots_s: Sequence[float] = SHORT, fps: Fraction = Fraction(25), *, gop: int = 40, skips: int = 0
) -> Path:
    """Write scenes as H.264, several pixels each; with ``skips`` every so many frames one is missing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as output:
        options = {"crf": "23", "preset": "ultrafast", "bf": "2", "g": str(gop), "x264-params": "log=-1"}
        stream = output.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt, stream.thread_count = 64, 36, "yuv420p", 1
        for number, picture in enumerate(pictures(shots_s, fps)):
            if skips and number % skips == skips - 1:
                continue
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, 1 / fps
            output.mux(stream.encode(frame))
        output.mux(stream.encode(None))
    return path
