"""Films made for a test, frame by frame, with PyAV."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from numpy.typing import NDArray

Array = NDArray[np.uint8]


def flat(level: int, width: int = 96, height: int = 64) -> Array:
    """A picture of one grey."""
    return np.full((height, width, 3), level, np.uint8)


def corners(width: int = 96, height: int = 64) -> Array:
    """Red, green over blue, white: shows how a picture was turned."""
    picture = np.zeros((height, width, 3), np.uint8)
    picture[: height // 2, : width // 2] = (255, 0, 0)
    picture[: height // 2, width // 2 :] = (0, 255, 0)
    picture[height // 2 :, : width // 2] = (0, 0, 255)
    picture[height // 2 :, width // 2 :] = 255
    return picture


class Films:
    """Writes films into one folder."""

    flat = staticmethod(flat)
    corners = staticmethod(corners)

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def write(
        self,
        name: str,
        pictures: Iterable[Array],
        *,
        ticks: Sequence[int] | None = None,
        time_base: Fraction = Fraction(1, 25),
        **stream: Any,
    ) -> str:
        """Write pictures at ``ticks`` (0, 1, 2 ... by default); ``stream`` sets codec, options, pix_fmt ... of it."""
        path = self.folder / name
        codec = stream.pop("codec", "libx264")
        container_options = stream.pop("container_options", {})
        form, rate, source = stream.pop("format", None), stream.pop("rate", 25), stream.pop("source", "rgb24")
        prepare = stream.pop("prepare", None)
        options = stream.pop("options", {"crf": "18", "bf": "0", "preset": "ultrafast"} if codec == "libx264" else {})
        with av.open(str(path), "w", format=form, options=container_options) as container:
            out: Any = None
            for place, picture in enumerate(pictures):
                if out is None:
                    out = container.add_stream(codec, rate=rate, options=options)
                    out.height, out.width = picture.shape[:2]
                    out.pix_fmt = stream.pop("pix_fmt", "yuv420p")
                    out.time_base = out.codec_context.time_base = time_base
                    for key, value in stream.items():
                        setattr(out.codec_context, key, value)
                    if prepare is not None:
                        prepare(out)
                frame = av.VideoFrame.from_ndarray(picture, format=source)
                frame.pts = place if ticks is None else ticks[place]
                frame.time_base = time_base
                container.mux(out.encode(frame))
            container.mux(out.encode(None))
        return str(path)

    def levels(self, count: int, step: int = 4) -> Iterable[Array]:
        """Grey pictures that grow lighter: the n-th has level ``20 + n * step``."""
        return (flat(20 + place * step) for place in range(count))

    def bars(self, count: int) -> Iterable[Array]:
        """Black pictures with a white bar: the n-th has it at column ``2 n``."""
        for place in range(count):
            picture = flat(0)
            picture[:, 2 * place : 2 * place + 2] = 255
            yield picture

    def sound(self, name: str, *, cover: bool = False, seconds: int = 1, **kinds: Any) -> str:
        """Write a tone, with a cover picture if wanted."""
        path = self.folder / name
        with av.open(str(path), "w") as container:
            tone = container.add_stream("aac", rate=44100)
            picture: Any = None
            if cover:
                picture = container.add_stream("png", rate=1)
                picture.width, picture.height, picture.pix_fmt = 32, 32, "rgb24"
                picture.disposition = av.stream.Disposition.attached_pic
            frame = av.AudioFrame(format="fltp", layout="mono", samples=1024)
            frame.sample_rate = 44100
            frame.planes[0].update(bytes(frame.planes[0].buffer_size))
            for place in range(43 * seconds):
                frame.pts = place * 1024
                container.mux(tone.encode(frame))
            container.mux(tone.encode(None))
            if picture is not None:
                container.mux(picture.encode(av.VideoFrame.from_ndarray(flat(99, 32, 32), format="rgb24")))
                container.mux(picture.encode(None))
        return str(path)

    def ffmpeg(self, *arguments: str) -> None:
        """Run the ffmpeg program in the folder; skip the test where there is none."""
        if shutil.which("ffmpeg") is None:
            pytest.skip("needs the ffmpeg program")
        command = ["ffmpeg", "-y", "-nostdin", "-v", "error", *arguments]
        subprocess.run(command, check=True, cwd=self.folder, timeout=60)


@pytest.fixture
def films(tmp_path: Path) -> Films:
    return Films(tmp_path)
