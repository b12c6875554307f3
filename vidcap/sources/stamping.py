"""Frames with the times their container claims, counted from the container's start."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from math import lcm

from vidcap.sources.describing import counts_late, origin_of
from vidcap.sources.opening import Opened
from vidcap.sources.ready import AnyFrame
from vidcap.sources.timing import Stamped
from vidcap.timeline import Seconds, exact

MOST_GREY = 300
"""Frames without a key frame before them that are broken; a stream that never has one is let through after."""


@dataclass(frozen=True, slots=True)
class Look:
    """A decoded frame, and whether damage can be seen in it."""

    frame: AnyFrame
    is_corrupt: bool
    place: int | None = None
    """How many frames of the film come before it, where the decoder left some of them out."""
    after_calm: bool = False
    is_leap: bool = False


class Stamper:
    """Gives frames their times, ``pts * time_base - origin_s``; once for each run of a decoder."""

    def __init__(self, opened: Opened, origin_s: Seconds) -> None:
        base = exact(opened.stream.time_base)
        self._opened = opened
        self._scale = lcm(base.denominator, origin_s.denominator) if base else 0
        self._ticks = int(base * self._scale) if base else 0
        self._origin_ticks = int(origin_s * self._scale)
        self._grey_left = MOST_GREY
        self._smeared_left = 0
        self._duration_s = lru_cache(maxsize=16)(lambda ticks: ticks * base if ticks and base else None)

    def stamp(self, frame: AnyFrame) -> Stamped[Look]:
        """Return the frame with its time, None if it has none; frames before the first key frame are corrupt."""
        if self._grey_left:  # a key frame that is decoded but hidden, by an edit list, is as good as one shown
            self._grey_left = 0 if frame.key_frame or self._opened.begins_at_key else self._grey_left - 1
        look = self._look(frame)
        pts = frame.pts
        if pts is None or not self._scale:
            return Stamped(look, None)
        time_s = Fraction(pts * self._ticks - self._origin_ticks, self._scale)  # one fraction, not three
        return Stamped(look, time_s, self._duration_s(frame.duration))

    def _look(self, frame: AnyFrame) -> Look:
        is_corrupt, opened = self._is_smeared(frame) or self._grey_left > 0, self._opened
        if opened.places is None:
            return Look(frame, is_corrupt)
        is_after_calm, is_leap = frame.pts in opened.calm, frame.pts in opened.leaps
        opened.calm.discard(frame.pts)
        opened.leaps.discard(frame.pts)
        return Look(frame, is_corrupt, opened.places.place(frame.pts), is_after_calm, is_leap)

    def _is_smeared(self, frame: AnyFrame) -> bool:
        """Tell whether a frame is damaged, or made from damaged ones: until the next key frame, decoders don't say."""
        hurt, pts = self._opened.hurt, frame.pts
        if frame.is_corrupt:
            self._smeared_left = MOST_GREY
        elif hurt and any(stamp is None or pts is None or stamp <= pts for stamp in hurt):
            hurt[:] = [stamp for stamp in hurt if stamp is not None and pts is not None and stamp > pts]
            self._smeared_left = 0 if frame.key_frame else MOST_GREY
        elif self._smeared_left:
            self._smeared_left = 0 if frame.key_frame else self._smeared_left - 1
        return self._smeared_left > 0


def origin_for(opened: Opened, first: AnyFrame) -> Seconds:
    """Return the stamp that is time 0: the container's start, or that of the first frame where there is no better."""
    base = exact(opened.stream.time_base)
    first_s = first.pts * base if first.pts is not None and base is not None else Fraction(0)
    origin_s = origin_of(opened)
    if origin_s is None or counts_late(opened):
        return first_s
    return origin_s
