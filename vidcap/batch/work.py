"""What is handed to workers and what comes back: frozen values that pickle, whatever carries them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any, Literal

from vidcap.captioner import Describer
from vidcap.sources import SourceInfo
from vidcap.timeline import Seconds
from vidcap.types import Caption


@dataclass(frozen=True, slots=True)
class Recipe:
    """How a worker makes its captioner: as :meth:`vidcap.Captioner.load` does, or around a describer of one's own."""

    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    describer: Describer | None = None
    prepare: Callable[[], None] | None = None
    """Called first in a process of its own."""


@dataclass(frozen=True, slots=True)
class Range:
    """A part of a film. It is read beyond both ends, so that neighbours can be joined where they agree."""

    start_s: Seconds
    end_s: Seconds | None
    """None: to the end of the film."""
    from_s: Seconds | None = None
    """Where reading begins; None for the first part, which begins where the film does."""
    origin_s: Seconds = Fraction(0)
    """Start of some frame that a detector looks closely at."""
    frame_s: Seconds | None = None
    """Length of a frame, of films with a steady rate."""
    every: int = 1
    """It looks so at each so many frames on, and at one of them reading begins: see :func:`vidcap.shots.rhythm`."""
    begin_s: Seconds | None = None
    """Start of the frame to begin with, where it is known from the part before."""


@dataclass(frozen=True, slots=True)
class Unit:
    """One piece of work. Doing it twice does no harm: nothing is written by it."""

    job: int
    source: str
    kind: Literal["look", "caption"]
    range: Range | None = None
    """What to caption; None for a whole film."""


@dataclass(frozen=True, slots=True)
class Facts:
    """What must be known of a film before it can be split."""

    info: SourceInfo
    first_start_s: Seconds
    """Of the first frame."""
    first_end_s: Seconds


@dataclass(frozen=True, slots=True)
class Point:
    """A frame by which the state of the stages is known."""

    time_s: Seconds
    digest: bytes
    num_clips: int
    """Clips that had left by it,"""
    num_shots: int
    """and boundaries that had been passed; both counted from where the part began."""


@dataclass(frozen=True, slots=True)
class Part:
    """What was seen in a range, or in a whole film: a caption for each clip, in order."""

    info: SourceInfo
    captions: tuple[Caption, ...]
    read_s: Seconds
    """Where reading ended."""
    is_end: bool = True
    """Reading ended because the film did."""
    points: tuple[Point, ...] = ()
    next_begin_s: Seconds | None = None
    """Start of a frame that the next part may begin with: the detector looked at it closely."""
    speech: tuple[tuple[Seconds, Seconds], ...] | None = None
    """When somebody speaks, where cues give way to it; of a film's first part."""
    bad_packets: int = 0
    missing_s: Seconds = Fraction(0)


@dataclass(frozen=True, slots=True)
class Moved:
    """How far a unit has been read."""

    unit: Unit
    read_s: Seconds


@dataclass(frozen=True, slots=True)
class Done:
    """A unit was done."""

    unit: Unit
    result: Facts | Part
    wall_s: float
    worker: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Failed:
    """A unit can't be done; trying again would not help."""

    unit: Unit
    error: str
    """One line."""
    wall_s: float
    worker: str
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lost:
    """The worker went away over a unit; another one has taken its place."""

    unit: Unit
    error: str
    worker: str


@dataclass(frozen=True, slots=True)
class Unfit:
    """No worker can work: the model can't be loaded, or the device isn't there."""

    error: Exception


Event = Moved | Done | Failed | Lost | Unfit
