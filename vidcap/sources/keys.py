"""Key frames only, and as much of a group of pictures as is needed to see what changed in it: for a fast look.

A group of pictures is a key frame and what follows up to the next one. Where the pictures at both its ends are alike,
nothing of it but the key frame is decoded; nor where its packets tell that all changed at once with the next key frame,
as it does where encoders put key frames at cuts (see :mod:`vidcap.sources.evidence`). Else it is decoded from its start
until the picture is like that at its end and no packet is to come that may hold a cut, so that a cut in it is found to
the frame. Where all packets are small, what changes does so slowly, and frames that no other needs are skipped. What
happens and is over between two key frames that are alike (a flash, a cutaway) is not seen. Nothing is sought for,
packets are held until it is known whether they are needed, so it works on streams that can't go back.

Groups longer than :data:`LONGEST_S`, or larger than :data:`~vidcap.sources.groups.MOST_BYTES`, are too sparse to
describe: they are decoded as in the fast scan, and so is all where key frames have no stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from vidcap.sources.evidence import SPELL_S, Sizes, Spacing, sizes_between
from vidcap.sources.groups import LONGEST_S, Group, batches, groups
from vidcap.sources.likeness import differ, is_plain
from vidcap.sources.opening import Opened
from vidcap.sources.picture import DecodedPicture, Scalers
from vidcap.timeline import exact
from vidcap.types import Pixels

SETTLED_S = 0.6
"""So long a picture is like that at the end of its group before the rest of the group is left out."""
LOOKS = 6
"""It is looked at this often in that time."""

Decode = Callable[["Packet[Any] | None"], list[VideoFrame]]
"""Gives a packet, or None for the end, to the decoder; damage is dealt with there."""


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """A group with its key frame and a small version of that, if it could be decoded."""

    group: Group
    picture: VideoFrame | None = None
    small: Pixels | None = None


@dataclass(slots=True, eq=False)
class _Arrival:
    """Tells when a group that is being decoded has come to look like what is at its end."""

    small: Pixels
    sizes: Sizes
    from_pts: int
    end_pts: int
    settled_ticks: float
    _since_pts: int | None = None
    _looked_pts: int | None = None

    def is_due(self, pts: int) -> bool:
        """Whether a frame is to be looked at: not so soon after the last one."""
        if pts < self.from_pts:
            return False
        if self._looked_pts is not None and pts - self._looked_pts < self.settled_ticks / LOOKS:
            return False
        self._looked_pts = pts
        return True

    def is_there(self, pts: int, small: Pixels) -> bool:
        """Whether nothing more will happen after this frame."""
        if differ(small, self.small):
            self._since_pts = None
            return False
        since_pts = self._since_pts = pts if self._since_pts is None else self._since_pts
        return pts - since_pts >= self.settled_ticks and not any(large_pts > pts for large_pts in self.sizes.large_pts)


class KeyScan:
    """Decodes groups of pictures, or only how they begin."""

    def __init__(self, opened: Opened, decode: Decode, *, skips: bool) -> None:
        self._opened = opened
        self._skips = skips  # frames that no other needs, where that hardly moves a cut
        self._decode = decode
        self._context = opened.stream.codec_context
        self._scalers = Scalers()
        self._spacing = Spacing()
        base = exact(opened.stream.time_base)
        self._ticks_per_s = float(1 / base) if base else 0.0

    def frames(self, packets: Iterable[Packet[Any] | None]) -> Iterator[VideoFrame]:
        """Yield what was decoded in the order shown; :class:`Opened` gets the stamps of frames after omissions."""
        window: list[_Begun] = []
        sparse: list[Group] = []
        for batch in batches(groups(packets, int(LONGEST_S * self._ticks_per_s))):
            if not batch[0].is_whole:
                yield from self._window([*window, _Begun(batch[0])])
                window, sparse = [], sparse or batch
                yield from self._sparse(batch[0], sparse[0])
                continue
            if sparse:
                yield from self._finish(sparse[0], batch[0])
                sparse = []
            window += self._begun(batch)
            yield from self._window(window)
            window = window[-1:]
        yield from self._finish(sparse[0], None) if sparse else self._run(window, None)

    def _begun(self, batch: list[Group]) -> list[_Begun]:
        """Return the groups with their key frames."""
        found = [frame for group in batch for frame in self._decode(group.packets[0])] + self._drained()
        by_pts = {frame.pts: frame for frame in found if not frame.is_corrupt}
        begun = []
        for group in batch:
            if group.key_pts is not None:
                self._spacing.note(group.packets[0])
            picture = by_pts.get(group.key_pts)
            begun.append(_Begun(group, picture, None if picture is None else self._small(picture)))
        return begun

    def _small(self, frame: VideoFrame) -> Pixels:
        return DecodedPicture(frame, None, self._scalers).small_yuv()

    def _drained(self) -> list[VideoFrame]:
        frames = self._decode(None)
        self._context.flush_buffers()
        return frames

    def _window(self, window: list[_Begun]) -> Iterator[VideoFrame]:
        """Yield the frames of all groups but the last, which is only looked at."""
        run: list[_Begun] = []
        for begun, following in pairwise(window):
            omissions = self._omissions(begun, following)
            if omissions is None:
                run.append(begun)
                continue
            yield from self._run(run, begun)
            run = []
            omissions.add(following.group.key_pts)
            assert begun.picture is not None
            yield begun.picture
        if run:
            yield from self._run(run, window[-1])

    def _omissions(self, begun: _Begun, following: _Begun) -> set[int | None] | None:
        """Return where a group that need not be decoded is to be noted by the key frame behind it; else None."""
        if begun.small is None or following.small is None or not _are_of_a_size(begun, following):
            return None
        if not differ(begun.small, following.small):
            return self._opened.calm
        if is_plain(begun.small) or is_plain(following.small):
            return None
        return self._opened.leaps if self._leaps(begun.group, following.group) else None

    def _leaps(self, group: Group, following: Group) -> bool:
        """Whether all that changed from one key frame to the next changed at the next."""
        from_pts, to_pts = group.key_pts, following.key_pts
        if from_pts is None or to_pts is None:
            return False
        sizes = sizes_between(group, following)
        frame_ticks = (to_pts - from_pts) / (len(sizes.pts) + 1)
        return (
            self._spacing.is_early(from_pts, to_pts, frame_ticks)
            and not any(pts <= from_pts + self._spacing.shortest_ticks for pts in sizes.large_pts)
            and sizes.is_steady(SPELL_S * self._ticks_per_s)
        )

    def _run(self, run: list[_Begun], following: _Begun | None) -> Iterator[VideoFrame]:
        """Yield the frames of consecutive groups, of each until it looks like the key frame behind it."""
        first: Group | None = None
        for begun, after in pairwise([*run, following]):
            assert begun is not None
            first = first or begun.group
            arrival = self._arrival(begun, after)
            self._context.skip_frame = (
                "NONREF" if self._skips and arrival is not None and arrival.sizes.is_slow else "DEFAULT"
            )
            for packet in begun.group.packets:
                frames = list(_between(self._decode(packet), first, after.group if after else None))
                yield from frames
                if arrival is not None and self._has_arrived(arrival, frames):
                    yield from _between(self._drained(), first, after.group if after else None)
                    self._context.skip_frame = "DEFAULT"
                    self._opened.calm.add(arrival.end_pts)
                    first = None
                    break
        if first is not None:
            yield from self._finish(first, following.group if following else None)

    def _arrival(self, begun: _Begun, following: _Begun | None) -> _Arrival | None:
        """Return what tells when enough of a group is decoded; None where all of it must be."""
        if following is None or following.small is None or not _are_of_a_size(begun, following):
            return None
        from_pts, end_pts = begun.group.key_pts, following.group.key_pts
        if from_pts is None or end_pts is None:
            return None
        sizes = sizes_between(begun.group, following.group)
        return _Arrival(following.small, sizes, from_pts, end_pts, SETTLED_S * self._ticks_per_s)

    def _has_arrived(self, arrival: _Arrival, frames: list[VideoFrame]) -> bool:
        return any(
            frame.pts is not None and arrival.is_due(frame.pts) and arrival.is_there(frame.pts, self._small(frame))
            for frame in frames
        )

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


def _are_of_a_size(one: _Begun, other: _Begun) -> bool:
    first, second = one.picture, other.picture
    return first is not None and second is not None and (first.width, first.height) == (second.width, second.height)


def _between(frames: list[VideoFrame], first: Group, following: Group | None) -> Iterator[VideoFrame]:
    """Yield the frames shown from one group's key frame on, and before another's."""
    from_pts, to_pts = first.key_pts, following.key_pts if following else None
    for frame in frames:
        is_early = from_pts is not None and frame.pts is not None and frame.pts < from_pts
        is_late = to_pts is not None and frame.pts is not None and frame.pts >= to_pts
        if not is_early and not is_late:
            yield frame
