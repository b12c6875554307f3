"""Cuts captions into the tokens that scores compare, without Java: lower case, words as the Penn Treebank cuts them,
punctuation left out, as the tokenizer of pycocoevalcap does.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"""
    (?P<word> [^\W_]+ (?: [-'’_&.] [^\W_]+ )* )
    """,
    re.VERBOSE,
)
_CONTRACTION = re.compile(r"(.+?)(n['’]t|['’](?:s|m|d|ll|re|ve))$")


def tokenize(text: str) -> list[str]:
    """Return the tokens of a caption."""
    tokens: list[str] = []
    for match in _TOKEN.finditer(text.lower()):
        word = match["word"]
        split = _CONTRACTION.match(word)
        tokens.extend(split.groups() if split else (word,))
    return tokens
