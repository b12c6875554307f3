"""What packets tell, undecoded, about where in a group of pictures something changed.

The first frame of another shot takes about as many bytes as a key frame, and an encoder that looks for cuts makes it
one, or at least an intra picture where the last key frame is too near. So where a key frame comes before its time, what
differs between it and the key frame before changed at it, all at once. But a dissolve or a fade may have brought it
about: these swell the packets for a while; or movement, which takes many bytes. ``benchmarks/scan.py`` tells what comes
of these rules.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass
from itertools import pairwise
from math import sqrt
from typing import Any

import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from vidcap.sources.groups import Group

_LARGE = 0.5
"""Part of the next key frame's size from which a packet may hold a cut."""
_SLOW = 0.3
"""Part of it below which surely none does."""
_SWOLLEN, _STEADILY = 0.31, 0.2
"""Square of a spell's mean size, in parts of a key frame's and of the group's mean, from which something may dissolve;
and the same of its typical size, on which single large packets tell less."""
_SMALL = 0.12
"""Mean size over a spell, in parts of a key frame's, below which nothing does."""
_REMEMBERED = 24
"""Key frames by which the spacing is judged; twice as many as are decoded ahead, and more."""
_NEAR_FRAMES = 0.6
"""Distances that differ by less are the same."""
_TOLD_BYTES = 4096
_KEYINT, _SCENECUT = re.compile(rb"(?<![-_a-z])keyint=(\d{1,6})\b"), re.compile(rb"(?<![-_a-z])scenecut=(\d{1,6})\b")
_MIN_KEYINT = re.compile(rb"(?:keyint_min|min-keyint)=(\d{1,6})\b")
"""x264 and x265 write their settings, as text, into the first key frame."""


@dataclass(frozen=True, slots=True, eq=False)
class Sizes:
    """The packets shown between two key frames, in the order shown."""

    pts: NDArray[np.int64]
    size_bytes: NDArray[np.int64]
    key_bytes: int
    """Size of the key frame behind them,"""
    first_key_bytes: int
    """and of the one before."""
    frame_ticks: float
    spell_ticks: int
    """What dissolves or fades does so for longer."""

    @property
    def large_pts(self) -> list[int]:
        """Stamps of those that may hold a cut."""
        return [int(pts) for pts in self.pts[self.size_bytes > _LARGE * self.key_bytes]]

    @property
    def slow_until_pts(self) -> float:
        """Stamp of the first that is so large that its frame could differ much from the one before."""
        lively = self.pts[self.size_bytes >= _SLOW * self.key_bytes]
        return int(lively[0]) if len(lively) else float("inf")

    def total(self, after_pts: int) -> float:
        """Return how many key frames the packets shown later are worth together."""
        return float(self.size_bytes[self.pts > after_pts].sum()) / self._typical_key_bytes

    def most_swollen(self, after_pts: int) -> float | None:
        """Return the greatest mean size of a spell, in parts of a key frame; None where there are too few packets."""
        means = _means(self.size_bytes[self.pts > after_pts], self._spell_frames)
        return float(means.max()) / self._typical_key_bytes if len(means) else None

    def spell(self, before: Group | None = None, after: Group | None = None) -> tuple[int, int] | None:
        """Return the first and the last stamp of what may be dissolves or fades, which swell the packets for a while.

        Such a spell stands out by its size in parts of a key frame and in means of the group: of 222 groups that end
        unlike they began, the product of the two told 50 of 51 that held a dissolve or a fade, and 27 others. It may
        begin in the group ``before``, or end in the one ``after``.
        """
        table = np.stack([self.pts, self.size_bytes], axis=1)
        beside = self._spell_frames - 1
        if before is not None:
            table = np.concatenate([_table(before.packets[1:])[-beside:], table])
        if after is not None:
            shown_after = [packet for packet in after.packets[1:] if (packet.pts or 0) > (after.key_pts or 0)]
            table = np.concatenate([table, _table(shown_after)[:beside]])
        means = _means(table[:, 1], self._spell_frames)
        typical = _means(np.sqrt(table[:, 1]), self._spell_frames) ** 2
        key_bytes, mean_bytes = self._typical_key_bytes, float(self.size_bytes.mean()) if len(self.pts) else 0.0
        least = max(sqrt(_SWOLLEN * key_bytes * mean_bytes), _SMALL * key_bytes)
        swollen = np.flatnonzero((means > least) & (typical > sqrt(_STEADILY * key_bytes * mean_bytes)))
        if not len(swollen):
            return None
        return int(table[swollen[0], 0]), int(table[swollen[-1] + self._spell_frames - 1, 0])

    @property
    def _typical_key_bytes(self) -> float:
        """Geometric mean of both key frames, which may be of pictures as different as a meadow and a white wall."""
        return max(sqrt(self.key_bytes * self.first_key_bytes), 1.0)

    @property
    def _spell_frames(self) -> int:
        return max(5, round(self.spell_ticks / max(self.frame_ticks, 1e-9)))


def _means(size_bytes: NDArray[Any], length: int) -> NDArray[np.float64]:
    """Return the means of so many sizes in a row, from each of them on; none where there are fewer."""
    sums = np.cumsum(np.concatenate([[0], size_bytes]))
    return np.asarray((sums[length:] - sums[:-length]) / length, np.float64)


def sizes_between(group: Group, following: Group, spell_ticks: int) -> Sizes:
    """Return the packets shown after one group's key frame and before the next one's."""
    table = _table(packets_between(group, following))
    frame_ticks = ((following.key_pts or 0) - (group.key_pts or 0)) / (len(table) + 1)
    sizes = following.packets[0].size, group.packets[0].size
    return Sizes(table[:, 0], table[:, 1], *sizes, frame_ticks, spell_ticks)


def _table(packets: list[Packet[Any]]) -> NDArray[np.int64]:
    """Return ``(N, 2)`` stamps and sizes, in the order shown."""
    return np.array(sorted((packet.pts or 0, packet.size) for packet in packets), np.int64).reshape(-1, 2)


def packets_between(group: Group, following: Group) -> list[Packet[Any]]:
    """Return the packets shown after one group's key frame and before the next one's, in the order of decoding."""
    first, last = group.key_pts, following.key_pts
    behind = list(following.leading())[1:]
    return [
        packet
        for packet in [*group.packets[1:], *behind]
        if packet.pts is not None and first is not None and last is not None and first < packet.pts < last
    ]


class Spacing:
    """Remembers how far apart key frames are; tells those that came before their time, because of a cut.

    Encoders put a key frame at the latest some fixed distance after the one before, many at each multiple of a
    distance, and some nowhere else. What an encoder tells of that counts as seen.
    """

    def __init__(self) -> None:
        self._keys: deque[int] = deque(maxlen=_REMEMBERED)
        self._told_frames = 0
        self._told_shortest_frames = 0
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
            shortest = _MIN_KEYINT.search(start)
            self._told_shortest_frames = int(shortest[1]) if shortest is not None else 0

    @property
    def tells_cuts(self) -> bool:
        """Whether the encoder says that it puts key frames, or at least intra pictures, at cuts."""
        return self._told_shortest_frames > 0 and self._looks_for_cuts

    def shortest_ticks(self, frame_ticks: float) -> float:
        """Return the least distance of two key frames: what is cut sooner after one does not get another."""
        if self._told_shortest_frames:
            return self._told_shortest_frames * frame_ticks
        return min((after - before for before, after in pairwise(self._keys)), default=0)

    def is_late(self, from_pts: int, to_pts: int, frame_ticks: float) -> bool:
        """Whether the second of two neighbouring key frames came because it was time. Both have been noted."""
        gaps = [after - before for before, after in pairwise(self._keys)]
        longest = max([*gaps, self._told_frames * frame_ticks])
        return not self._looks_for_cuts or to_pts - from_pts >= longest - _NEAR_FRAMES * frame_ticks

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
