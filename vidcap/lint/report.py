"""What a check of a track says."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import Any

from vidcap.timeline import clock


@dataclass(frozen=True, slots=True)
class TrackCue:
    """A cue as a file has it, right or wrong."""

    number: int
    """Counts the cues of the file, from 1."""
    line: int
    """Line of the file where its times are, from 1."""
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]
    """As shown: tags removed, references resolved."""

    @property
    def text(self) -> str:
        """The lines joined by spaces: what reading speed is counted on."""
        return " ".join(self.lines)

    @property
    def duration_ms(self) -> int:
        """Length in milliseconds; 0 or less is a mistake of the file."""
        return self.end_ms - self.start_ms


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in a track."""

    rule: str
    """Short name of the rule that is broken, such as ``reading-speed``."""
    message: str
    line: int
    """Line of the file, from 1."""
    is_error: bool = True
    """False for what a player or a checker may well accept."""
    cue: TrackCue | None = None

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return "error" if self.is_error else "warning"

    def record(self) -> dict[str, Any]:
        """Return the problem as plain values, for JSON."""
        place = {} if self.cue is None else {"cue": self.cue.number, "start": clock(max(0, self.cue.start_ms))}
        return {"severity": self.severity, "rule": self.rule, "line": self.line, **place, "message": self.message}


@dataclass(frozen=True, slots=True)
class Report:
    """All that was found in one track."""

    path: str
    profile: str
    cue_count: int
    problems: tuple[Problem, ...]
    """In the order of the file."""

    @property
    def errors(self) -> int:
        """How many problems are errors."""
        return sum(problem.is_error for problem in self.problems)

    @property
    def warnings(self) -> int:
        """How many problems are warnings."""
        return len(self.problems) - self.errors

    @property
    def is_clean(self) -> bool:
        """Whether there is no error; warnings are allowed."""
        return not self.errors

    def record(self) -> dict[str, Any]:
        """Return the report as plain values, for JSON."""
        return {
            "path": self.path,
            "profile": self.profile,
            "cues": self.cue_count,
            "errors": self.errors,
            "warnings": self.warnings,
            "rules": dict(sorted(Counter(problem.rule for problem in self.problems).items())),
            "problems": [problem.record() for problem in self.problems],
        }
