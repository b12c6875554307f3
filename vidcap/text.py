"""Text that is safe to show: control characters and escape sequences neutralised."""

from __future__ import annotations

import unicodedata

_UNSAFE = {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
_KEPT = {"\u200d", "\u200c"}  # joiners are part of emoji and of some scripts


def clean(text: str) -> str:
    """Return ``text`` with each control, format, surrogate and private-use character replaced by a space.

    Escape sequences (ESC, C1, BEL), bidirectional overrides, byte order marks and line breaks can't survive it.
    """
    return "".join(c if c in _KEPT or unicodedata.category(c) not in _UNSAFE else " " for c in text)


def one_line(text: str) -> str:
    """Return ``text`` as one printable line: :func:`clean`, with runs of white space folded to one space."""
    return " ".join(clean(text).split())


def no_formula(text: str) -> str:
    """Return a text that no spreadsheet takes for a formula.

    >>> no_formula("=1+1"), no_formula("1+1")
    ("'=1+1", '1+1')
    """
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text
