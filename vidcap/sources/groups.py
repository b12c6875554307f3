"""Groups of pictures: a key frame and what follows it up to the next one, as packets."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from av.packet import Packet

LONGEST_S = 11
"""Encoders usually put 250 frames between key frames at most: 10.4 s of film at 24 a second."""
MOST_BYTES = 32 << 20
MOST_AT_ONCE = 8
"""Groups whose key frames are decoded in one go."""


@dataclass(slots=True, eq=False)
class Group:
    """The packets from one key frame to the next, in the order of decoding; or a piece of them, if there are many."""

    packets: list[Packet[Any]] = field(default_factory=list)
    size_bytes: int = 0
    is_whole: bool = True
    """Begins with a key frame that has a stamp, and ends before the next one."""

    @property
    def key_pts(self) -> int | None:
        """Stamp of the key frame that it begins with, if it does and there is one."""
        return self.packets[0].pts if self.packets[0].is_keyframe else None

    def leading(self) -> Iterator[Packet[Any]]:
        """Yield the key frame's packet, and those behind it that are shown before it."""
        first = self.packets[0]
        yield first
        for packet in self.packets[1:]:
            if packet.pts is None or first.pts is None or packet.pts > first.pts:
                return
            yield packet


def groups(packets: Iterable[Packet[Any] | None], longest_ticks: int) -> Iterator[Group]:
    """Yield the groups of pictures of a stream; those that grow too long come in pieces, none of which is whole."""
    group = Group(is_whole=False)
    for packet in packets:
        if packet is None or not packet.size:
            continue
        if packet.is_keyframe or _is_too_long(group, packet, longest_ticks):
            if group.packets:
                group.is_whole &= packet.is_keyframe
                yield group
            group = Group(is_whole=packet.is_keyframe and packet.pts is not None)
        group.packets.append(packet)
        group.size_bytes += packet.size
    if group.packets:
        yield group


def _is_too_long(group: Group, packet: Packet[Any], longest_ticks: int) -> bool:
    if group.size_bytes + packet.size > MOST_BYTES:
        return True
    first, now = (group.packets[0].dts, packet.dts) if group.packets else (None, None)
    return first is not None and now is not None and not 0 <= now - first <= longest_ticks


def batches(found: Iterable[Group]) -> Iterator[list[Group]]:
    """Yield whole groups 2, 4, 8 at a time, fewer where they are large: what is first is wanted soon. Others alone."""
    most, size_bytes = 2, 0
    batch: list[Group] = []
    for group in found:
        if not group.is_whole:
            if batch:
                yield batch
            yield [group]
            batch, size_bytes = [], 0
            continue
        batch.append(group)
        size_bytes += group.size_bytes
        if len(batch) >= most or size_bytes > MOST_BYTES:
            yield batch
            most, batch, size_bytes = min(2 * most, MOST_AT_ONCE), [], 0
    if batch:
        yield batch
