"""Threads that decode groups of pictures, one group each, and keep of the frames what is wanted of them."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Protocol

import av.error
from av.packet import Packet
from av.video.codeccontext import VideoCodecContext
from av.video.frame import VideoFrame

from vidcap.errors import SourceError
from vidcap.sources.groups import Group
from vidcap.sources.picture import Scalers
from vidcap.sources.ready import ReadyFrame, ReadyPicture, StoredPicture, Wish
from vidcap.types import Picture

Decode = Callable[["Packet[Any] | None"], list[VideoFrame]]
"""Gives a packet, or None for the end, to the decoder that a source has anyway; damage is dealt with there."""

MOST_PACKETS = 1500
"""Of a group decoded in a thread: so many small pictures may be held for each."""
_MOST_STORED_BYTES = 64 << 20
"""Wanted pictures kept as decoded: beyond that they are converted at once, though not all will be looked at."""
_CHUNK = 8
"""Frames passed on together."""


@dataclass(frozen=True, slots=True)
class Division:
    """How a film is divided among threads."""

    wish: Wish
    threads: int
    new_context: Callable[[], VideoCodecContext]
    """Returns a decoder set up like the source's, but with one thread; called once in each thread."""
    most_pixels: int
    least_ticks: int
    """Frames nearer together than this are to be left out, which is not done here."""


class Control(Protocol):
    """Decides how much of a group is decoded."""

    def skips(self, packet: Packet[Any]) -> bool:
        """Whether a packet is of no use if no other needs it."""
        ...

    def has_enough(self, pts: int, picture: Picture) -> bool:
        """Whether nothing after this frame needs to be seen; frames come in the order shown."""
        ...


@dataclass(slots=True, eq=False)
class Job:
    """A group with the next one, and what a thread makes of it."""

    group: Group
    following: Group | None
    control: Control | None = None
    """None: all of it is decoded."""
    parts: SimpleQueue[list[ReadyFrame] | BaseException | None] = field(default_factory=SimpleQueue)
    """Frames; at the end None, or why it ended early."""
    stored_bytes: int = 0
    has_enough: bool = False


class _GivenUpError(Exception):
    """Something in a group is not as it should be."""


class Decoders:
    """The threads; a context manager that ends them."""

    def __init__(self, division: Division, aspect: Fraction | None) -> None:
        self.division = division
        self._aspect = aspect
        self._scalers = Scalers()
        self._local = threading.local()
        self._lock = threading.Lock()
        self._stored_bytes = 0
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(division.threads, "vidcap-decode")

    def __enter__(self) -> Decoders:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stop.set()
        self._pool.shutdown(wait=True, cancel_futures=True)

    def begin(self, job: Job) -> Job:
        """Have a group decoded as soon as a thread is free; return the job."""
        self._pool.submit(self._work, job)
        return job

    def alone(self, packets: Sequence[Packet[Any]]) -> list[ReadyFrame | None]:
        """Return what each packet, a key frame's, holds; None where it is not sound."""
        return list(self._pool.map(self._alone, packets))

    def _alone(self, packet: Packet[Any]) -> ReadyFrame | None:
        try:
            context = self._own_context()
            try:
                found = [*context.decode(packet), *context.decode(None)]
            finally:
                context.flush_buffers()
            if len(found) != 1 or found[0].pts != packet.pts or not self._is_sound(found[0]):
                return None
            wish, picture = self.division.wish, StoredPicture(found[0], self._aspect, self._scalers)
            return _reduced(found[0], picture.ready(None if wish.is_none else wish.size_px))
        except (SourceError, av.error.FFmpegError, ValueError):
            return None

    def _is_sound(self, frame: VideoFrame) -> bool:
        return not frame.is_corrupt and frame.width * frame.height <= self.division.most_pixels

    def frames(self, job: Job) -> Generator[ReadyFrame, None, int | None]:
        """Yield the frames of a group in the order shown; return None, or the stamp from which on some are missing."""
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

    def _work(self, job: Job) -> None:
        """Decode a group; in a thread."""
        try:
            for part in self._parts(job):
                job.parts.put(part)
            job.parts.put(None)
        except (_GivenUpError, SourceError, av.error.FFmpegError, ValueError) as error:
            job.parts.put(_GivenUpError(str(error)))
        except BaseException as error:
            job.parts.put(error)

    def _parts(self, job: Job) -> Iterator[list[ReadyFrame]]:
        """Yield the frames of a group in the order shown, a few at a time, each when the next one is known."""
        part: list[ReadyFrame] = []
        before: tuple[int, VideoFrame, StoredPicture] | None = None
        is_wanted = True  # the first one, whatever came before it
        for pts, frame in self._frames_of(job):
            picture = StoredPicture(frame, self._aspect, self._scalers, before[2] if before else None)
            if before is not None:
                if pts <= before[0]:
                    raise _GivenUpError
                is_wanted |= self.division.wish.covers(before[0], pts)
                part.append(self._ready(job, *before[1:], is_wanted=is_wanted))
                is_wanted = False
            before = pts, frame, picture
            job.has_enough |= job.control is not None and job.control.has_enough(pts, picture)
            if len(part) >= _CHUNK:
                yield part
                part = []
        if before is None:
            raise _GivenUpError
        yield [*part, self._ready(job, *before[1:], is_wanted=True)]  # it stays on screen if the next one is missing

    def _frames_of(self, job: Job) -> Iterator[tuple[int, VideoFrame]]:
        """Yield the frames of a group with their stamps, all of them sound."""
        context = self._own_context()
        usual = context.skip_frame
        from_pts, to_pts = job.group.key_pts, job.following.key_pts if job.following else None
        try:
            for packet in self._needed(job):
                if self._stop.is_set():
                    raise _GivenUpError
                is_of_use = packet is None or job.control is None or not job.control.skips(packet)
                context.skip_frame = usual if is_of_use else "NONREF"
                for frame in between(context.decode(packet), from_pts, to_pts):
                    if frame.pts is None or not self._is_sound(frame):
                        raise _GivenUpError
                    yield frame.pts, frame
        finally:
            context.skip_frame = usual
            context.flush_buffers()

    def _needed(self, job: Job) -> Iterator[Packet[Any] | None]:
        """Yield the packets of a group that must be decoded, and None for the end."""
        for packet in (*job.group.packets, *(behind(job.following) if job.following else ())):
            if job.has_enough:
                break
            yield packet
        yield None

    def _own_context(self) -> VideoCodecContext:
        """Return the decoder of this thread."""
        if not hasattr(self._local, "context"):
            self._local.context = self.division.new_context()
        context: VideoCodecContext = self._local.context
        return context

    def _ready(self, job: Job, frame: VideoFrame, picture: StoredPicture, *, is_wanted: bool) -> ReadyFrame:
        """Return a frame reduced to what is wanted of it."""
        wish = self.division.wish
        if not is_wanted or wish.is_none:
            return _reduced(frame, picture.ready(None))
        kept = picture.stored_bytes
        with self._lock:
            is_stored = self._stored_bytes + kept <= _MOST_STORED_BYTES
            self._stored_bytes += kept if is_stored else 0
        job.stored_bytes += kept if is_stored else 0
        shown = picture if is_stored else picture.ready(wish.size_px)
        return _reduced(frame, shown)


@dataclass(slots=True)
class Missing:
    """Lets frames of the source's own decoder pass, but for those that threads have given already."""

    from_pts: int | None = None
    """Stamp of the first that is missing; None: all are."""

    def of(self, frames: Iterable[VideoFrame]) -> Iterator[VideoFrame]:
        """Yield what is missing of frames. Only what comes first is left out: clocks may be set back."""
        for frame in frames:
            if self.from_pts is None or frame.pts is None or frame.pts >= self.from_pts:
                self.from_pts = None
                yield frame


def _reduced(frame: VideoFrame, picture: ReadyPicture | StoredPicture) -> ReadyFrame:
    assert frame.pts is not None
    return ReadyFrame(frame.pts, frame.duration, frame.key_frame, frame.width, frame.height, picture)


def is_sound(group: Group) -> bool:
    """Whether a group is nothing out of the ordinary: all it shows before its key frame comes right behind that."""
    key_pts, leading = group.key_pts, len(behind(group))
    early = sum(packet.pts is not None and key_pts is not None and packet.pts < key_pts for packet in group.packets)
    is_hurt = any(packet.is_corrupt for packet in group.packets)
    return not is_hurt and early == max(leading - 1, 0) and len(group.packets) <= MOST_PACKETS


def are_in_order(stamps: Sequence[int | None], end_pts: int | None, least_ticks: int) -> bool:
    """Whether stamps are all there, differ by enough, and lie before ``end_pts``, if that is known."""
    known = sorted(pts for pts in stamps if pts is not None)
    ends = known if end_pts is None else [*known, end_pts]
    steps = (later - earlier for earlier, later in pairwise(ends))
    return len(known) == len(stamps) and all(step >= max(least_ticks, 1) for step in steps)


def behind(group: Group) -> list[Packet[Any]]:
    """Return the key frame's packet and those behind it that are shown before it; none if there are only others."""
    leading = list(group.leading())
    return leading if len(leading) > 1 else []


def between(frames: Iterable[VideoFrame], from_pts: int | None, to_pts: int | None) -> Iterator[VideoFrame]:
    """Yield the frames with stamps from one up to another, and those without."""
    for frame in frames:
        is_early = from_pts is not None and frame.pts is not None and frame.pts < from_pts
        is_late = to_pts is not None and frame.pts is not None and frame.pts >= to_pts
        if not is_early and not is_late:
            yield frame
