"""Key frames only, and all of a group of pictures where something changed: for films that are to be looked over fast.

A group of pictures is a key frame and what follows up to the next one. Where the pictures at both its ends are alike,
nothing of it but the key frame is decoded; else all of it is, so that a cut in it is found to the frame. What happens
and is over between two key frames that are alike (a flash, a cutaway) is not seen. Nothing is sought for, packets are
held until it is known whether they are needed, so it works on streams that can't go back.

Groups longer than :data:`LONGEST_S`, or larger than :data:`MOST_BYTES`, are too sparse to describe: they are decoded
as in the fast scan, and so is all where key frames have no stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import numpy as np
from av.packet import Packet
from av.video.frame import VideoFrame

from vidcap.sources.opening import Opened
from vidcap.sources.picture import DecodedPicture, Scalers
from vidcap.timeline import exact
from vidcap.types import Pixels

LONGEST_S = 11
"""Encoders usually put 250 frames between key frames at most: 10.4 s of film at 24 a second."""
MOST_BYTES = 32 << 20
MOST_AT_ONCE = 8
"""Groups whose key frames are decoded in one go."""
_COLOURS_DIFFER, _PLACES_DIFFER = 0.15, 12.0
"""Of 3,000 pairs of pictures of different clips none was below both; of pictures of one clip 2 s apart, 75% were."""

Decode = Callable[["Packet[Any] | None"], list[VideoFrame]]
"""Gives a packet, or None for the end, to the decoder; damage is dealt with there."""


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


_Begun = tuple[Group, VideoFrame | None]
"""A group with its key frame, if that could be decoded."""


class KeyScan:
    """Decodes groups of pictures, or only how they begin."""

    def __init__(self, opened: Opened, decode: Decode) -> None:
        self._opened = opened
        self._decode = decode
        self._context = opened.stream.codec_context
        self._scalers = Scalers()

    def frames(self, packets: Iterable[Packet[Any] | None]) -> Iterator[VideoFrame]:
        """Yield key frames and whole groups in the order shown; :attr:`Opened.calm` gets the stamps after omissions."""
        base = exact(self._opened.stream.time_base)
        longest_ticks = int(LONGEST_S / base) if base else 0
        window: list[_Begun] = []
        sparse: list[Group] = []
        for batch in _batches(groups(packets, longest_ticks)):
            if not batch[0].is_whole:
                yield from self._window([*window, (batch[0], None)])
                window, sparse = [], sparse or batch
                yield from self._sparse(batch[0], sparse[0])
                continue
            if sparse:
                yield from self._finish(sparse[0], batch[0])
                sparse = []
            window += zip(batch, self._key_frames(batch), strict=True)
            yield from self._window(window)
            window = window[-1:]
        yield from self._finish(sparse[0], None) if sparse else self._run([group for group, _ in window], None)

    def _key_frames(self, batch: list[Group]) -> list[VideoFrame | None]:
        """Return each group's key frame, None where it can't be decoded."""
        found = [frame for group in batch for frame in self._decode(group.packets[0])] + self._drained()
        by_pts = {frame.pts: frame for frame in found if not frame.is_corrupt}
        return [by_pts.get(group.key_pts) for group in batch]

    def _drained(self) -> list[VideoFrame]:
        frames = self._decode(None)
        self._context.flush_buffers()
        return frames

    def _window(self, window: list[_Begun]) -> Iterator[VideoFrame]:
        """Yield the frames of all groups but the last, which is only looked at."""
        run: list[Group] = []
        for (group, picture), (following, next_picture) in pairwise(window):
            if picture is None or next_picture is None or self._differ(picture, next_picture):
                run.append(group)
                continue
            yield from self._run(run, group)
            run = []
            self._opened.calm.add(following.key_pts)
            yield picture
        if run:
            yield from self._run(run, window[-1][0])

    def _run(self, run: list[Group], following: Group | None) -> Iterator[VideoFrame]:
        """Yield all frames of consecutive groups."""
        if not run:
            return
        for group in run:
            for packet in group.packets:
                yield from _between(self._decode(packet), run[0], following)
        yield from self._finish(run[0], following)

    def _sparse(self, piece: Group, first: Group) -> Iterator[VideoFrame]:
        """Yield the frames of a piece of a group too long to be held, which began with ``first``."""
        self._context.skip_frame = "NONREF"
        for packet in piece.packets:
            yield from _between(self._decode(packet), first, None)

    def _finish(self, first: Group, following: Group | None) -> Iterator[VideoFrame]:
        """Yield the last frames before the next group: some lie behind its key frame, and need it."""
        for packet in following.leading() if following else ():
            yield from _between(self._decode(packet), first, following)
        yield from _between(self._drained(), first, following)
        self._context.skip_frame = "DEFAULT"

    def _differ(self, one: VideoFrame, other: VideoFrame) -> bool:
        if (one.width, one.height) != (other.width, other.height):
            return True
        small = (DecodedPicture(frame, None, self._scalers).small_yuv() for frame in (one, other))
        return differ(*small)


def _batches(found: Iterable[Group]) -> Iterator[list[Group]]:
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


def _between(frames: list[VideoFrame], first: Group, following: Group | None) -> Iterator[VideoFrame]:
    """Yield the frames shown from one group's key frame on, and before another's."""
    from_pts, to_pts = first.key_pts, following.key_pts if following else None
    for frame in frames:
        is_early = from_pts is not None and frame.pts is not None and frame.pts < from_pts
        is_late = to_pts is not None and frame.pts is not None and frame.pts >= to_pts
        if not is_early and not is_late:
            yield frame


def differ(one: Pixels, other: Pixels) -> bool:
    """Whether a cut may lie between two small pictures ``(36, 64, 3)``: other colours, or others in their places.

    Colours are compared by histograms of each plane, whose differences are 0 to 1 on average; places by the means of
    4 x 4 pixels, in levels.
    """
    colours = np.abs(_histograms(one) - _histograms(other)).sum() / 6
    places = np.abs(_means(one) - _means(other)).mean()
    return bool(colours > _COLOURS_DIFFER or places > _PLACES_DIFFER)


def _histograms(small: Pixels) -> Any:
    """Return the shares of luma in 16 steps and of both chromas in 32."""
    planes = ((small[..., 0] >> 4, 16), (small[..., 1] >> 3, 32), (small[..., 2] >> 3, 32))
    counts = [np.bincount(plane.ravel(), minlength=steps) for plane, steps in planes]
    return np.concatenate(counts) / small[..., 0].size


def _means(small: Pixels) -> Any:
    return small.reshape(9, 4, 16, 4, 3).mean((1, 3), dtype=np.float32)
