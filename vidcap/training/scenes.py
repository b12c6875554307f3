"""Which lines of a text speak of the same scene.

Sets of captions keep what was said of one picture or clip together. Knowing it is worth much: what most of a scene's
captions mention is what a recogniser could see, and what they agree on is how it should be said.
"""

from __future__ import annotations

import math
from collections import Counter, deque
from collections.abc import Iterator, Sequence

from vidcap.model.stems import FUNCTION_WORDS, stem_map

_REACH = 10
"""Lines compared on either side of a possible boundary."""
_APART = 8
"""Lines between two boundaries, at least."""
_BELOW = 0.2
"""Cosine under which neighbours speak of different things; in MSVD boundaries lie near 0.05, scenes near 0.5."""
_RARE = 0.1
"""Share of the lines from which on a word says nothing about the scene."""


def scene_bounds(rows: Sequence[Sequence[str]], rule: str) -> list[int]:
    """Return where the scenes of ``rows`` (lines cut into words) begin, and ``len(rows)`` at the end.

    ``rule`` is ``line`` (each speaks of its own), a number of lines, or ``auto``: a boundary is where the lines before
    and after share hardly any words (the smallest cosine of the two sides' rare words among its neighbours).
    """
    if rule == "auto":
        return [0, *_boundaries(rows), len(rows)]
    step = 1 if rule == "line" else int(rule)
    return [*range(0, len(rows), step), len(rows)]


def check_rule(rule: str) -> None:
    """Raise ValueError unless ``rule`` is one that :func:`scene_bounds` knows."""
    if rule not in ("line", "auto") and not (rule.isdigit() and int(rule) > 0):
        raise ValueError(f"a scene is line, auto or a number of lines: {rule!r}")


def _boundaries(rows: Sequence[Sequence[str]]) -> Iterator[int]:
    likeness = list(_likeness(_rare_words(rows)))
    for place, value in enumerate(likeness):
        if value < _BELOW and _REACH <= place <= len(rows) - _REACH:
            near = likeness[max(0, place - _APART) : place + _APART + 1]
            # Of equal values the first counts, or a broad valley would be cut twice.
            if value == min(near) and value not in likeness[max(0, place - _APART) : place]:
                yield place


def _rare_words(rows: Sequence[Sequence[str]]) -> list[dict[str, float]]:
    """Return the telling words of each line with their inverse document frequency."""
    stems = stem_map(Counter(word for row in rows for word in row))
    sets = [{stems.get(word, word) for word in row} - FUNCTION_WORDS for row in rows]
    counts = Counter(word for found in sets for word in found)
    weight = {w: math.log(len(rows) / n) for w, n in counts.items() if 3 <= n < max(_RARE * len(rows), 4)}
    return [{word: weight[word] for word in found if word in weight} for found in sets]


def _likeness(lines: Sequence[dict[str, float]]) -> Iterator[float]:
    """Yield, for each line, the cosine of the words before it and of those from it on."""
    before: deque[dict[str, float]] = deque(maxlen=_REACH)
    for place, line in enumerate(lines):
        yield _cosine(before, lines[place : place + _REACH])
        before.append(line)


def _cosine(a: Sequence[dict[str, float]], b: Sequence[dict[str, float]]) -> float:
    left, right = _summed(a), _summed(b)
    norm = math.sqrt(sum(left.values()) * sum(right.values()))
    return sum(math.sqrt(value * right[word]) for word, value in left.items() if word in right) / norm if norm else 0.0


def _summed(lines: Sequence[dict[str, float]]) -> dict[str, float]:
    """Return the words' summed weights: squares of the vector's entries, so that one word many times does not rule."""
    total: dict[str, float] = {}
    for line in lines:
        for word, value in line.items():
            total[word] = total.get(word, 0.0) + value
    return total
