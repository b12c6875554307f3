"""Time on the wall: for durations a clock that nobody sets, for people UTC. Tests inject their own."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """What the live pipeline asks of time."""

    def monotonic_s(self) -> float:
        """Return seconds that only rise, comparable over the processes of a machine."""
        ...

    def now(self) -> datetime:
        """Return the date and time, aware, UTC."""
        ...


class SystemClock:
    """The machine's clocks."""

    def monotonic_s(self) -> float:
        """Return ``time.monotonic()``."""
        return time.monotonic()

    def now(self) -> datetime:
        """Return the date and time, aware, UTC."""
        return datetime.now(UTC)


def wall_of(moment_s: float, clock: Clock) -> datetime:
    """Return the date and time of a moment of the monotonic clock, by what the date is now."""
    return clock.now() - timedelta(seconds=clock.monotonic_s() - moment_s)
