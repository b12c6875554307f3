"""Moments, cues and pages by hand, and small real films, for the tests of reports."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vidcap.formats import TrackInfo, render
from vidcap.report.config import ReportConfig
from vidcap.report.writer import HtmlWriter
from vidcap.testing import ArrayPicture, frames_from_arrays
from vidcap.types import Attention, Caption, Clip, Cue, Label, Marked, Pixels, Span


def cue_of(index: int, text: str, *, length_s: int = 2, labels: tuple[Label, ...] = (), sure: float = 0.5) -> Cue:
    """A cue of one clip that is a whole shot, with attention on its words."""
    start_s = Fraction(index * length_s)
    span = Span(index, index, start_s, start_s + length_s, True, True)
    words = tuple(text.split())
    even = np.full((len(words), 2, 2), 0.15, np.float32)
    look = Attention(words, np.full((len(words), 1), 0.1, np.float32), even, np.full(len(words), 0.3, np.float32))
    caption = Caption(span, text, sure, labels=labels, attention=look if words else None)
    return Cue(start_s, start_s + length_s, (text,), sure, index, (caption,))


def photo(seed: int, height_px: int = 90, width_px: int = 160) -> Pixels:
    """A picture with edges and colours, as hard to compress as most."""
    chance = np.random.default_rng(seed)
    coarse = chance.integers(0, 256, (height_px // 10, width_px // 10, 3))
    pixels = np.kron(coarse, np.ones((10, 10, 1)))[:height_px, :width_px] + chance.normal(
        0, 6, (height_px, width_px, 3)
    )
    return pixels.clip(0, 255).astype(np.uint8)


def watched(writer: HtmlWriter, cues: Sequence[Cue], pictures: Sequence[Pixels]) -> Iterator[Cue]:
    """Yield cues as if a film with these pictures had gone through the stages that ``writer`` taps."""
    for cue, pixels in zip(cues, pictures, strict=True):
        (caption,) = cue.captions
        span = caption.span
        frames = list(frames_from_arrays([pixels]))
        marks = (Marked(_moved(frame, span), (), span.start_s) for frame in frames)
        list(writer.tap("shots", marks))
        small = np.asarray(ArrayPicture(pixels).rgb(32, 32))[None]
        list(writer.tap("sample", iter([Clip(span, (span.start_s,), small)])))
        list(writer.tap("describe", iter([caption])))
        yield cue


def _moved(frame: Any, span: Span) -> Any:
    from dataclasses import replace

    return replace(frame, start_s=span.start_s, end_s=span.end_s)


def page_of(cues: Sequence[Cue], info: TrackInfo | None = None, **config: Any) -> str:
    """A whole page with small pictures."""
    photos = [photo(seed, 90, 160) for seed in range(8)]
    writer = HtmlWriter(info, ReportConfig(**config))
    pictures = [photos[number % len(photos)] for number in range(len(cues))]
    return "".join(render(watched(writer, cues, pictures), writer))


def film_with(path: Path, codec: str, seconds: int = 4) -> Path:
    """A film made by FFmpeg in the codec named."""
    source = f"testsrc2=size=320x180:rate=25:duration={seconds}"
    command = ["ffmpeg", "-nostdin", "-v", "error", "-f", "lavfi", "-i", source, "-c:v", codec, str(path)]
    subprocess.run(command, check=True)
    return path
