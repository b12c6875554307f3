"""Small strict readers, to check what the writers write."""

from __future__ import annotations

import re
from typing import NamedTuple

_TIMES = re.compile(r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3}) --> (\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})")
_REFERENCES = {"&amp;": "&", "&lt;": "<", "&gt;": ">"}


class Parsed(NamedTuple):
    start_ms: int
    end_ms: int
    lines: tuple[str, ...]


def _ms(hours: str, minutes: str, seconds: str, thousandths: str) -> int:
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(thousandths)


def parse_vtt(text: str) -> list[Parsed]:
    """Read WebVTT without settings, comments or tags; ValueError for anything else."""
    if not text.startswith("WEBVTT\n\n") or "\r" in text or "\x00" in text:
        raise ValueError("no header")
    blocks = text[len("WEBVTT\n\n") :].split("\n\n")
    if blocks.pop() != "":
        raise ValueError("the last cue has no blank line after it")
    return [_vtt_cue(block) for block in blocks]


def _vtt_cue(block: str) -> Parsed:
    times, *payload = re.sub(r"^extended-\d+\n", "", block).split("\n")
    match = _TIMES.fullmatch(times)
    if match is None or not payload:
        raise ValueError(f"not a cue: {block!r}")
    for line in payload:
        if not line or "-->" in line or "<" in line or ">" in line or re.search(r"&(?!amp;|lt;|gt;)", line):
            raise ValueError(f"not escaped: {line!r}")
    lines = tuple(re.sub("&amp;|&lt;|&gt;", lambda found: _REFERENCES[found[0]], line) for line in payload)
    return Parsed(_ms(*match.groups()[:4]), _ms(*match.groups()[4:]), lines)
