"""Captions to score, a film whose frames tell their number, Java where it is there."""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidcap.evaluation.java import JavaTools, find_java


@pytest.fixture(scope="session")
def java() -> JavaTools:
    """The Java programs of pycocoevalcap."""
    tools = find_java()
    if isinstance(tools, str):
        pytest.skip(tools)
    return tools


@pytest.fixture
def film(tmp_path: Path) -> Callable[..., Path]:
    """Write a film of 25 frames a second; frame n is grey, n brighter than black."""

    def write(num_frames: int, name: str = "film.mp4") -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as container:
            stream = container.add_stream("mpeg4", rate=25)
            stream.width = stream.height = 64
            stream.pix_fmt = "yuv420p"
            stream.codec_context.time_base = Fraction(1, 25)
            stream.codec_context.qmin = stream.codec_context.qmax = 1
            for number in range(num_frames):
                pixels = np.full((64, 64, 3), number, np.uint8)
                container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, "rgb24")))
            container.mux(stream.encode(None))
        return path

    return write


@pytest.fixture
def picture(tmp_path: Path) -> Callable[..., Path]:
    """Write a red PNG."""

    def write(name: str = "red.png") -> Path:
        path = tmp_path / name
        encoder = av.CodecContext.create("png", "w")
        encoder.width, encoder.height, encoder.pix_fmt = 32, 24, "rgb24"  # type: ignore[attr-defined]
        encoder.time_base = Fraction(1, 25)
        pixels = np.full((24, 32, 3), (200, 0, 0), np.uint8)
        frame = av.VideoFrame.from_ndarray(pixels, "rgb24")
        path.write_bytes(b"".join(bytes(packet) for packet in encoder.encode(frame)))  # type: ignore[attr-defined]
        return path

    return write
