"""What a word is to a track: how alike two sentences are, where one may be broken, how it begins and ends."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from fractions import Fraction

from vidcap.text import one_line


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_TOKEN = re.compile(r"\w+(?:['’]\w+)*")
_ARTICLES = _set("a an the")
_FILLERS = _ARTICLES | _set("is are was were be there")
_DETERMINERS = _ARTICLES | _set("his her its their some several many two three four five another this that")
_PREPOSITIONS = _set(
    "about above across after against along among around as at before behind below beneath beside between by"
    " down during for from in inside into near of off on onto out outside over past through throughout to"
    " toward towards under until up upon with within without"
)
_JOINERS = _set("and or but while that which who whose where when because so then")
_AUXILIARIES = _set("is are was were be been being has have had can could will would do does")

DANGLING = _DETERMINERS | _PREPOSITIONS | _JOINERS | _AUXILIARIES
"""Words that no line and no sentence should end with."""
LINE_STARTS = _PREPOSITIONS | _JOINERS
"""Words that begin a new line well."""
PHRASE_STARTS = LINE_STARTS | _DETERMINERS | _AUXILIARIES
"""Words before which a sentence may be cut short."""

_VISIBLE = "LNPS"


def bare(word: str) -> str:
    """Return a word in lower case, without the punctuation around it."""
    return word.strip(".,;:!?…\"'()[]").casefold()


def visible(text: str) -> bool:
    """Tell whether anything in ``text`` can be seen (joiners and combining marks alone can't)."""
    return any(unicodedata.category(c)[0] in _VISIBLE for c in text)


def sentence(text: str) -> str:
    """Return ``text`` on one clean line in sentence case with a full stop, or "" where nothing can be seen.

    A full stop is added to scripts with capitals only, and only after a letter or digit.

    >>> sentence(" a dog runs on\\tgrass "), sentence("Is it?"), sentence("42")
    ('A dog runs on grass.', 'Is it?', '42')
    """
    line = one_line(text)
    if not visible(line):
        return ""
    first = line[0].upper()
    line = (first if len(first) == 1 else line[0]) + line[1:]
    cased = any(c.isupper() or c.islower() for c in line)
    return line + "." if cased and line[-1].isalnum() else line


def similarity(one: str, other: str) -> Fraction:
    """Return the part of their words that two sentences share, 0 to 1, by Dice's measure.

    Articles and forms of "be" don't count.

    >>> similarity("A man rides a horse.", "the man is riding a horse")
    Fraction(2, 3)
    """
    left, right = _tokens(one), _tokens(other)
    total = left.total() + right.total()
    if not left or not right:
        return Fraction(int(one.casefold() == other.casefold()))
    return Fraction(2 * (left & right).total(), total)


def _tokens(text: str) -> Counter[str]:
    return Counter(token for token in _TOKEN.findall(text.casefold()) if token not in _FILLERS)


def finished(words: list[str]) -> str:
    """Return the words as a sentence, without the dangling ones and commas at its end; "" if none is left."""
    kept = list(words)
    while kept and bare(kept[-1]) in DANGLING:
        kept.pop()
    return sentence(" ".join(kept).rstrip(",;:- ")) if kept else ""
