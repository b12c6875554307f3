"""Sentences into lines: broken where a reader would pause, cut after a phrase where there is no room."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import accumulate, takewhile

from vidcap.cues.words import DANGLING, LINE_STARTS, PHRASE_STARTS, bare, finished, visible

_INFINITE = float("inf")
_AWKWARD = 0.6  # cost of ending a line with "the", in line widths squared
_GRACEFUL = -0.15  # cost of starting one with "on"
_LEAN = 0.04  # lines grow towards the last: the lower one should be the longer


@dataclass(frozen=True, slots=True, kw_only=True)
class Room:
    """How much text a cue can take."""

    characters: int
    """In all, with one space for each line break."""
    width: int
    """Characters in a line."""
    lines: int
    words: int | None = None


def fit(text: str, room: Room) -> tuple[str, ...]:
    """Return ``text`` in lines, as much of it as there is room for.

    What does not fit is left out from the end: phrases first, then words. A word longer than a line is split; one that
    alone is too long is cut and ends in "…". Never empty for visible text.
    """
    words = _split_long(text, room.width) or text.split()
    most = min(room.characters, room.lines * (room.width + 1) - 1)
    for shorter in _shortenings(words, most, room.words):
        pieces = _split_long(shorter, room.width)
        lines = break_lines(pieces, room.width, room.lines)
        if lines and sum(map(len, lines)) + len(lines) - 1 <= most and len(pieces) <= (room.words or len(pieces)):
            return lines
    return (_cut(words[0], min(most, room.width)),)


def break_lines(words: list[str], width: int, max_lines: int) -> tuple[str, ...]:
    """Return the words in as few lines as will do, balanced and breaking well; () where they don't fit."""
    for count in range(1, max_lines + 1):
        breaks = _best_breaks(words, width, count)
        if breaks:
            starts = [0, *breaks[:-1]]
            return tuple(" ".join(words[a:b]) for a, b in zip(starts, breaks, strict=True))
    return ()


def _best_breaks(words: list[str], width: int, count: int) -> tuple[int, ...]:
    """Return where each of ``count`` lines ends; () if they don't fit. Dynamic programming."""
    ends = list(accumulate((len(word) + 1 for word in words), initial=0))
    mean = (ends[-1] - 1) / count
    best: dict[int, tuple[float, tuple[int, ...]]] = {0: (0.0, ())}
    for line in range(count):
        target = mean * (1 + _LEAN * (2 * line - count + 1))
        following: dict[int, tuple[float, tuple[int, ...]]] = {}
        for start, (cost, breaks) in best.items():
            for end in range(start + 1, len(words) + 1):
                length = ends[end] - ends[start] - 1
                if length > width:
                    break
                total = cost + ((length - target) / width) ** 2 + _break_cost(words, end)
                if total < following.get(end, (_INFINITE, ()))[0]:
                    following[end] = (total, (*breaks, end))
        best = following
    return best.get(len(words), (0.0, ()))[1]


def _break_cost(words: list[str], end: int) -> float:
    if end == len(words):
        return 0.0
    if bare(words[end - 1]) in DANGLING:
        return _AWKWARD
    return _GRACEFUL if bare(words[end]) in LINE_STARTS or words[end - 1][-1] in ",;:.!?" else 0.0


def _shortenings(words: list[str], room: int, most_words: int | None) -> Iterator[str]:
    """Yield the sentence, then ever shorter ones: cut before a phrase, then between any words; ``room`` characters."""
    most = min(_count_within(words, room), most_words or len(words))
    if most == len(words):
        yield " ".join(words)
        most -= 1
    yield from _sentences([n for n in range(most, 0, -1) if _ends_phrase(words, n)], words, room)
    yield from _sentences([n for n in range(most, 0, -1) if not _ends_phrase(words, n)], words, room)


def _count_within(words: list[str], room: int) -> int:
    """Return how many of the words, with a space between them, take at most ``room`` characters."""
    lengths = accumulate(len(word) + 1 for word in words)
    return sum(1 for _ in takewhile(lambda length: length - 1 <= room, lengths))


def _sentences(counts: list[int], words: list[str], room: int) -> Iterator[str]:
    for count in counts:
        shorter = finished(words[:count])
        if shorter and len(shorter) <= room:
            yield shorter


def _ends_phrase(words: list[str], kept: int) -> bool:
    return bare(words[kept]) in PHRASE_STARTS or words[kept - 1][-1] in ",;:.!?"


def _split_long(text: str, width: int) -> list[str]:
    """Return the words, those longer than a line in pieces; pieces that hold nothing to read are left out."""
    return [
        word[i : i + width]
        for word in text.split()
        for i in range(0, len(word), width)
        if visible(word[i : i + width]) and (i == 0 or i + 1 < len(word) or word[i].isalnum())  # no "." of its own
    ]


def _cut(word: str, max_chars: int) -> str:
    return word if len(word) <= max_chars else word[: max_chars - 1] + "…"
