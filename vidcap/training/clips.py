"""Pictures of a video item: frames spread evenly over the whole of it."""

from __future__ import annotations

from collections.abc import Iterable
from fractions import Fraction

import numpy as np

from vidcap.errors import SourceCorrupt
from vidcap.manifests import Item
from vidcap.sources import SourceConfig, open_source
from vidcap.types import Frame, Pixels

_DENSE_FPS = 4


def video_pictures(item: Item, picture_px: int, max_frames: int) -> Pixels:
    """Return up to ``max_frames`` pictures ``(T, px, px, 3)`` at the centres of equal parts of a video or segment."""
    config = SourceConfig(start_s=item.start_s or Fraction(0), end_s=item.end_s)
    with open_source(str(item.path), config) as source:
        kept = [frame.picture.rgb(picture_px, picture_px) for frame in _thinned(source.frames())]
    if not kept:
        raise SourceCorrupt(str(item.path), "no frame could be decoded")
    count = min(max_frames, len(kept))
    centres = [(2 * k + 1) * len(kept) // (2 * count) for k in range(count)]
    return np.stack([kept[k] for k in centres])


def _thinned(frames: Iterable[Frame]) -> Iterable[Frame]:
    """Yield about four frames a second, so that a long video is not held whole."""
    slot = None
    for frame in frames:
        now = frame.start_s * _DENSE_FPS // 1
        if now != slot and not frame.is_corrupt:
            yield frame
        slot = now
