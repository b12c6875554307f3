"""The sound of a film as one channel at 16 kHz, in pieces with their times."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from fractions import Fraction
from typing import Any

import av.error
import numpy as np
from av.audio.resampler import AudioResampler
from av.stream import Disposition
from numpy.typing import NDArray

from vidcap.sources.describing import origin_of
from vidcap.sources.opening import Opened
from vidcap.timeline import Seconds, exact

_log = logging.getLogger(__name__)

RATE = 16_000
"""Samples a second: all that voices need."""
Samples = NDArray[np.float32]


def sound_of(opened: Opened) -> Iterator[tuple[Seconds, Samples]]:
    """Yield ``(start_s, samples)``: from -1 to 1, of the film's main sound; what is damaged is left out."""
    stream = _main_sound(opened)
    origin_s = origin_of(opened) or Fraction(0)
    resampler = AudioResampler(format="flt", layout="mono", rate=RATE)
    bad = 0
    for packet in opened.container.demux(stream):
        opened.raise_failure()
        try:
            frames = packet.decode()
            made = [piece for frame in frames for piece in resampler.resample(frame)]
        except (av.error.FFmpegError, ValueError):
            bad += 1
            continue
        for piece in made:
            base = exact(piece.time_base)
            if piece.pts is not None and base is not None:
                yield piece.pts * base - origin_s, piece.to_ndarray().reshape(-1).astype(np.float32, copy=False)
    if bad:
        _log.warning("%s: %d damaged packets of sound were skipped", opened.target.shown, bad)


def _main_sound(opened: Opened) -> Any:
    others = Disposition.comment | Disposition.visual_impaired | Disposition.descriptions
    streams = [stream for stream in opened.container.streams.audio if stream.codec_context is not None]
    return max(streams, key=lambda s: (not s.disposition & others, bool(s.disposition & Disposition.default)))


def blocks_of(sound: Iterator[tuple[Seconds, Samples]], size: int) -> Iterator[tuple[Seconds, Samples]]:
    """Yield blocks of just ``size`` samples with their times; what lies beside a jump in time is left out."""
    held: Samples = np.empty(0, np.float32)
    held_s = Fraction(0)
    for start_s, samples in sound:
        expected_s = held_s + Fraction(len(held), RATE)
        if not len(held) or abs(start_s - expected_s) > Fraction(1, 20):
            held, held_s = samples, start_s
        else:
            held = np.concatenate([held, samples])
        for at in range(0, len(held) - size + 1, size):
            yield held_s + Fraction(at, RATE), held[at : at + size]
        kept = len(held) % size
        held_s += Fraction(len(held) - kept, RATE)
        held = held[len(held) - kept :]
