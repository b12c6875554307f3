"""Live cues cut into HLS segments: every cue in each segment that it spans, with the same times in all of them.

A segment is cut when everything in it has been seen. A cue that is still open by then is said so far as it is sure, and
goes on as a second piece that begins where the first one ended: what a player has fetched can't be changed any more.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import NamedTuple

from vidcap.live.events import CueUpdate
from vidcap.timeline import to_ms

MPEGTS_TICKS_PER_MS = 90
_SLACK_MS = 60
MPEGTS_MODULUS = 1 << 33
"""Stamps of MPEG-2 transport streams have 33 bits; they begin anew after 26.5 hours."""


class Piece(NamedTuple):
    """A cue, or a part of one, as the segments show it."""

    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


class Origin(NamedTuple):
    """A moment in both clocks: media time, and stamps of the camera's own HLS (90 kHz, not yet modulo 2^33)."""

    media_ms: int
    ticks: int

    def at(self, media_ms: int) -> int:
        """Return the stamp of a media time."""
        return self.ticks + (media_ms - self.media_ms) * MPEGTS_TICKS_PER_MS

    def is_near(self, media_ms: int, ticks: int) -> bool:
        """Tell whether a stamp is where this origin has it, within less than a frame or two, modulo 2^33."""
        off = (ticks - self.at(media_ms) + MPEGTS_MODULUS // 2) % MPEGTS_MODULUS - MPEGTS_MODULUS // 2
        return abs(off) <= _SLACK_MS * MPEGTS_TICKS_PER_MS

    def mapping(self, start_ms: int, end_ms: int) -> Origin:
        """Return the LOCAL and MPEGTS that a segment states.

        The origin itself while its stamps fit; once they have wrapped the segment's own start, so that players need
        not unroll two clocks that wrap at different times.
        """
        if self.ticks >= 0 and self.at(end_ms) < MPEGTS_MODULUS:
            return self
        return Origin(start_ms, self.at(start_ms) % MPEGTS_MODULUS)


@dataclass(frozen=True, slots=True)
class Segment:
    """What is shown during ``[start_ms, end_ms)`` of media time."""

    number: int
    """Counts from 0; rises by more than 1 where a long outage was left out."""
    start_ms: int
    end_ms: int
    pieces: tuple[Piece, ...]
    origin: Origin
    discontinuities: int = 0
    """How many times the camera's stamps began anew between the segment before and this one."""


@dataclass(slots=True)
class _Held:
    number: int
    piece: Piece
    is_final: bool

    def reaches_into(self, start_ms: int, end_ms: int) -> bool:
        return self.piece.start_ms < min(end_ms, self.piece.end_ms) and self.piece.end_ms > start_ms


class _Break(NamedTuple):
    """Where a segment must begin, because the stamps are counted otherwise from there."""

    media_ms: int
    origin: Origin | None
    resumes_ms: int | None = None
    """Of a discontinuity: where the next segment begins; what lies between is in no playlist of the camera's either."""


class SegmentCutter:
    """Takes cues and the progress of media time; gives segments of ``target_ms``, in order and without holes.

    ``origin_ticks`` is the stamp of media time 0; None to learn it from the frames' own stamps (:meth:`stamp`).
    ``patience_ms`` is how long past its end a segment waits for an open cue that is not yet sure to reach there.
    After an outage longer than ``window`` segments only the last of them are made.
    """

    def __init__(self, target_ms: int, window: int, origin_ticks: int | None, *, patience_ms: int = 2000) -> None:
        self._target_ms = target_ms
        self._window = window
        self._patience_ms = patience_ms
        self._origin_ticks = origin_ticks
        self._origin = Origin(0, origin_ticks or 0)
        self._has_stamp = False
        self._connected_ms: int | None = 0
        self._frame_ms: int | None = None
        self._discontinuities = 0
        self._number = 0
        self._start_ms = 0
        self._seen_ms = 0
        self._last_cue = -1
        self._held: list[_Held] = []
        self._breaks: deque[_Break] = deque()

    def cue(self, update: CueUpdate) -> None:
        """Take a cue, or news of one that was open."""
        if update.number > self._last_cue:
            self._last_cue = update.number
            self._settle()
            start_ms = max(to_ms(update.cue.start_s), self._start_ms)
            self._held.append(_Held(update.number, Piece(start_ms, start_ms, update.cue.lines), is_final=False))
        held = self._held[-1] if self._held else None
        if held is not None and held.number == update.number and not held.is_final:
            held.piece = held.piece._replace(end_ms=max(held.piece.start_ms, to_ms(update.cue.end_s)))
            held.is_final = update.is_final
            self.seen(held.piece.end_ms)

    def seen(self, media_ms: int) -> None:
        """Take news that no cue will begin before ``media_ms``."""
        self._seen_ms = max(self._seen_ms, media_ms)

    def connected(self, media_ms: int, *, is_discontinuity: bool) -> None:
        """Take news that a connection began at ``media_ms``; at a discontinuity stamps begin at the first one again."""
        self._connected_ms = media_ms
        if is_discontinuity:
            origin = None if self._origin_ticks is None else Origin(media_ms, self._origin_ticks)
            last_ms = media_ms if self._frame_ms is None else min(self._frame_ms, media_ms)
            self._breaks.append(_Break(max(last_ms, self._start_ms), origin, media_ms))

    def stamp(self, media_ms: int, ticks: int) -> None:
        """Take the stamp of a frame; where it is not what it should be, all from there on is placed anew."""
        self._frame_ms = media_ms
        if self._origin_ticks is not None:
            return
        known = next((one.origin for one in reversed(self._breaks) if one.origin), self._origin)
        if not self._has_stamp or not known.is_near(media_ms, ticks):
            from_ms = media_ms if self._connected_ms is None else min(media_ms, self._connected_ms)
            origin = Origin(from_ms, ticks - (media_ms - from_ms) * MPEGTS_TICKS_PER_MS)
            self._breaks.append(_Break(max(from_ms, self._start_ms), origin))
        self._has_stamp, self._connected_ms = True, None

    def ready(self) -> Iterator[Segment]:
        """Yield the segments that are complete."""
        self._leave_out_what_is_past()
        self._pass_breaks()
        while self._seen_ms >= (end_ms := self._end_ms()) and not self._should_wait(end_ms):
            yield self._cut(end_ms)

    def rest(self) -> Iterator[Segment]:
        """Yield what is left at the end of the stream; the last segment may be short."""
        self._settle()
        yield from self.ready()
        last_ms = max([self._seen_ms, *(held.piece.end_ms for held in self._held)])
        while last_ms > self._start_ms:
            yield self._cut(min(last_ms, self._end_ms()))

    def _pass_breaks(self) -> None:
        """Apply what changes where the next segment begins."""
        while self._breaks and self._breaks[0].media_ms <= self._start_ms:
            one = self._breaks.popleft()
            self._origin = one.origin or self._origin
            if one.resumes_ms is not None:
                self._discontinuities += 1
                self._start_ms = max(self._start_ms, one.resumes_ms)

    def _end_ms(self) -> int:
        end_ms = self._start_ms + self._target_ms
        return min([end_ms, *(one.media_ms for one in self._breaks if one.media_ms > self._start_ms)])

    def _should_wait(self, end_ms: int) -> bool:
        unsure = any(not held.is_final and held.piece.end_ms < end_ms for held in self._held)
        return unsure and self._seen_ms < end_ms + self._patience_ms

    def _cut(self, end_ms: int) -> Segment:
        start_ms = self._start_ms
        self._freeze(end_ms)
        pieces = tuple(held.piece for held in self._held if held.reaches_into(start_ms, end_ms))
        segment = Segment(self._number, start_ms, end_ms, pieces, self._origin, self._discontinuities)
        self._start_ms, self._number, self._discontinuities = end_ms, self._number + 1, 0
        self._pass_breaks()
        self._forget(self._start_ms)
        return segment

    def _freeze(self, end_ms: int) -> None:
        """Fix the end of a cue that this segment shows and that is still open; the rest of it will be a new piece."""
        for held in [held for held in self._held if not held.is_final and held.piece.start_ms < end_ms]:
            rest_ms = max(held.piece.end_ms, end_ms)
            self._held.append(replace(held, piece=held.piece._replace(start_ms=rest_ms, end_ms=rest_ms)))
            held.is_final = True

    def _settle(self) -> None:
        for held in self._held:
            held.is_final = True

    def _forget(self, before_ms: int) -> None:
        self._held = [held for held in self._held if not held.is_final or held.piece.end_ms > before_ms]

    def _leave_out_what_is_past(self) -> None:
        """Skip segments that would leave the playlist before anybody could fetch them."""
        skipped = (self._seen_ms - self._start_ms) // self._target_ms - self._window
        if skipped > 0:
            self._number += skipped
            self._start_ms += skipped * self._target_ms
            for held in self._held:
                if not held.is_final and held.piece.start_ms < self._start_ms:
                    end_ms = max(self._start_ms, held.piece.end_ms)
                    held.piece = held.piece._replace(start_ms=self._start_ms, end_ms=end_ms)
            self._forget(self._start_ms)
