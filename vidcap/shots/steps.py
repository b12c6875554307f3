"""The frames that the detectors look at, with what was measured on each."""

from __future__ import annotations

from dataclasses import dataclass

from vidcap.shots.measure import Look, Structure
from vidcap.timeline import Seconds
from vidcap.types import Cut, Pixels


@dataclass(frozen=True, slots=True, eq=False)
class Passed:
    """A frame as far as a cut before it may have to be found again: its number, its start and its picture."""

    index: int
    start_s: Seconds
    planes: Pixels
    """See :func:`vidcap.shots.measure.flat`."""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """A frame that is looked at, after the one looked at before it."""

    index: int
    start_s: Seconds
    time_s: float
    """``start_s`` for thresholds; exact times are for results."""
    look: Look
    change: float
    """From the step before: see :func:`vidcap.shots.measure.change`."""
    structure: Structure
    passed: tuple[Passed, ...] = ()
    """Frames since the step before, too close in time to be looked at one by one, and this one."""
    is_leap: bool = False
    """Frames since the step before were left out, of which it is known that they are like that one."""
    num_frames: int = 1
    """Frames from the step before to this one that a scan left out, and one."""


@dataclass(frozen=True, slots=True)
class Found:
    """A boundary that one detector is sure of, and the time that the transition takes up."""

    cut: Cut
    from_s: float
    to_s: float
