"""From stamps, as containers have them, to times that only rise. Pure: no video needed.

Containers hold stamps that repeat, step back, jump by hours or are missing (joined transport streams, cameras).
What comes out of :func:`timed` always rises, and follows the stamps wherever they make sense:

* no stamp: one frame period after the frame before;
* a few frames whose stamps repeat or step back a little: spread evenly up to the next stamp that rises;
* a step back of more than a second, or a clock that runs on behind: the clock was set back, so all that follows
  is shifted to go on where it was;
* one frame far ahead of its neighbours: its stamp is wrong, and it goes between them;
* a jump ahead: kept, but the frame before ends after its own duration where the jump exceeds ``max_gap_s``.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Generic, TypeVar

from vidcap.timeline import Seconds

T = TypeVar("T")

SET_BACK_S = Fraction(1)
"""A step back of more than this is a clock that was set, not frames out of order."""
MOST_WAITING = 16
"""Frames held back while their stamps don't rise; H.264 and HEVC reorder at most this many."""
RUN = 4
"""So many frames whose stamps rise, but behind one given before, are a clock that was set back a little."""


@dataclass(frozen=True, slots=True)
class Stamped(Generic[T]):
    """Something with the time that its container claims, or None."""

    item: T
    time_s: Seconds | None
    duration_s: Seconds | None = None


@dataclass(frozen=True, slots=True)
class Timed(Generic[T]):
    """Something shown during ``[start_s, end_s)``."""

    item: T
    start_s: Seconds
    end_s: Seconds


def timed(
    stamped: Iterable[Stamped[T]], *, period_s: Seconds, max_gap_s: Seconds, last_s: Seconds | None = None
) -> Iterator[Timed[T]]:
    """Yield each item with strictly rising starts, none negative; an item ends where the next one starts.

    Each is yielded when the next is known. The last one lasts ``last_s`` where that is given, else its own
    duration, else ``period_s``.
    """
    before: tuple[Seconds, Stamped[T]] | None = None
    for start_s, stamp in Rising[T](period_s).follow(shown(stamped)):
        if before is not None:
            yield _ended(before, start_s, period_s, max_gap_s)
        before = (start_s, stamp)
    if before is not None:
        start_s, stamp = before
        yield Timed(stamp.item, start_s, start_s + (last_s or _own_s(stamp, period_s, max_gap_s)))


def _ended(before: tuple[Seconds, Stamped[T]], next_s: Seconds, period_s: Seconds, max_gap_s: Seconds) -> Timed[T]:
    start_s, stamp = before
    if next_s - start_s > max_gap_s:
        next_s = start_s + _own_s(stamp, period_s, max_gap_s)
    return Timed(stamp.item, start_s, next_s)


def _own_s(stamp: Stamped[T], period_s: Seconds, max_gap_s: Seconds) -> Seconds:
    duration_s = stamp.duration_s
    return duration_s if duration_s is not None and 0 < duration_s <= max_gap_s else min(period_s, max_gap_s)


def shown(stamped: Iterable[Stamped[T]]) -> Iterator[Stamped[T]]:
    """Drop the lead-in before time 0, save for the item still on screen at 0, which then starts there."""
    hidden: Stamped[T] | None = None
    stamps = iter(stamped)
    for stamp in stamps:
        if stamp.time_s is not None and stamp.time_s < 0:
            hidden = stamp
            continue
        if hidden is not None and stamp.time_s != 0:
            yield replace(hidden, time_s=Fraction(0))
        hidden = None
        yield stamp
        break
    if hidden is not None:
        yield replace(hidden, time_s=Fraction(0))
    yield from stamps


class Rising(Generic[T]):
    """Makes stamps rise; holds at most :data:`MOST_WAITING` items."""

    def __init__(self, period_s: Seconds) -> None:
        self._period_s = period_s
        self._shift_s = Fraction(0)
        self._last_s: Seconds | None = None  # start of the item given last
        self._first_s = Fraction(0)  # start of the first item waiting
        self._waiting: list[Stamped[T]] = []

    def follow(self, stamped: Iterable[Stamped[T]]) -> Iterator[tuple[Seconds, Stamped[T]]]:
        """Yield ``(start_s, stamp)`` with strictly rising starts."""
        for stamp in stamped:
            if not self._waiting:
                self._wait(stamp, max(stamp.time_s or Fraction(0), Fraction(0)))
                continue
            time_s = self._placed(stamp)
            if time_s is None:
                self._waiting.append(stamp)
                continue
            yield from self._flush(time_s)
            self._wait(stamp, time_s)
        yield from self._flush(self._first_s + self._period_s * len(self._waiting))

    def _wait(self, stamp: Stamped[T], time_s: Seconds) -> None:
        self._waiting = [stamp]
        self._first_s = time_s

    def _placed(self, stamp: Stamped[T]) -> Seconds | None:
        """Return when an item starts, which ends those that wait; None where it must wait with them."""
        time_s = self._time_s(stamp)
        if time_s <= self._first_s:
            self._pull_back_outlier(time_s)
        if time_s > self._first_s:
            return time_s
        return self._go_on(time_s) if self._clock_was_set(time_s) else None

    def _time_s(self, stamp: Stamped[T]) -> Seconds:
        if stamp.time_s is None:
            return self._first_s + self._period_s * len(self._waiting)
        return stamp.time_s + self._shift_s if self._shift_s else stamp.time_s

    def _pull_back_outlier(self, time_s: Seconds) -> None:
        """Move a lone waiting item that is far ahead of both its neighbours to between them."""
        if len(self._waiting) > 1 or self._first_s - time_s <= SET_BACK_S:
            return
        if self._last_s is None:
            if time_s > 0:
                self._first_s = max(Fraction(0), time_s - self._period_s)
        elif time_s > self._last_s:
            self._first_s = min(self._last_s + self._period_s, (self._last_s + time_s) / 2)

    def _clock_was_set(self, time_s: Seconds) -> bool:
        if self._first_s - time_s > SET_BACK_S or len(self._waiting) >= MOST_WAITING:
            return True
        return len(self._waiting) >= RUN and self._runs_behind(time_s)

    def _runs_behind(self, time_s: Seconds) -> bool:
        second = self._waiting[1].time_s if len(self._waiting) > 1 else None
        return second is not None and time_s > second + self._shift_s

    def _go_on(self, time_s: Seconds) -> Seconds:
        """Return where an item goes that can't wait for a stamp that rises; shift a clock that was set back."""
        next_s = self._first_s + self._period_s * len(self._waiting)
        if self._runs_behind(time_s) or self._first_s - time_s > SET_BACK_S:
            self._shift_s += next_s - time_s
        return next_s

    def _flush(self, until_s: Seconds) -> Iterator[tuple[Seconds, Stamped[T]]]:
        waiting, self._waiting = self._waiting, []
        self._last_s = self._first_s
        if len(waiting) == 1:
            yield self._first_s, waiting[0]
            return
        step_s = min((until_s - self._first_s) / max(1, len(waiting)), self._period_s)
        for place, stamp in enumerate(waiting):
            self._last_s = self._first_s + place * step_s
            yield self._last_s, stamp
