"""SubRip, through the ``srt`` library.

SubRip has no escapes, so what players take for markup is replaced by characters that look like it: ``-->``
by →, the ``<`` of a tag by ‹, and ``\\`` (which begins overrides such as ``{\\an8}`` and ``\\N`` in players
built on libass) by ⧵. A line of digits below another, and above one that begins like a time, is joined with it:
readers take the two for a new cue.
"""

from __future__ import annotations

import re
from datetime import timedelta

import srt

from vidcap.formats.base import Shown, TrackWriter
from vidcap.types import Cue

_ARROW = re.compile(r"-[ -]+>")
_TAG = re.compile(r"<(?=[A-Za-z/!?])")
_INDEX_BEFORE_TIME = re.compile(r"(?<=\n)(\s*-?\d+\.?\d*\s*)\n(?=\s*\d+\s*[,.:，．。：])")


class SrtWriter(TrackWriter):
    """Writes SubRip (.srt)."""

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return one numbered block and the blank line after it."""
        subtitle = srt.Subtitle(
            index=shown.number,
            start=timedelta(milliseconds=shown.start_ms),
            end=timedelta(milliseconds=shown.end_ms),
            content=_INDEX_BEFORE_TIME.sub(r"\1 ", "\n".join(map(neutral, shown.lines))),
        )
        return str(subtitle.to_srt())


def neutral(line: str) -> str:
    """Return a line with nothing in it that a player takes for an arrow, a tag or an override.

    >>> neutral("a --> b <i>c</i> 1 < 2 {\\\\an8}")
    'a → b ‹i>c‹/i> 1 < 2 {⧵an8}'
    """
    return _TAG.sub("‹", _ARROW.sub("→", line)).replace("\\", "⧵")
