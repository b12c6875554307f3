"""What a format is, and what all of them share: clean lines and times in milliseconds.

To add one: write ``formats/NAME.py`` with a class that has the three methods of :class:`Writer` (most derive
from :class:`TrackWriter` and give ``block``), and add a line to ``FORMATS`` in ``formats/__init__.py``.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from math import isfinite
from typing import Any, Protocol, runtime_checkable

from vidcap.text import one_line
from vidcap.timeline import Seconds, to_ms
from vidcap.types import Cue, Label

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrackInfo:
    """What a track says about itself, in the formats that can."""

    language: str = "en"
    """A BCP 47 tag."""
    title: str = ""
    media: str = ""
    """Name of the film, for formats that point to it."""
    frame_rate: Fraction = Fraction(25)
    """Frames a second, for formats that count frames."""
    source: str = ""
    """Where the film is, a path or an address, for formats that link it; its secrets masked."""
    target: str = ""
    """Where the track is written, for links relative to it; empty where that is no file."""
    duration_s: Seconds | None = None
    width_px: int = 0
    height_px: int = 0
    codec: str = ""

    def __post_init__(self) -> None:
        if self.frame_rate <= 0:
            raise ValueError(f"a film has frames: {self.frame_rate = }")


class Writer(Protocol):
    """Turns cues into text, piece by piece; the pieces joined are a valid file. One writer makes one file."""

    @property
    def count(self) -> int:
        """How many cues were taken so far; those that can't be shown don't count."""
        ...

    def begin(self) -> str:
        """Return what comes before the first cue."""
        ...

    def cue(self, cue: Cue) -> str:
        """Return the text of one cue; "" where there is nothing to show, or not yet. ValueError if starts fall."""
        ...

    def finish(self) -> str:
        """Return what comes after the last cue; after any number of cues, so that a part is valid too."""
        ...


@runtime_checkable
class Watching(Protocol):
    """A writer that looks at the stages too: its ``tap`` is given each stage's stream, as by ``captioner.Tap``."""

    def tap(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass on the stream that leaves ``stage``."""
        ...


@runtime_checkable
class LongEnded(Protocol):
    """A writer whose end is too long for one text."""

    def finish_pieces(self) -> Iterator[str]:
        """Yield what :meth:`Writer.finish` returns, in pieces."""
        ...


def end_pieces(writer: Writer) -> Iterator[str]:
    """Yield the end of a file, in pieces where the writer has them."""
    if isinstance(writer, LongEnded):
        yield from writer.finish_pieces()
    else:
        yield writer.finish()


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """A kind of track file."""

    name: str
    suffixes: tuple[str, ...]
    """In lower case, with the dot; the first is the usual one."""
    description: str
    writer: Callable[[TrackInfo], Writer]


@dataclass(frozen=True, slots=True)
class Shown:
    """A cue as every format shows it."""

    number: int
    """Counts the cues written, from 1."""
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    """One at least; clean, none empty."""


class TrackWriter:
    """Base of the writers: numbers cues, rounds times, cleans lines, leaves out what can't be shown."""

    def __init__(self, info: TrackInfo | None = None) -> None:
        self._info = info or TrackInfo()
        self._count = 0
        self._last_ms = 0

    @property
    def count(self) -> int:
        """How many cues were taken so far; those that can't be shown don't count."""
        return self._count

    def begin(self) -> str:
        """Return what comes before the first cue: nothing, unless a format says otherwise."""
        return ""

    def cue(self, cue: Cue) -> str:
        """Return the text of one cue; "" for one without visible lines or that ends before it begins.

        Negative times are moved to 0. Raises ValueError when the cue starts before the last one.
        """
        start_ms, end_ms = max(0, to_ms(cue.start_s)), to_ms(cue.end_s)
        lines = tuple(line for line in map(one_line, cue.lines) if line)
        if not lines or end_ms <= start_ms:
            _log.warning("a cue without text or duration was left out, at %s ms", start_ms)
            return ""
        if start_ms < self._last_ms:
            raise ValueError(f"cues must come in order: {start_ms} ms after {self._last_ms} ms")
        self._count, self._last_ms = self._count + 1, start_ms
        return self.block(Shown(self._count, start_ms, end_ms, lines), cue)

    def finish(self) -> str:
        """Return what comes after the last cue: nothing, unless a format says otherwise."""
        return ""

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return the text of a cue that can be shown."""
        raise NotImplementedError


def render(cues: Iterable[Cue], writer: Writer) -> Iterator[str]:
    """Yield the pieces of a file, lazily: its beginning, one piece a cue, its end."""
    yield writer.begin()
    for cue in cues:
        yield writer.cue(cue)
    yield writer.finish()


def best_labels(cue: Cue) -> list[Label]:
    """Return each label of the cue's captions once, with its highest probability, most probable first."""
    best: dict[str, Label] = {}
    for label in (label for caption in cue.captions for label in caption.labels):
        if label.name not in best or label.probability > best[label.name].probability:
            best[label.name] = label
    return sorted(
        best.values(), key=lambda label: (-label.probability if isfinite(label.probability) else 0.0, label.name)
    )
