"""WebVTT, as the W3C defines it: https://www.w3.org/TR/webvtt1/.

A cue for which the film must be stopped has an identifier that says so, ``extended-3``: scripts see it as ``cue.id``.
That a track holds descriptions is said where it is used (``<track kind="descriptions">``), not in the file.
"""

from __future__ import annotations

from vidcap.formats.base import Shown, TrackWriter
from vidcap.timeline import clock
from vidcap.types import Cue

_ESCAPES = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})


class VttWriter(TrackWriter):
    """Writes WebVTT (.vtt)."""

    def begin(self) -> str:
        """Return the header and the blank line that it needs."""
        return "WEBVTT\n\n"

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return the times, the escaped lines and a blank line."""
        times = f"{clock(shown.start_ms)} --> {clock(shown.end_ms)}"
        if cue.is_extended:
            times = f"extended-{shown.number}\n{times}"
        return "\n".join([times, *map(escaped, shown.lines), "", ""])


def escaped(line: str) -> str:
    """Return a line with ``&``, ``<`` and ``>`` as character references, so that no arrow or tag is left.

    >>> escaped("AT&T <b> -->")
    'AT&amp;T &lt;b&gt; --&gt;'
    """
    return line.translate(_ESCAPES)
