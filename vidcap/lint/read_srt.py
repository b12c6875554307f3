"""Reads SubRip line by line."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vidcap.lint.report import Problem, TrackCue

_TIME = r"(\d{1,9}):(\d{1,9}):(\d{1,9})([,.])(\d{1,9})"
_TIMES = re.compile(rf"\s*{_TIME}\s*-->\s*{_TIME}(.*)")
_NUMBER = re.compile(r"\s*\d{1,18}\s*")
_MARKUP = re.compile(r"</?[A-Za-z][^>]*>|\{\\[^}]*\}")


def read_srt(text: str) -> tuple[list[TrackCue], list[Problem]]:
    """Return the cues of SubRip text and the mistakes in how it is written."""
    lines = text.split("\n")
    problems: list[Problem] = []
    times = [i for i, line in enumerate(lines) if _TIMES.fullmatch(line)]
    problems += [
        Problem("syntax", f"these times can't be read: {line.strip()[:60]!r}", i + 1)
        for i, line in enumerate(lines)
        if "-->" in line and not _TIMES.fullmatch(line)
    ]
    if not times and text.strip():
        problems.append(Problem("syntax", "no cue was found", 1))
    cues = []
    for number, at in enumerate(times, 1):
        end = _numbered(lines, times[number]) if number < len(times) else len(lines)
        cues.append(_cue(lines, at, end, number))
        problems += _times_problems(lines[at], at)
        problems += _text_problems(lines, at, end)
        problems += _number_problems(lines, at, number)
    return cues, problems


def _numbered(lines: list[str], at: int) -> int:
    """Return where the cue with times at a line begins: at the number before them, if there is one."""
    return at - 1 if at and _NUMBER.fullmatch(lines[at - 1]) else at


def _cue(lines: list[str], at: int, end: int, number: int) -> TrackCue:
    match = _TIMES.fullmatch(lines[at])
    assert match is not None
    fields = match.groups()
    shown = [_MARKUP.sub("", line).strip() for line in _until_blank(lines[at + 1 : end])]
    return TrackCue(number, at + 1, _ms(fields[:5]), _ms(fields[5:10]), tuple(filter(None, shown)))


def _until_blank(lines: list[str]) -> list[str]:
    blank = next((i for i, line in enumerate(lines) if not line.strip()), len(lines))
    return lines[:blank]


def _ms(fields: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, _, fraction = (field or "0" for field in fields)
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(fraction[:3].ljust(3, "0"))


def _times_problems(line: str, at: int) -> Iterator[Problem]:
    match = _TIMES.fullmatch(line)
    assert match is not None
    fields = match.groups()
    for hours, minutes, seconds, mark, fraction in (fields[:5], fields[5:10]):
        shown = f"{hours}:{minutes}:{seconds}{mark}{fraction}"
        if len(minutes) != 2 or len(seconds) != 2 or int(minutes) > 59 or int(seconds) > 59 or len(fraction) != 3:
            yield Problem("syntax", f"not a time as hh:mm:ss,mmm: {shown[:40]}", at + 1)
        elif mark == ".":
            yield Problem("syntax", f"a point where SubRip has a comma: {shown[:40]}", at + 1, False)


def _text_problems(lines: list[str], at: int, end: int) -> Iterator[Problem]:
    """Find text after a blank line: players show it or not."""
    shown = len(_until_blank(lines[at + 1 : end]))
    for i in range(at + 1 + shown, end):
        if lines[i].strip() and "-->" not in lines[i]:
            yield Problem("syntax", f"text after a blank line belongs to no cue: {lines[i].strip()[:40]!r}", i + 1)
            return


def _number_problems(lines: list[str], at: int, number: int) -> Iterator[Problem]:
    if at == 0 or not _NUMBER.fullmatch(lines[at - 1]):
        yield Problem("syntax", "no number on the line before the times", at + 1)
    elif int(lines[at - 1]) != number:
        yield Problem("numbering", f"numbered {lines[at - 1].strip()[:20]}, but it is cue {number}", at, False)
    elif at > 1 and lines[at - 2].strip():
        yield Problem("syntax", "no blank line before the number", at)
