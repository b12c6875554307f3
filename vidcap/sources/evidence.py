"""What packets tell, undecoded, about where in a group of pictures something changed.

The first frame of another shot takes about as many bytes as a key frame, and an encoder that looks for cuts makes it
one, unless the last key frame is too near. So where a key frame comes before its time, what differs between it and the
key frame before changed at it, all at once. But a dissolve or a fade may have brought it about: these swell the packets
for a while. ``benchmarks/scan.py`` tells what comes of this rule.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from vidcap.sources.groups import Group

_LARGE = 0.5
"""Part of the next key frame's size from which a packet may hold a cut."""
_SLOW = 0.3
"""Part of it below which surely none does."""
SPELL_S = 0.3
"""What dissolves does so for longer."""
_SMALL, _MUCH = 0.15, 0.25
"""Mean size over a spell, in parts of the next key frame's: below one nothing dissolves, above the other it may."""
_SWOLLEN = 2.2
"""The same in means of the group, in between."""
_REMEMBERED = 24
"""Key frames by which the spacing is judged; twice as many as are decoded ahead, and more."""
_NEAR_FRAMES = 0.6
"""Distances that differ by less are the same."""
_TOLD_BYTES = 4096
_KEYINT, _SCENECUT = re.compile(rb"(?<![-_a-z])keyint=(\d{1,6})\b"), re.compile(rb"(?<![-_a-z])scenecut=(\d{1,6})\b")
"""x264 and x265 write their settings, as text, into the first key frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """The packets shown between two key frames, in the order shown."""

    pts: NDArray[np.int64]
    size_bytes: NDArray[np.int64]
    key_bytes: int
    """Size of the key frame behind them."""

    @property
    def large_pts(self) -> list[int]:
        """Stamps of those that may hold a cut."""
        return [int(pts) for pts in self.pts[self.size_bytes > _LARGE * self.key_bytes]]

    @property
    def is_slow(self) -> bool:
        """Whether none is so large that any frame could differ much from the one before."""
        return int(self.size_bytes.max(initial=0)) < _SLOW * self.key_bytes

    def is_steady(self, spell_ticks: float) -> bool:
        """Whether nothing dissolves or fades: a few frames taken together, they are small or much the same."""
        if len(self.pts) < 2:
            return True
        frame_ticks = max((int(self.pts[-1]) - int(self.pts[0])) / (len(self.pts) - 1), 1e-9)
        length = min(max(5, round(spell_ticks / frame_ticks)), len(self.pts))
        sums = np.cumsum(self.size_bytes)
        most = max(int(sums[length - 1]), int((sums[length:] - sums[:-length]).max(initial=0))) / length
        if most < _SMALL * self.key_bytes:
            return True
        return most < _MUCH * self.key_bytes and most < _SWOLLEN * float(self.size_bytes.mean())


def sizes_between(group: Group, following: Group) -> Sizes:
    """Return the packets shown after one group's key frame and before the next one's."""
    first, last = group.key_pts, following.key_pts
    behind = list(following.leading())[1:]
    found = sorted(
        (packet.pts, packet.size)
        for packet in [*group.packets[1:], *behind]
        if packet.pts is not None and first is not None and last is not None and first < packet.pts < last
    )
    table = np.array(found, np.int64).reshape(-1, 2)
    return Sizes(table[:, 0], table[:, 1], following.packets[0].size)


class Spacing:
    """Remembers how far apart key frames are; tells those that came before their time, because of a cut.

    Encoders put a key frame at the latest some fixed distance after the one before, many at each multiple of a
    distance, and some nowhere else. What an encoder tells of that counts as seen.
    """

    def __init__(self) -> None:
        self._keys: deque[int] = deque(maxlen=_REMEMBERED)
        self._told_frames = 0
        self._looks_for_cuts = True

    def note(self, packet: Packet[Any]) -> None:
        """Take the packet of a key frame with a stamp; they rise, else what was before is forgotten."""
        assert packet.pts is not None
        if self._keys and packet.pts <= self._keys[-1]:
            self._keys.clear()
        self._keys.append(packet.pts)
        self._heed(bytes(memoryview(packet)[:_TOLD_BYTES]))

    def _heed(self, start: bytes) -> None:
        """Take what the encoder tells of itself, if it does."""
        keyint, scenecut = _KEYINT.search(start), _SCENECUT.search(start)
        if keyint is not None and scenecut is not None:
            self._told_frames, self._looks_for_cuts = int(keyint[1]), int(scenecut[1]) > 0

    @property
    def shortest_ticks(self) -> int:
        """Least distance of two key frames: what is cut sooner after one does not get another."""
        return min((after - before for before, after in pairwise(self._keys)), default=0)

    def is_early(self, from_pts: int, to_pts: int, frame_ticks: float) -> bool:
        """Whether the second of two neighbouring key frames came before its time. Both have been noted."""
        keys = list(self._keys)
        if to_pts not in keys or from_pts not in keys or not self._looks_for_cuts:
            return False
        near = _NEAR_FRAMES * frame_ticks
        place = keys.index(to_pts)
        gaps = [after - before for before, after in pairwise(keys)]
        gap, longest = to_pts - from_pts, max(*gaps, self._told_frames * frame_ticks)
        beside = gaps[max(place - 2, 0) : place - 1] + gaps[place : place + 1]
        if gap >= longest - near or any(abs(other - gap) <= near for other in beside):
            return False
        return all(abs((to_pts - key + longest / 2) % longest - longest / 2) > near for key in keys[: place - 1])
