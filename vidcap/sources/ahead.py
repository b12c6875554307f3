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

import threading
from collections import deque
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from itertools import chain, pairwise
from queue import SimpleQueue
from typing import Any

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from vidcap.errors import SourceError
from vidcap.sources.entries import Entries
from vidcap.sources.groups import LONGEST_S, Group, groups
from vidcap.sources.opening import Opened
from vidcap.sources.picture import Scalers
from vidcap.sources.ready import AnyFrame, ReadyFrame, StoredPicture, Wish
from vidcap.timeline import exact

Decode = Callable[["Packet[Any] | None"], list[VideoFrame]]
"""Gives a packet, or None for the end, to the decoder that the source has anyway; damage is dealt with there."""

MOST_PACKETS = 1500
"""Of a group decoded ahead: so many small pictures may be held for each thread."""
_MOST_WAITING_BYTES = 64 << 20
"""Packets read ahead."""
_MOST_STORED_BYTES = 64 << 20
"""Wanted pictures kept as decoded: beyond that they are converted at once, though not all will be looked at."""
_CHUNK = 8
"""Frames passed on together."""


@dataclass(frozen=True, slots=True)
class Division:
    """How frames are decoded ahead."""

    wish: Wish
    threads: int
    new_context: Callable[[], VideoCodecContext]
    """Returns a decoder set up like the source's, but with one thread; called once in each thread."""
    most_pixels: int
    least_ticks: int
    """Frames nearer together than this are to be left out, which is not done here."""


@dataclass(slots=True, eq=False)
class _Job:
    """A group with the next one, and what a thread made of it."""

    group: Group
    following: Group | None
    is_apart: bool
    """Whether it can be decoded apart from the others."""
    parts: SimpleQueue[list[ReadyFrame] | BaseException | None] = field(default_factory=SimpleQueue)
    """Frames; at the end None, or why it ended early."""
    stored_bytes: int = 0


class _GivenUpError(Exception):
    """Something in a group is not as it should be."""


class Ahead:
    """Decodes what is left of a film from some key frame on."""

    def __init__(self, opened: Opened, decode: Decode, note: Callable[[Packet[Any]], None], division: Division) -> None:
        self._opened = opened
        self._decode = decode
        self._note = note
        self._division = division
        context = opened.stream.codec_context
        self._entries = Entries(context.name, bytes(context.extradata or b""))
        self._aspect = exact(opened.stream.sample_aspect_ratio)
        self._scalers = Scalers()
        self._local = threading.local()
        self._lock = threading.Lock()
        self._stored_bytes = 0
        self._stop = threading.Event()
        self._from_pts: int | None = None

    def frames(self, packets: Iterable[Packet[Any] | None], fed_pts: Sequence[int | None]) -> Iterator[AnyFrame]:
        """Yield the frames of packets that begin with a key frame; those with ``fed_pts`` have been fed before."""
        base = exact(self._opened.stream.time_base)
        found = groups(packets, int(LONGEST_S / base) if base else 0)
        with ThreadPoolExecutor(self._division.threads, "vidcap-decode") as pool:
            try:
                yield from self._in_order(self._filled(self._jobs(found, fed_pts), pool))
            finally:
                self._stop.set()
                pool.shutdown(wait=True, cancel_futures=True)

    def _jobs(self, found: Iterable[Group], fed_pts: Sequence[int | None]) -> Iterator[_Job]:
        """Yield each group with the next one; once stamps are out of order, no group is apart any more."""
        is_clean, is_in_order, before = None, True, fed_pts
        for group, following in pairwise(chain(found, (None,))):
            assert group is not None
            if is_clean is None:
                is_clean, is_in_order = self._is_clean(group), self._are_in_order(before, group)
            is_next_clean = following is None or self._is_clean(following)
            is_in_order &= group.is_whole and self._are_in_order([packet.pts for packet in group.packets], following)
            yield _Job(group, following, is_clean and is_next_clean and is_in_order and _is_sound(group))
            is_clean = is_next_clean

    def _are_in_order(self, stamps: Sequence[int | None], following: Group | None) -> bool:
        """Whether all stamps differ by enough and lie before the next group's key frame."""
        known = sorted(pts for pts in stamps if pts is not None)
        end_pts = following.key_pts if following is not None else None
        if len(known) < len(stamps) or (following is not None and end_pts is None):
            return False
        ends = known if end_pts is None else [*known, end_pts]
        return all(later - earlier >= max(self._division.least_ticks, 1) for earlier, later in pairwise(ends))

    def _is_clean(self, group: Group) -> bool:
        return group.is_whole and self._entries.is_clean(group.packets[0])

    def _filled(self, jobs: Iterator[_Job], pool: ThreadPoolExecutor) -> Iterator[_Job]:
        """Yield jobs of which the next few are under way."""
        waiting: deque[_Job] = deque()
        for job in jobs:
            if job.is_apart:
                pool.submit(self._work, job)
            waiting.append(job)
            held_bytes = sum(held.group.size_bytes for held in waiting)
            while waiting and (len(waiting) > self._division.threads or held_bytes > _MOST_WAITING_BYTES):
                held_bytes -= waiting[0].group.size_bytes
                yield waiting.popleft()
        yield from waiting

    def _in_order(self, jobs: Iterable[_Job]) -> Iterator[AnyFrame]:
        """Yield the frames of all jobs; those that are not apart go through the source's decoder, one after another."""
        is_under_way, is_first = True, True
        for job in jobs:
            self._note_all(job, is_first=is_first)
            is_first = False
            if job.is_apart and is_under_way:
                yield from self._finish(job.group)
            self._from_pts = self._from_pts if is_under_way else job.group.key_pts
            is_under_way = not job.is_apart
            if job.is_apart:
                self._from_pts = yield from self._taken(job)
                is_under_way = self._from_pts is not None
            for packet in job.group.packets if is_under_way else ():
                yield from self._wanted(self._decode(packet))
        if is_under_way:
            yield from self._wanted(self._decode(None))

    def _wanted(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield frames of the source's decoder; those before ``_from_pts`` have been given by others."""
        for frame in frames:
            if self._from_pts is None or frame.pts is None or frame.pts >= self._from_pts:
                self._from_pts = None  # only what comes first is left out: clocks may be set back
                yield frame

    def _note_all(self, job: _Job, *, is_first: bool) -> None:
        """Note what is in the next group, too: some of it may be shown before its key frame."""
        for group in (job.group if is_first else None, job.following):
            for packet in group.packets if group else ():
                self._note(packet)

    def _finish(self, following: Group) -> Iterator[VideoFrame]:
        """Yield the last frames before a group that others decode: some lie behind its key frame, and need it."""
        for packet in (*_leading(following), None):
            yield from self._wanted(_between(self._decode(packet), None, following.key_pts))
        self._opened.stream.codec_context.flush_buffers()

    def _taken(self, job: _Job) -> Generator[ReadyFrame, None, int | None]:
        """Yield what a thread decodes; return None, or the stamp from which on frames are missing."""
        from_pts = job.group.key_pts
        try:
            while (part := job.parts.get()) is not None:
                if isinstance(part, _GivenUpError):
                    return from_pts
                if isinstance(part, BaseException):
                    raise part
                yield from part
                from_pts = part[-1].pts + 1
            return None
        finally:
            with self._lock:
                self._stored_bytes -= job.stored_bytes

    def _work(self, job: _Job) -> None:
        """Decode a group; in a thread."""
        try:
            for part in self._parts(job):
                job.parts.put(part)
            job.parts.put(None)
        except (_GivenUpError, SourceError, av.error.FFmpegError, ValueError) as error:
            job.parts.put(_GivenUpError(str(error)))
        except BaseException as error:
            job.parts.put(error)

    def _parts(self, job: _Job) -> Iterator[list[ReadyFrame]]:
        """Yield the frames of a group in the order shown, a few at a time, each when the next one is known."""
        part: list[ReadyFrame] = []
        before: tuple[int, VideoFrame, StoredPicture] | None = None
        is_wanted = True  # the first one, whatever came before it
        for pts, frame in self._frames_of(job):
            picture = StoredPicture(frame, self._aspect, self._scalers)
            if before is not None:
                if pts <= before[0]:
                    raise _GivenUpError
                is_wanted |= self._division.wish.covers(before[0], pts)
                part.append(self._ready(job, *before, is_wanted=is_wanted))
                is_wanted = False
            before = pts, frame, picture
            if len(part) >= _CHUNK:
                yield part
                part = []
        if before is None:
            raise _GivenUpError
        yield [*part, self._ready(job, *before, is_wanted=True)]  # it stays on screen if the next one is missing

    def _frames_of(self, job: _Job) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the frames of a group with their stamps, all of them sound."""
        context, most = self._own_context(), self._division.most_pixels
        from_pts, to_pts = job.group.key_pts, job.following.key_pts if job.following else None
        try:
            for packet in (*job.group.packets, *(_leading(job.following) if job.following else ()), None):
                if self._stop.is_set():
                    raise _GivenUpError
                for frame in _between(context.decode(packet), from_pts, to_pts):
                    if frame.pts is None or frame.is_corrupt or frame.width * frame.height > most:
                        raise _GivenUpError
                    yield frame.pts, frame
        finally:
            context.flush_buffers()

    def _own_context(self) -> VideoCodecContext:
        """Return the decoder of this thread."""
        if not hasattr(self._local, "context"):
            self._local.context = self._division.new_context()
        context: VideoCodecContext = self._local.context
        return context

    def _ready(self, job: _Job, pts: int, frame: VideoFrame, picture: StoredPicture, *, is_wanted: bool) -> ReadyFrame:
        """Return a frame reduced to what is wanted of it."""
        wish, kept = self._division.wish, picture.stored_bytes
        is_wanted = is_wanted and not wish.is_none
        with self._lock:
            is_stored = is_wanted and self._stored_bytes + kept <= _MOST_STORED_BYTES
            self._stored_bytes += kept if is_stored else 0
        job.stored_bytes += kept if is_stored else 0
        shown = picture if is_stored else picture.ready(wish.size_px if is_wanted else None)
        return ReadyFrame(pts, frame.duration, frame.key_frame, shown)


def _is_sound(group: Group) -> bool:
    """Whether a group is nothing out of the ordinary: all it shows before its key frame comes right behind that."""
    key_pts, leading = group.key_pts, len(_leading(group))
    early = sum(packet.pts is not None and key_pts is not None and packet.pts < key_pts for packet in group.packets)
    is_hurt = any(packet.is_corrupt for packet in group.packets)
    return not is_hurt and early == max(leading - 1, 0) and len(group.packets) <= MOST_PACKETS


def _leading(group: Group) -> list[Packet[Any]]:
    """Return the key frame's packet and those behind it that are shown before it; none if there are only others."""
    leading = list(group.leading())
    return leading if len(leading) > 1 else []


def _between(frames: Iterable[VideoFrame], from_pts: int | None, to_pts: int | None) -> Iterator[VideoFrame]:
    """Yield the frames with stamps from one up to another, and those without."""
    for frame in frames:
        is_early = from_pts is not None and frame.pts is not None and frame.pts < from_pts
        is_late = to_pts is not None and frame.pts is not None and frame.pts >= to_pts
        if not is_early and not is_late:
            yield frame
