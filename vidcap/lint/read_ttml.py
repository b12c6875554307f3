"""Reads TTML and its profiles (IMSC, DAPT, EBU-TT-D): each ``p`` is a cue, timed by itself and what it is in.

Through expat, which tells line numbers. Document types are refused: they could only define entities.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction
from xml.parsers import expat

from vidcap.lint.report import Problem, TrackCue
from vidcap.timeline import Seconds, to_ms

_TT = "http://www.w3.org/ns/ttml"
_CLOCK = re.compile(r"(\d{2,9}):(\d\d):(\d\d)(?:\.(\d{1,18})|:(\d{2,9}))?")
_OFFSET = re.compile(r"(\d{1,18}(?:\.\d{1,18})?)(h|m|s|ms|f|t)")
_UNITS_S = {"h": Fraction(3600), "m": Fraction(60), "s": Fraction(1), "ms": Fraction(1, 1000)}
_DEEPEST = 100


def read_ttml(text: str) -> tuple[list[TrackCue], list[Problem]]:
    """Return the cues of a TTML document and the mistakes in how it is written."""
    reader = _Reader()
    try:
        reader.parse(text)
    except expat.ExpatError as error:
        reader.problems.append(Problem("syntax", f"not XML: {expat.ErrorString(error.code)}", error.lineno))
    except _RefusedError as error:
        reader.problems.append(Problem("syntax", str(error), reader.line))
    return reader.cues, reader.problems


class _RefusedError(Exception):
    """What is not read, though it is XML."""


@dataclass(slots=True)
class _Rates:
    """What frames and ticks in times mean."""

    frame_rate: Fraction = Fraction(30)
    tick_rate: Fraction = Fraction(1)


@dataclass(slots=True)
class _Paragraph:
    """A ``p`` that is being read."""

    line: int
    begin_s: Seconds
    end_s: Seconds | None
    lines: list[str] = field(default_factory=lambda: [""])


class _Reader:
    """Follows the document; holds the times of the elements that are open."""

    def __init__(self) -> None:
        self.cues: list[TrackCue] = []
        self.problems: list[Problem] = []
        self._open: list[tuple[str, Seconds, Seconds | None]] = []
        self._rates = _Rates()
        self._paragraph: _Paragraph | None = None
        self._skipped = 0  # depth inside metadata
        self._expat = expat.ParserCreate(namespace_separator="|")
        self._expat.StartElementHandler = self._start
        self._expat.EndElementHandler = self._end
        self._expat.CharacterDataHandler = self._characters
        self._expat.StartDoctypeDeclHandler = self._doctype
        self._expat.buffer_text = True

    @property
    def line(self) -> int:
        """The line that is being read, from 1."""
        return self._expat.CurrentLineNumber

    def parse(self, text: str) -> None:
        """Read the document; ExpatError where it is not XML."""
        self._expat.Parse(text.encode("utf-8", "replace"), True)

    def _doctype(self, *_: object) -> None:
        raise _RefusedError("a document type is not read")

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        if not self._open and name != f"{_TT}|tt":
            raise _RefusedError(f"not TTML: the root is {name.rpartition('|')[2][:40]!r}, or of another namespace")
        if len(self._open) >= _DEEPEST:
            raise _RefusedError(f"elements are more than {_DEEPEST} deep")
        if not self._open:
            self._read_rates(attributes)
        begin_s, end_s = self._times(attributes)
        self._open.append((name, begin_s, end_s))
        local = name.removeprefix(f"{_TT}|")
        if self._paragraph is not None and (self._skipped or not name.startswith(f"{_TT}|") or local == "metadata"):
            self._skipped += 1
        elif local == "p":
            self._paragraph = _Paragraph(self.line, begin_s, end_s)
        elif local == "br" and self._paragraph is not None:
            self._paragraph.lines.append("")

    def _end(self, name: str) -> None:
        self._open.pop()
        if self._skipped:
            self._skipped -= 1
        elif name == f"{_TT}|p" and self._paragraph is not None:
            self._finish(self._paragraph)
            self._paragraph = None

    def _characters(self, text: str) -> None:
        if self._paragraph is not None and not self._skipped:
            self._paragraph.lines[-1] += text

    def _finish(self, paragraph: _Paragraph) -> None:
        if paragraph.end_s is None:
            self.problems.append(Problem("syntax", "a p that has no end, nor anything around it", paragraph.line))
            return
        lines = (" ".join(line.split()) for line in paragraph.lines)
        times = to_ms(paragraph.begin_s), to_ms(paragraph.end_s)
        self.cues.append(TrackCue(len(self.cues) + 1, paragraph.line, *times, tuple(filter(None, lines))))

    def _read_rates(self, attributes: dict[str, str]) -> None:
        parameter = f"{_TT}#parameter|"
        try:
            top, bottom = map(_whole, attributes.get(f"{parameter}frameRateMultiplier", "1 1").split())
            rate = _whole(attributes.get(f"{parameter}frameRate", "30")) * Fraction(top, bottom)
            ticks = Fraction(_whole(attributes.get(f"{parameter}tickRate", "1")))
        except (ValueError, ZeroDivisionError):
            self.problems.append(Problem("syntax", "a frame or tick rate that is not a number", self.line))
            return
        if rate > 0 and ticks > 0:
            self._rates = _Rates(rate, ticks)

    def _times(self, attributes: dict[str, str]) -> tuple[Seconds, Seconds | None]:
        """Return when an element begins and ends: counted from its parent's begin, and within it."""
        parent_begin_s, parent_end_s = self._open[-1][1:] if self._open else (Fraction(0), None)
        begin_s = parent_begin_s + (self._time(attributes, "begin") or 0)
        ends_s = [] if parent_end_s is None else [parent_end_s]
        end_s, duration_s = self._time(attributes, "end"), self._time(attributes, "dur")
        if end_s is not None:
            ends_s.append(parent_begin_s + end_s)
        if duration_s is not None:
            ends_s.append(begin_s + duration_s)
        return begin_s, min(ends_s, default=None)

    def _time(self, attributes: dict[str, str], name: str) -> Seconds | None:
        text = attributes.get(name)
        if text is None:
            return None
        time_s = _parsed(text.strip(), self._rates)
        if time_s is None:
            self.problems.append(Problem("syntax", f"{name} is not a time: {text[:40]!r}", self.line))
        return time_s


def _parsed(text: str, rates: _Rates) -> Seconds | None:
    """Return the seconds of a TTML time expression, or None.

    >>> _parsed("00:01:02.5", _Rates()), _parsed("1500ms", _Rates()), _parsed("00:00:01:15", _Rates())
    (Fraction(125, 2), Fraction(3, 2), Fraction(3, 2))
    """
    if match := _CLOCK.fullmatch(text):
        hours, minutes, seconds, fraction, frames = match.groups()
        whole = (int(hours) * 60 + int(minutes)) * 60 + int(seconds)
        part = Fraction(f"0.{fraction}") if fraction else Fraction(int(frames or 0)) / rates.frame_rate
        return whole + part if int(minutes) < 60 and int(seconds) <= 60 else None
    if match := _OFFSET.fullmatch(text):
        count, unit = Fraction(match[1]), match[2]
        if unit in _UNITS_S:
            return count * _UNITS_S[unit]
        return count / (rates.frame_rate if unit == "f" else rates.tick_rate)
    return None


def _whole(text: str) -> int:
    """Return a whole number of few digits; ValueError for anything else, such as 1e999999999."""
    if not re.fullmatch(r"\d{1,9}", text.strip()):
        raise ValueError(text)
    return int(text)
