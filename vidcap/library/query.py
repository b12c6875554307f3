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
_MOST_TERMS = 32


@dataclass(frozen=True, slots=True)
class Query:
    """Expressions of FTS5; empty where there is nothing to ask for."""

    all_of: str
    """Everything must occur."""
    any_of: str
    """Something must occur; empty where that asks no more than ``all_of``."""
    none_of: str
    """What must not occur, for queries that name nothing else."""


def parse(text: str) -> Query:
    """Return the query that ``text`` means.

    >>> parse('dogs on a beach').all_of, parse('-cat "red car"').all_of
    ('"dogs" AND "beach"', '("red car") NOT ("cat")')
    >>> parse('AND ( " * : ^').all_of
    '"AND"'
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
        return Query("", "", none_of)
    without = f" NOT ({none_of})" if refused else ""
    every, some = " AND ".join(wanted), " OR ".join(wanted)
    if not refused:
        return Query(every, some if len(wanted) > 1 else "", "")
    return Query(f"({every}){without}", f"({some}){without}" if len(wanted) > 1 else "", "")
