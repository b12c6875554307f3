"""Reads WebVTT block by block, as https://www.w3.org/TR/webvtt1/ describes it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

from vidcap.lint.report import Problem, TrackCue

_TIME = r"(?:(\d{2,9}):)?([0-5]\d):([0-5]\d)\.(\d{3})"
_TIMES = re.compile(rf"{_TIME}[ \t]+-->[ \t]+{_TIME}([ \t].*)?")
_HEADER = re.compile(r"WEBVTT(?:[ \t].*)?")
_OTHER = re.compile(r"(NOTE|STYLE|REGION)(?:[ \t].*)?")
_TAG = re.compile(r"<[^>]*>?")
_BARE_AMPERSAND = re.compile(r"&(?!#?\w+;)")


def read_vtt(text: str) -> tuple[list[TrackCue], list[Problem]]:
    """Return the cues of WebVTT text and the mistakes in how it is written."""
    lines = text.split("\n")
    problems = list(_header_problems(lines))
    cues: list[TrackCue] = []
    header_end = next((i for i, line in enumerate(lines) if not line.strip() or "-->" in line), len(lines))
    start = header_end if _HEADER.fullmatch(lines[0]) else 0
    for at, block in _blocks(lines, start):
        times = next((i for i, line in enumerate(block[:2]) if "-->" in line), None)
        if times is None:
            problems += _other_problems(block, at)
            continue
        match = _TIMES.fullmatch(block[times].rstrip())
        if match is None:
            message = f"not times as hh:mm:ss.mmm --> hh:mm:ss.mmm: {block[times].strip()[:60]!r}"
            problems.append(Problem("syntax", message, at + times + 1))
            continue
        fields = match.groups()
        shown = tuple(filter(None, (_shown(line) for line in block[times + 1 :])))
        cues.append(TrackCue(len(cues) + 1, at + times + 1, _ms(fields[:4]), _ms(fields[4:8]), shown))
        problems += _payload_problems(block[times + 1 :], at + times + 1)
    return cues, problems


def _blocks(lines: list[str], start: int) -> Iterator[tuple[int, list[str]]]:
    """Yield the runs of lines that are not blank, with the index of the first."""
    block: list[str] = []
    for i in range(start, len(lines) + 1):
        if i < len(lines) and lines[i].strip():
            block.append(lines[i])
        elif block:
            yield i - len(block), block
            block = []


def _shown(line: str) -> str:
    return unescape(_TAG.sub("", line)).strip()


def _ms(fields: tuple[str | None, ...]) -> int:
    hours, minutes, seconds, thousandths = (int(field or 0) for field in fields)
    return ((hours * 60 + minutes) * 60 + seconds) * 1000 + thousandths


def _header_problems(lines: list[str]) -> Iterator[Problem]:
    if not _HEADER.fullmatch(lines[0]):
        yield Problem("syntax", "the first line is not WEBVTT", 1)
    elif len(lines) > 1 and lines[1].strip():
        if "-->" in lines[1]:
            yield Problem("syntax", "no blank line after WEBVTT", 2)
        else:
            yield Problem("syntax", f"a header that players ignore or refuse: {lines[1].strip()[:40]!r}", 2, False)


def _other_problems(block: list[str], at: int) -> Iterator[Problem]:
    if not _OTHER.fullmatch(block[0]):
        yield Problem("syntax", f"text that belongs to no cue: {block[0].strip()[:40]!r}", at + 1)


def _payload_problems(payload: list[str], at: int) -> Iterator[Problem]:
    for i, line in enumerate(payload, at + 1):
        if "-->" in line:
            yield Problem("syntax", "an arrow --> in the text", i)
        if _BARE_AMPERSAND.search(line):
            yield Problem("syntax", "an & that is not written &amp;", i, False)
        if line.count("<") != line.count(">"):
            yield Problem("syntax", "a < that is not written &lt;: players drop what follows", i)
