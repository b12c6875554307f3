"""What somebody typed, as a query of SQLite's FTS5; whatever it is, it is never a syntax error.

``red car`` both words, ``"red car"`` the phrase, ``-road`` not that word, ``beach*`` whatever begins so.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from vidcap.text import clean

_PART = re.compile(r'-?"[^"]*"?|\S+')
_WORD = re.compile(r"\w+")
_FUNCTION_WORDS = "a an the is are was were be and or of on in at to by for from with his her its their this that there"
_LITTLE = frozenset(_FUNCTION_WORDS.split())
"""Words that nearly every sentence has: left out where others remain, unless inside a phrase."""
_MOST_TERMS, _MOST_BUT_ONE = 32, 8


@dataclass(frozen=True, slots=True)
class Query:
    """Expressions of FTS5."""

    stages: tuple[str, ...]
    """What to ask for in turn, as long as too little is found: all words, all but one of them, any of them."""
    none_of: str
    """What must not occur, for queries that name nothing else; else empty."""


def parse(text: str) -> Query:
    """Return the query that ``text`` means.

    >>> parse('dogs on a beach').stages, parse('-cat "red car"').stages
    (('"dogs" AND "beach"', '"dogs" OR "beach"'), ('("red car") NOT ("cat")',))
    >>> parse('AND ( " * : ^').stages
    ('"AND"',)
    """
    wanted: list[str] = []
    refused: list[str] = []
    little: list[str] = []
    for part in _PART.findall(clean(text))[:_MOST_TERMS]:
        words = _WORD.findall(part)
        if not words:
            continue
        term = f'"{" ".join(words)}"' + (" *" if part.endswith("*") else "")
        if part.startswith("-"):
            refused.append(term)
        elif '"' not in part and words[0].lower() in _LITTLE:
            little.append(term)
        else:
            wanted.append(term)
    return _query(wanted or little, refused)


def _query(wanted: list[str], refused: list[str]) -> Query:
    none_of = " OR ".join(refused)
    if not wanted:
        return Query((), none_of)
    stages = [" AND ".join(wanted)]
    if 2 < len(wanted) <= _MOST_BUT_ONE:
        without_one = [wanted[:place] + wanted[place + 1 :] for place in range(len(wanted))]
        stages.append(" OR ".join(f"({' AND '.join(rest)})" for rest in without_one))
    if len(wanted) > 1:
        stages.append(" OR ".join(wanted))
    return Query(tuple(f"({stage}) NOT ({none_of})" if refused else stage for stage in stages), "")
