"""Scripted streams of live events: what a narration says, without a camera."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction

from vidcap.live import CueUpdate, LiveEvent, State, StreamState, Tally
from vidcap.types import Cue

BEGAN = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


def at(media_s: Fraction | float) -> datetime:
    """Return the wall time of a media time in a stream that began at BEGAN."""
    return BEGAN + timedelta(seconds=float(media_s))


def seconds(value: float | Fraction | str) -> Fraction:
    return Fraction(str(value)) if isinstance(value, float) else Fraction(value)


def live(media_s: float | Fraction = 0) -> StreamState:
    return StreamState(State.LIVE, "", at(media_s), media_s=seconds(media_s))


def cue(
    number: int, start_s: float | Fraction, end_s: float | Fraction, *lines: str, is_final: bool = True
) -> CueUpdate:
    start_s, end_s = seconds(start_s), seconds(end_s)
    text = lines or (f"Cue {number}.",)
    return CueUpdate(number, Cue(start_s, end_s, text, 0.75), at(start_s), is_final, None if number % 2 else 0.5)


def tally(media_s: float | Fraction, **figures: int) -> Tally:
    return Tally(at(media_s), seconds(media_s), uptime_s=float(media_s), **figures)


def scene(number: int, start_s: Fraction, steps_s: Sequence[Fraction], text: str) -> Iterator[LiveEvent]:
    """Yield a cue that is opened, grows at each step with a tally after it, and is closed at the last one."""
    for place, end_s in enumerate(steps_s, 1):
        yield cue(number, start_s, end_s, text, is_final=place == len(steps_s))
        yield tally(end_s)
