"""Groups of pictures decoded side by side, each by one thread: more frames a second than threads that share frames.

Threads that work on neighbouring frames wait for one another; groups of pictures need nothing of each other. What comes
out is the same, in the same order. Whole groups decoded ahead would fill the memory, so each frame is reduced to what
was announced as :class:`~vidcap.sources.config.Wanted`, while it is in the cache of the core that decoded it.

A group goes to the threads only where nothing is out of the ordinary: it and the next one begin with clean entries
(:mod:`vidcap.sources.entries`), all its packets have stamps, which lie between its key frame's and the next one's.
Anything else is decoded in the ordinary way, as is a group whose decoding fails; once stamps have been out of order,
all is, as times may then be shifted.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain, pairwise
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from vidcap.sources.decoders import Decode, Decoders, Division, Job, Missing, are_in_order, behind, between, is_sound
from vidcap.sources.entries import Entries
from vidcap.sources.groups import LONGEST_S, Group, groups
from vidcap.sources.opening import Opened
from vidcap.sources.ready import AnyFrame
from vidcap.timeline import exact

_MOST_WAITING_BYTES = 64 << 20
"""Packets read ahead."""

_Turn = tuple[Job, bool]
"""A group, and whether it is decoded apart from the others."""


class Ahead:
    """Decodes what is left of a film from some key frame on."""

    def __init__(self, opened: Opened, decode: Decode, note: Callable[[Packet[Any]], None], division: Division) -> None:
        self._opened = opened
        self._decode = decode
        self._note = note
        self._division = division
        context = opened.stream.codec_context
        self._entries = Entries(context.name, bytes(context.extradata or b""))
        self._missing = Missing()

    def frames(self, packets: Iterable[Packet[Any] | None], fed_pts: Sequence[int | None]) -> Iterator[AnyFrame]:
        """Yield the frames of packets that begin with a key frame; those with ``fed_pts`` have been fed before."""
        base = exact(self._opened.stream.time_base)
        found = groups(packets, int(LONGEST_S / base) if base else 0)
        with Decoders(self._division, exact(self._opened.stream.sample_aspect_ratio)) as decoders:
            yield from self._in_order(self._begun(self._turns(found, fed_pts), decoders), decoders)

    def _turns(self, found: Iterable[Group], fed_pts: Sequence[int | None]) -> Iterator[_Turn]:
        """Yield each group with the next one; once stamps are out of order, no group is apart any more."""
        is_clean, is_in_order, before = None, True, fed_pts
        for group, following in pairwise(chain(found, (None,))):
            assert group is not None
            if is_clean is None:
                is_clean, is_in_order = self._is_clean(group), self._are_in_order(before, group)
            is_next_clean = following is None or self._is_clean(following)
            is_in_order &= group.is_whole and self._are_in_order([packet.pts for packet in group.packets], following)
            yield Job(group, following), is_clean and is_next_clean and is_in_order and is_sound(group)
            is_clean = is_next_clean

    def _are_in_order(self, stamps: Sequence[int | None], following: Group | None) -> bool:
        end_pts = following.key_pts if following is not None else None
        if following is not None and end_pts is None:
            return False
        return are_in_order(stamps, end_pts, self._division.least_ticks)

    def _is_clean(self, group: Group) -> bool:
        return group.is_whole and self._entries.is_clean(group.packets[0])

    def _begun(self, turns: Iterable[_Turn], decoders: Decoders) -> Iterator[_Turn]:
        """Yield groups of which the next few are under way."""
        waiting: deque[_Turn] = deque()
        for job, is_apart in turns:
            if is_apart:
                decoders.begin(job)
            waiting.append((job, is_apart))
            held_bytes = sum(held.group.size_bytes for held, _ in waiting)
            while waiting and (len(waiting) > self._division.threads or held_bytes > _MOST_WAITING_BYTES):
                held_bytes -= waiting[0][0].group.size_bytes
                yield waiting.popleft()
        yield from waiting

    def _in_order(self, turns: Iterable[_Turn], decoders: Decoders) -> Iterator[AnyFrame]:
        """Yield the frames of all groups; those that are not apart go through the source's decoder, one by one."""
        is_under_way, is_first = True, True
        for job, is_apart in turns:
            self._note_all(job, is_first=is_first)
            is_first = False
            if is_apart and is_under_way:
                yield from self._finish(job.group)
            if not is_under_way:
                self._missing.from_pts = job.group.key_pts
            is_under_way = not is_apart
            if is_apart:
                self._missing.from_pts = yield from decoders.frames(job)
                is_under_way = self._missing.from_pts is not None
            for packet in job.group.packets if is_under_way else ():
                yield from self._missing.of(self._decode(packet))
        if is_under_way:
            yield from self._missing.of(self._decode(None))

    def _note_all(self, job: Job, *, is_first: bool) -> None:
        """Note what is in the next group, too: some of it may be shown before its key frame."""
        for group in (job.group if is_first else None, job.following):
            for packet in group.packets if group else ():
                self._note(packet)

    def _finish(self, following: Group) -> Iterator[VideoFrame]:
        """Yield the last frames before a group that others decode: some lie behind its key frame, and need it."""
        for packet in (*behind(following), None):
            yield from self._missing.of(between(self._decode(packet), None, following.key_pts))
        self._opened.stream.codec_context.flush_buffers()
