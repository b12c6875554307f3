"""Key frames only, and as much of a group of pictures as is needed to see what changed in it: for a fast look.

A group of pictures is a key frame and what follows up to the next one. Where the pictures at both its ends are alike,
nothing of it but the key frame is decoded; nor where its packets tell what made them unlike: movement, or a cut at the
next key frame (see :mod:`vidcap.sources.plans`). Else it is decoded from its start, up to the last packet that may hold
a cut or a dissolve, or until the picture is like that at its end, so that a cut in it is found to the frame. Up to the
first such packet frames that no other needs are skipped. What happens and is over between two key frames that are alike
(a flash, a cutaway) is not seen. Nothing is sought for, packets are held until it is known whether they are needed, so
it works on streams that can't go back.

Groups longer than :data:`LONGEST_S`, or larger than :data:`~vidcap.sources.groups.MOST_BYTES`, are too sparse to
describe: they are decoded as in the fast scan, and so is all where key frames have no stamps.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from itertools import chain, pairwise
from typing import Any

from av.packet import Packet
from av.video.frame import VideoFrame

from vidcap.sources.decoders import Decode, Decoders, Division, Job, Missing, are_in_order, between, is_sound
from vidcap.sources.groups import LONGEST_S, Group, batches, groups
from vidcap.sources.likeness import differ
from vidcap.sources.opening import Opened
from vidcap.sources.picture import DecodedPicture, Scalers
from vidcap.sources.plans import Plan, Planner, Rest
from vidcap.sources.ready import AnyFrame, ReadyFrame
from vidcap.timeline import exact
from vidcap.types import Picture, Pixels

SETTLED_S = 0.6
"""So long a picture is like that at the end of its group before the rest of the group is left out."""
LOOKS = 6
"""It is looked at this often in that time,"""
PAST = 0.3
"""of which so much is enough where packets tell that nothing is to come."""


@dataclass(frozen=True, slots=True, eq=False)
class _Begun:
    """A group with its key frame and a small version of that, if it could be decoded."""

    group: Group
    picture: AnyFrame | None = None
    small: Pixels | None = None


@dataclass(slots=True, eq=False)
class _Watch:
    """Tells when enough of a group that is being decoded has been seen."""

    plan: Plan
    last: Pixels
    """The picture at the group's end."""
    from_pts: int
    end_pts: int
    settled_ticks: float
    may_skip: bool
    """Whether frames that no other needs may be left out, where that hardly moves a cut."""
    found: Rest = Rest.UNKNOWN
    """What happens after the frames seen, as far as it is known."""
    _since_pts: int | None = None
    _looked_pts: int | None = None
    _was_past: bool = False

    def anew(self) -> _Watch:
        """Return one that has seen nothing yet."""
        return _Watch(self.plan, self.last, self.from_pts, self.end_pts, self.settled_ticks, self.may_skip)

    def skips(self, packet: Packet[Any]) -> bool:
        """Whether nothing sudden can be in a packet."""
        return self.may_skip and self.plan.is_slow(packet.pts)

    def has_enough(self, pts: int, picture: Picture) -> bool:
        """Whether it is known what happens after this frame."""
        if self.found is Rest.UNKNOWN and self._is_due(pts):
            self.found = self._rest(pts, picture.small_yuv())
        return self.found is not Rest.UNKNOWN

    def _is_due(self, pts: int) -> bool:
        """Whether a frame is to be looked at: not so soon after the last one."""
        if pts < self.from_pts:
            return False
        if self._looked_pts is not None and pts - self._looked_pts < self.settled_ticks / LOOKS:
            return False
        self._looked_pts = pts
        return True

    def _rest(self, pts: int, small: Pixels) -> Rest:
        is_past = self.plan.to_pts is not None and pts >= self.plan.to_pts
        if differ(small, self.last):
            self._since_pts = None
            is_first, self._was_past = is_past and not self._was_past, is_past
            return self.plan.rest(pts, small, self.last) if is_first else Rest.UNKNOWN
        since_pts = self._since_pts = pts if self._since_pts is None else self._since_pts
        settled_ticks = self.settled_ticks * (PAST if is_past else 1)
        has_settled = pts - since_pts >= settled_ticks and pts >= self.plan.last_sudden_pts
        return Rest.CALM if has_settled else Rest.UNKNOWN


@dataclass(frozen=True, slots=True, eq=False)
class _Unclear:
    """A group that must be decoded; by threads, if it has a job."""

    begun: _Begun
    following: _Begun | None
    watch: _Watch | None = None
    """Tells when that is enough; None: all of it is decoded."""
    job: Job | None = None


class KeyScan:
    """Decodes groups of pictures, or only how they begin."""

    def __init__(
        self, opened: Opened, decode: Decode, *, skips: bool, division: Callable[[], Division | None] = lambda: None
    ) -> None:
        """``skips`` tells whether leaving out frames that no other needs hardly moves a cut."""
        self._opened = opened
        self._skips = skips
        self._decode = decode
        self._division = division
        self._decoders: Decoders | None = None
        self._missing = Missing()
        self._is_orderly = True
        self._context = opened.stream.codec_context
        self._scalers = Scalers()
        base = exact(opened.stream.time_base)
        self._ticks_per_s = float(1 / base) if base else 0.0
        self._planner = Planner(self._ticks_per_s, opened.told, is_h264=self._context.name == "h264")

    def frames(self, packets: Iterable[Packet[Any] | None]) -> Iterator[AnyFrame]:
        """Yield what was decoded in the order shown; :class:`Opened` gets the stamps of frames after omissions.

        Where ``division`` returns one, threads decode key frames, and groups of which it can be told when enough of
        them has been seen.
        """
        with ExitStack() as stack:
            yield from self._all(batches(groups(packets, int(LONGEST_S * self._ticks_per_s))), stack)

    def _all(self, batched: Iterable[list[Group]], stack: ExitStack) -> Iterator[AnyFrame]:
        window: list[_Begun] = []
        sparse: list[Group] = []
        for batch in batched:
            self._divide(stack)
            if not batch[0].is_whole:
                self._is_orderly = False
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
        yield from self._finish(sparse[0], None) if sparse else self._run([_Unclear(begun, None) for begun in window])

    def _divide(self, stack: ExitStack) -> None:
        """Start the threads as soon as it is known what the frames are for."""
        division = None if self._decoders else self._division()
        if division is not None:
            aspect = exact(self._opened.stream.sample_aspect_ratio)
            self._decoders = stack.enter_context(Decoders(division, aspect))

    def _begun(self, batch: list[Group]) -> list[_Begun]:
        """Return the groups with their key frames."""
        by_pts = {frame.pts: frame for frame in self._key_frames(batch) if not frame.is_corrupt}
        begun = []
        for group in batch:
            if group.key_pts is not None:
                self._planner.spacing.note(group.packets[0])
                self._opened.told = self._planner.spacing.told
            picture = by_pts.get(group.key_pts)
            begun.append(_Begun(group, picture, None if picture is None else self._small(picture)))
        return begun

    def _key_frames(self, batch: list[Group]) -> Sequence[AnyFrame]:
        firsts = [group.packets[0] for group in batch]
        if self._decoders is not None:
            ready = [frame for frame in self._decoders.alone(firsts) if frame is not None]
            if len(ready) == len(firsts):
                return ready
        found = [frame for packet in firsts for frame in self._decode(packet)] + self._drained()
        known = {frame.pts for frame in found if not frame.is_corrupt} | set(self._opened.hurt)
        # Of open groups some are lost, or marked, by what the key frame before has left in the decoder.
        again = [[*self._decode(packet), *self._drained()] for packet in firsts if packet.pts not in known]
        return [*found, *chain.from_iterable(again)]

    def _small(self, frame: AnyFrame) -> Pixels:
        return self._picture(frame).small_yuv()

    def _picture(self, frame: AnyFrame) -> Picture:
        if isinstance(frame, ReadyFrame):
            return frame.picture
        return DecodedPicture(frame, None, self._scalers)

    def _drained(self) -> list[VideoFrame]:
        frames = self._decode(None)
        self._context.flush_buffers()
        return frames

    def _window(self, window: list[_Begun]) -> Iterator[AnyFrame]:
        """Yield the frames of all groups but the last, which is only looked at."""
        run: list[_Unclear] = []
        for found in [self._judged(begun, following) for begun, following in pairwise(window)]:
            if isinstance(found, _Unclear):
                run.append(found)
                continue
            begun, following, rest = found
            yield from self._run(run)
            run = []
            self._note(rest, following.group.key_pts)
            assert begun.picture is not None
            yield begun.picture
        yield from self._run(run)

    def _judged(self, begun: _Begun, following: _Begun) -> _Unclear | tuple[_Begun, _Begun, Rest]:
        """Return what happens in a group, or how it is decoded: threads begin to if they can."""
        plan, rest = self._plan(begun, following)
        self._is_orderly &= self._are_in_order(begun.group, following.group)
        if rest is not Rest.UNKNOWN:
            return begun, following, rest
        watch, job = self._watch(begun, plan, following), None
        if watch is not None and self._decoders is not None and self._is_orderly and is_sound(begun.group):
            job = self._decoders.begin(Job(begun.group, following.group, watch))
        return _Unclear(begun, following, watch, job)

    def _are_in_order(self, group: Group, following: Group) -> bool:
        if following.key_pts is None:
            return False
        division = self._decoders.division if self._decoders else None
        least_ticks = division.least_ticks if division else 1
        return are_in_order([packet.pts for packet in group.packets], following.key_pts, least_ticks)

    def _plan(self, begun: _Begun, following: _Begun) -> tuple[Plan, Rest]:
        """Return what of a group is to be decoded, and what happens in it if nothing must be."""
        if begun.small is None or following.small is None or not _are_of_a_size(begun, following):
            return Plan(), Rest.UNKNOWN
        if not differ(begun.small, following.small):
            return Plan(), Rest.CALM
        plan = self._planner.plan(begun.group, following.group, begun.small, following.small)
        return plan, plan.rest(begun.group.key_pts or 0, begun.small, following.small)

    def _note(self, rest: Rest, key_pts: int | None) -> None:
        """Note what happened in what was left out before a key frame."""
        (self._opened.calm if rest is Rest.CALM else self._opened.leaps).add(key_pts)

    def _run(self, run: list[_Unclear]) -> Iterator[AnyFrame]:
        """Yield the frames of consecutive groups, of each as much as must be seen."""
        first: Group | None = None
        for unclear in run:
            is_given = False
            if unclear.job is not None and self._decoders is not None:
                if first is not None:
                    yield from self._finish(first, unclear.begun.group)
                first = None
                self._missing.from_pts = yield from self._decoders.frames(unclear.job)
                is_given = self._missing.from_pts is None
                if not is_given and unclear.watch is not None:
                    unclear = replace(unclear, watch=unclear.watch.anew())
            if not is_given:
                first = yield from self._plainly(unclear, first or unclear.begun.group)
            if first is None and unclear.watch is not None and unclear.watch.found is not Rest.UNKNOWN:
                self._note(unclear.watch.found, unclear.watch.end_pts)
        if first is not None:
            following = run[-1].following
            yield from self._finish(first, following.group if following else None)

    def _plainly(self, unclear: _Unclear, first: Group) -> Generator[VideoFrame, None, Group | None]:
        """Yield what is missing of a group's frames; return ``first`` if the decoder may hold some back."""
        watch, following = unclear.watch, unclear.following.group if unclear.following else None
        for packet in unclear.begun.group.packets:
            self._context.skip_frame = "NONREF" if watch is not None and watch.skips(packet) else "DEFAULT"
            frames = self._of(packet, first, following)
            yield from self._missing.of(frames)
            if watch is not None and self._has_enough(watch, frames):
                yield from self._rest_of(first, following)
                self._context.skip_frame = "DEFAULT"
                return None
        self._context.skip_frame = "DEFAULT"
        return first

    def _of(self, packet: Packet[Any], first: Group, following: Group | None) -> list[VideoFrame]:
        """Return what a packet makes the decoder give that is shown from one key frame on, and before another."""
        return list(between(self._decode(packet), first.key_pts, following.key_pts if following else None))

    def _rest_of(self, first: Group, following: Group | None) -> Iterator[VideoFrame]:
        rest = between(self._drained(), first.key_pts, following.key_pts if following else None)
        return self._missing.of(rest)

    def _has_enough(self, watch: _Watch, frames: list[VideoFrame]) -> bool:
        return any(frame.pts is not None and watch.has_enough(frame.pts, self._picture(frame)) for frame in frames)

    def _watch(self, begun: _Begun, plan: Plan, following: _Begun | None) -> _Watch | None:
        """Return what tells when enough of a group is decoded; None where all of it must be."""
        if following is None or following.small is None or not _are_of_a_size(begun, following):
            return None
        from_pts, end_pts = begun.group.key_pts, following.group.key_pts
        if from_pts is None or end_pts is None:
            return None
        return _Watch(plan, following.small, from_pts, end_pts, SETTLED_S * self._ticks_per_s, self._skips)

    def _sparse(self, piece: Group, first: Group) -> Iterator[VideoFrame]:
        """Yield the frames of a piece of a group too long to be held, which began with ``first``."""
        self._context.skip_frame = "NONREF"
        for packet in piece.packets:
            yield from self._of(packet, first, None)

    def _finish(self, first: Group, following: Group | None) -> Iterator[VideoFrame]:
        """Yield the last frames before the next group: some lie behind its key frame, and need it."""
        for packet in following.leading() if following else ():
            yield from self._missing.of(self._of(packet, first, following))
        yield from self._rest_of(first, following)
        self._context.skip_frame = "DEFAULT"


def _are_of_a_size(one: _Begun, other: _Begun) -> bool:
    first, second = one.picture, other.picture
    return first is not None and second is not None and (first.width, first.height) == (second.width, second.height)
