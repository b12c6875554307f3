"""Items of a manifest as clips: how training and evaluation look at a picture or at a short video.

A picture is a clip of one frame. A video, or a segment of one, is a single clip whatever it shows: the custom with
sets of short captioned clips such as MSVD. (``vidcap.sampling`` is for films: there every shot has clips of its own.)
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vidcap.errors import SourceCorrupt
from vidcap.manifests import Item
from vidcap.sources import SourceConfig, open_source
from vidcap.timeline import Seconds
from vidcap.types import Clip, Frame, Pixels, Span

_SPARE = 4  # pictures kept for each that is wanted, so that what is chosen lies near where it should


@dataclass(frozen=True, slots=True, eq=False)
class _Kept:
    """A picture and when it is on screen."""

    start_s: Seconds
    end_s: Seconds
    is_corrupt: bool
    pixels: Pixels

    def distance_s(self, time_s: Seconds) -> Seconds:
        """How far ``time_s`` is from the time on screen; 0 inside."""
        return max(self.start_s - time_s, time_s - self.end_s, Fraction(0))


def clip_of_item(item: Item, picture_px: int = 224, max_frames: int = 8, *, index: int = 0) -> Clip:
    """Return a picture as one frame, or a video as up to ``max_frames`` frames spread evenly over its time.

    Pictures are ``(T, picture_px, picture_px, 3)`` RGB, stretched; ``index`` numbers the clip. Raises SourceError
    where the file can't be read or has no frame in the item's segment.
    """
    if picture_px < 1 or max_frames < 1:
        raise ValueError(f"sizes and counts are at least 1: {picture_px = } {max_frames = }")
    config = SourceConfig(start_s=item.start_s or Fraction(0), end_s=item.end_s)
    with open_source(str(item.path), config) as source:
        frames = source.frames()
        if item.kind == "image":
            kept, end_s = _thinned(frames, picture_px, 1, only_first=True)
        else:
            kept, end_s = _thinned(frames, picture_px, _SPARE * max_frames)
    if not kept:
        raise SourceCorrupt(str(item.path), f"no frame between {item.start_s or 0} s and {item.end_s} s")
    chosen = _spread(kept, end_s, max_frames)
    span = Span(index, 0, kept[0].start_s, end_s, starts_shot=True, ends_shot=True)
    times_s = tuple(sample.start_s for sample in chosen)
    return Clip(span, times_s, np.stack([sample.pixels for sample in chosen]))


def _thinned(
    frames: Iterable[Frame], picture_px: int, enough: int, *, only_first: bool = False
) -> tuple[list[_Kept], Seconds]:
    """Every n-th frame, between ``enough`` and twice as many of them (or all), and when the last of all ends.

    Lengths that containers promise can't be relied on, so n doubles, and every other one goes, whenever there are
    too many. Damaged frames are kept only while there is no other.
    """
    kept: list[_Kept] = []
    step, end_s = 1, Fraction(0)
    for number, frame in enumerate(frames):
        end_s = frame.end_s
        stands_in = bool(kept) and kept[-1].is_corrupt
        is_wanted = stands_in or number % step == 0
        if not is_wanted or (kept and frame.is_corrupt):
            continue
        if stands_in:
            kept.pop()
        kept.append(_Kept(frame.start_s, end_s, frame.is_corrupt, frame.picture.rgb(picture_px, picture_px)))
        if only_first and not frame.is_corrupt:
            break
        if len(kept) > 2 * enough:
            kept, step = kept[::2], 2 * step
    return kept, end_s


def _spread(kept: list[_Kept], end_s: Seconds, max_frames: int) -> list[_Kept]:
    """The pictures on screen, or nearest, at the centres of equal parts of the time; each once, in order."""
    parts = min(max_frames, len(kept))
    part_s = (end_s - kept[0].start_s) / parts
    centres_s = [kept[0].start_s + part_s * (2 * part + 1) / 2 for part in range(parts)]
    nearest = [min(range(len(kept)), key=lambda i: kept[i].distance_s(time_s)) for time_s in centres_s]
    return [kept[i] for i in sorted(set(nearest))]
