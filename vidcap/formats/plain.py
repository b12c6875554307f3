"""Plain text: a line for each cue, with the time at which it begins. For people, and for ``grep``."""

from __future__ import annotations

from vidcap.formats.base import Shown, TrackWriter
from vidcap.timeline import clock
from vidcap.types import Cue


class PlainWriter(TrackWriter):
    """Writes plain text (.txt)."""

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return ``[hh:mm:ss.mmm] sentence``."""
        return f"[{clock(shown.start_ms)}] {' '.join(shown.lines)}\n"
