"""What a case is, and what is looked at in every one."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from tests.cases.running import MOST_RSS_MB, Outcome, Word
from tests.cases.workshop import Workshop
from vidcap.text import one_line

NEAR_S = 0.3
TRACK = "track.vtt"

Name = str | bytes
Build = Callable[[Workshop, Path], object]


@dataclass(frozen=True, kw_only=True)
class Case:
    """An input and what must come of it."""

    kind: str
    name: Name
    """Of the file; may hold a folder."""
    what: str
    """What is odd about it."""
    right: str
    """What vidcap makes of it."""
    build: Build
    code: int = 0
    cues: tuple[int, int] | None = None
    cuts_s: tuple[float, ...] | None = None
    end_s: float | None = None
    first_s: float | None = None
    says: str = ""
    """What standard error must hold."""
    options: tuple[str, ...] = ()
    word: Word | None = None
    """What stands on the command line, if not the path of the file."""


def three(
    kind: str,
    name: str | bytes,
    what: str,
    build: Callable[[Workshop, Path], None],
    right: str = "as any film",
    **more: object,
) -> Case:
    """A film of three scenes that must be seen as such: cuts at 2 and 4 s, end at 6 s."""
    usual: dict[str, object] = {"cues": (3, 3), "cuts_s": (2, 4), "end_s": 6}
    return Case(kind=kind, name=name, what=what, right=right, build=build, **(usual | more))  # type: ignore[arg-type]


def refused(
    kind: str, name: str | bytes, what: str, build: Callable[[Workshop, Path], None], says: str, **more: object
) -> Case:
    """An input that must be refused in one line that says ``says``."""
    usual: dict[str, object] = {"code": 1, "cues": (0, 0), "says": says, "right": f"refused: “{says}”"}
    return Case(kind=kind, name=name, what=what, build=build, **(usual | more))  # type: ignore[arg-type]


def check_outcome(outcome: Outcome, code: int | None, made: tuple[str, ...], name: str) -> None:
    """Check what holds for every run: the code, one line for an error, no traceback, no stray file, memory, time."""
    said = outcome.said
    assert "Traceback" not in said
    assert code is None or outcome.code == code, said
    assert outcome.code in (0, 1), said
    assert outcome.rss_mb < MOST_RSS_MB
    assert not controls((outcome.out + outcome.err).decode("utf-8"))
    errors = [line for line in said.splitlines() if not line.startswith("vidcap: warning: ")]
    if outcome.code == 0:
        assert not errors, said
        assert made == (TRACK,)
        return
    assert made in ((), (TRACK.replace(".", ".partial."),))
    assert len(errors) == 1, said
    assert errors[0].startswith("vidcap: "), said
    assert shown(name) in errors[0], said


def controls(text: str) -> set[str]:
    """Return the characters in it that a terminal may obey, line feeds aside."""
    return {character for character in text if character != "\n" and unicodedata.category(character) == "Cc"}


def shown(name: str) -> str:
    """Return a name as it is shown."""
    return one_line(name)


def check_times(case: Case, outcome: Outcome) -> None:
    """Check the number of cues, that they lie in order within the film, and where the first begins."""
    cues = outcome.cues
    if case.cues is not None:
        assert case.cues[0] <= len(cues) <= case.cues[1], outcome.said
    times_ms = [(cue["start_ms"], cue["end_ms"]) for cue in cues]
    assert all(0 <= start < end for start, end in times_ms)
    assert all(one[1] <= two[0] for one, two in pairwise(times_ms))
    if case.end_s is not None and cues:
        assert times_ms[-1][1] / 1000 <= case.end_s + NEAR_S
    if case.first_s is not None:
        assert abs(times_ms[0][0] / 1000 - case.first_s) <= NEAR_S


def check_shots(case: Case, shots: list[dict[str, float]]) -> None:
    """Check cuts and length against what ``vidcap shots --json`` lists."""
    found = [round(shot["start_s"], 3) for shot in shots[1:]]
    if case.cuts_s is not None:
        assert len(found) == len(case.cuts_s), found
        assert all(abs(one - two) <= NEAR_S for one, two in zip(found, case.cuts_s, strict=True)), found
    if case.end_s is not None:
        assert abs(shots[-1]["end_s"] - case.end_s) <= NEAR_S, shots[-1]
