"""What the distances of key frames tell: which of them came because of a cut.

An encoder that looks for cuts makes the first frame of a shot a key frame, or at least an intra picture where the last
key frame is too near. So where a key frame comes before its time, what differs between it and the key frame before may
well have changed at it, all at once.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from av.packet import Packet

_REMEMBERED = 24
"""Key frames by which the spacing is judged; twice as many as are decoded ahead, and more."""
_NEAR_FRAMES = 0.6
"""Distances that differ by less are the same."""
_TOLD_BYTES = 4096
_KEYINT, _SCENECUT = re.compile(rb"(?<![-_a-z])keyint=(\d{1,6})\b"), re.compile(rb"(?<![-_a-z])scenecut=(\d{1,6})\b")
_MIN_KEYINT = re.compile(rb"(?:keyint_min|min-keyint)=(\d{1,6})\b")
"""x264 and x265 write their settings, as text, into the first key frame."""


@dataclass(frozen=True, slots=True)
class Told:
    """What an encoder writes of its settings; as it stands, nothing."""

    longest_frames: int = 0
    shortest_frames: int = 0
    """Distances of key frames; 0 if not known."""
    looks_for_cuts: bool = True

    @classmethod
    def found(cls, start: bytes) -> Told | None:
        """Return what the beginning of a packet tells, if it does."""
        keyint, scenecut, shortest = _KEYINT.search(start), _SCENECUT.search(start), _MIN_KEYINT.search(start)
        if keyint is None or scenecut is None:
            return None
        return cls(int(keyint[1]), int(shortest[1]) if shortest else 0, int(scenecut[1]) > 0)


class Spacing:
    """Remembers how far apart key frames are; tells those that came before their time, because of a cut.

    Encoders put a key frame at the latest some fixed distance after the one before, many at each multiple of a
    distance, and some nowhere else. What an encoder tells of that counts as seen.
    """

    def __init__(self, told: Told | None = None) -> None:
        self.told = told or Told()
        self._keys: deque[int] = deque(maxlen=_REMEMBERED)

    def note(self, packet: Packet[Any]) -> None:
        """Take the packet of a key frame with a stamp; they rise, else what was before is forgotten."""
        assert packet.pts is not None
        if self._keys and packet.pts <= self._keys[-1]:
            self._keys.clear()
        self._keys.append(packet.pts)
        self.told = Told.found(bytes(memoryview(packet)[:_TOLD_BYTES])) or self.told

    @property
    def tells_cuts(self) -> bool:
        """Whether the encoder says that it puts key frames, or at least intra pictures, at cuts."""
        return self.told.shortest_frames > 0 and self.told.looks_for_cuts

    def shortest_ticks(self, frame_ticks: float) -> float:
        """Return the least distance of two key frames: what is cut sooner after one does not get another."""
        if self.told.shortest_frames:
            return self.told.shortest_frames * frame_ticks
        return min((after - before for before, after in pairwise(self._keys)), default=0)

    def is_late(self, from_pts: int, to_pts: int, frame_ticks: float) -> bool:
        """Whether the second of two neighbouring key frames came because it was time. Both have been noted."""
        gaps = [after - before for before, after in pairwise(self._keys)]
        longest = max([*gaps, self.told.longest_frames * frame_ticks])
        return not self.told.looks_for_cuts or to_pts - from_pts >= longest - _NEAR_FRAMES * frame_ticks

    def is_early(self, from_pts: int, to_pts: int, frame_ticks: float) -> bool:
        """Whether the second of two neighbouring key frames came before its time. Both have been noted."""
        keys = list(self._keys)
        if to_pts not in keys or from_pts not in keys or not self.told.looks_for_cuts:
            return False
        near = _NEAR_FRAMES * frame_ticks
        place = keys.index(to_pts)
        gaps = [after - before for before, after in pairwise(keys)]
        gap, longest = to_pts - from_pts, max(*gaps, self.told.longest_frames * frame_ticks)
        beside = gaps[max(place - 2, 0) : place - 1] + gaps[place : place + 1]
        if gap >= longest - near or any(abs(other - gap) <= near for other in beside):
            return False
        if self.tells_cuts:
            return True
        return all(abs((to_pts - key + longest / 2) % longest - longest / 2) > near for key in keys[: place - 1])
