"""Exact media time, and the one place where it is rounded.

Times are ``fractions.Fraction`` seconds counted from the container's start. Rounding to milliseconds happens in
:func:`to_ms` only, and only formats call it, so that two cues that touch still touch in every file.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

Seconds = Fraction
"""Media time or a span of it, exact."""


def exact(ratio: Any) -> Fraction | None:
    """Return a rational of any library as a Fraction; None where it is missing, 0/0 or 0/1 by convention of "unset".

    PyAV gives ``Fraction | None`` up to release 18 and a type of its own from 19 on.
    """
    if ratio is None:
        return None
    numerator, denominator = int(ratio.numerator), int(ratio.denominator)
    if numerator == 0 or denominator == 0:
        return None
    return Fraction(numerator, denominator)


@dataclass(frozen=True, slots=True)
class Timeline:
    """Turns presentation stamps into seconds: ``pts * time_base - origin_s``."""

    time_base: Fraction
    """Seconds a tick."""
    origin_s: Seconds = Fraction(0)
    """The container's start, subtracted from every time."""

    def seconds(self, pts: int) -> Seconds:
        """Return the time of a stamp in seconds from the container's start."""
        return pts * self.time_base - self.origin_s


def to_ms(time_s: Seconds) -> int:
    """Return ``time_s`` in whole milliseconds, halves rounded up; keeps order: a <= b gives to_ms(a) <= to_ms(b)."""
    return (2000 * time_s.numerator + time_s.denominator) // (2 * time_s.denominator)


def clock(time_ms: int, *, separator: str = ".") -> str:
    """Return ``hh:mm:ss.mmm``; hours take more digits past 99.

    >>> clock(59_999), clock(60_000), clock(360_000_000)
    ('00:00:59.999', '00:01:00.000', '100:00:00.000')
    """
    if time_ms < 0:
        raise ValueError(f"a time can't be negative: {time_ms} ms")
    seconds, milliseconds = divmod(time_ms, 1000)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours:02}:{minutes:02}:{seconds:02}{separator}{milliseconds:03}"


_LONGEST_TIME = 60


def parse_time(text: str) -> Seconds:
    """Return the seconds meant by ``90``, ``1:30``, ``1:02:03.5`` or ``2/3``; ValueError for anything else."""
    parts = text.strip().split(":")
    has_exponent = "e" in text.lower()  # 1e999999999 would never end
    if not 1 <= len(parts) <= 3 or not all(parts) or has_exponent or len(text) > _LONGEST_TIME:
        raise ValueError(f"not a time: {text[:_LONGEST_TIME]!r} (try 90, 1:30 or 0:01:30.5)")
    try:
        values = [Fraction(part) for part in parts]
    except (ValueError, ZeroDivisionError):
        raise ValueError(f"not a time: {text!r} (try 90, 1:30 or 0:01:30.5)") from None
    if any(value < 0 for value in values) or any(value >= 60 for value in values[1:]):
        raise ValueError(f"not a time: {text!r} (minutes and seconds are 0 to 59)")
    total = Fraction(0)
    for value in values:
        total = total * 60 + value
    return total
