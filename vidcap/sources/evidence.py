"""What sizes of packets tell, undecoded, about where in a group of pictures something changed.

The first frame of another shot takes about as many bytes as a key frame. Dissolves and fades swell the packets for a
while; so does movement. ``benchmarks/scan.py`` tells what comes of these rules.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import Any

import numpy as np
from av.packet import Packet
from numpy.typing import NDArray

from vidcap.sources.groups import Group

_LARGE = 0.5
"""Part of the next key frame's size from which a packet may hold a cut."""
_SURELY_LARGE = 0.75
"""The same of the larger key frame, where another sign of a cut is missing."""
_SLOW = 0.3
"""Part of the next key frame's below which surely none does."""
_SWOLLEN, _STEADILY = 0.31, 0.1
"""Square of a spell's mean size, in parts of a key frame's and of the group's mean, from which something may dissolve;
and the same of its geometric mean, on which some large packets among small ones tell less."""
_SMALL = 0.12
"""Mean size over a spell, in parts of a key frame's, below which nothing does."""


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
        """Stamps of those that may hold a cut to what is shown at the end."""
        return [int(pts) for pts in self.pts[self.size_bytes > _LARGE * self.key_bytes]]

    @property
    def surely_large_pts(self) -> list[int]:
        """Stamps of those that are large beside both key frames."""
        least_bytes = _SURELY_LARGE * max(self.key_bytes, self.first_key_bytes)
        return [int(pts) for pts in self.pts[self.size_bytes > least_bytes]]

    @property
    def slow_until_pts(self) -> float:
        """Stamp of the first that is so large that its frame could differ much from the one before."""
        lively = self.pts[self.size_bytes >= _SLOW * self.key_bytes]
        return int(lively[0]) if len(lively) else float("inf")

    def total(self, after_pts: int) -> float:
        """Return how many key frames the packets shown later are worth together."""
        return float(self.size_bytes[self.pts > after_pts].sum()) / self._typical_key_bytes

    def most_swollen(self, after_pts: int) -> float | None:
        """Return the greatest mean size of a spell, in parts of a key frame; None where there are less than two."""
        means = _means(self.size_bytes[self.pts > after_pts], self._spell_frames)
        return float(means.max()) / self._typical_key_bytes if len(means) > self._spell_frames else None

    def spell(self, before: Group | None = None, after: Group | None = None) -> tuple[int, int] | None:
        """Return the first and the last stamp of what may be dissolves or fades, which swell the packets for a while.

        Such a spell stands out by its size in parts of a key frame and in means of the group: of 256 groups that end
        unlike they began, the product of the two told 55 of 58 that held most of a dissolve or a fade, and 33 others.
        It may begin in the group ``before``, or end in the one ``after``.
        """
        table = np.stack([self.pts, self.size_bytes], axis=1)
        beside = self._spell_frames - 1
        if before is not None:
            table = np.concatenate([_table(before.packets[1:])[-beside:], table])
        if after is not None:
            shown_after = [packet for packet in after.packets[1:] if (packet.pts or 0) > (after.key_pts or 0)]
            table = np.concatenate([table, _table(shown_after)[:beside]])
        means = _means(table[:, 1], self._spell_frames)
        typical = np.exp(_means(np.log(np.maximum(table[:, 1], 1)), self._spell_frames))
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
