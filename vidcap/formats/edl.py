"""CMX 3600 edit decision list with a marker for each cue, for editing programs.

Each cue is an event followed by its marker twice: as a locator (``* LOC:``, read by Avid and OpenTimelineIO) and in the
notation that DaVinci Resolve imports as timeline markers (``|C: |M: |D:``). Timecode counts the frames of
``TrackInfo.frame_rate``, without drop-frame, from 00:00:00:00, and starts again after 24 hours.
"""

from __future__ import annotations

from fractions import Fraction

from vidcap.formats.base import Shown, TrackWriter
from vidcap.text import one_line
from vidcap.types import Cue


class EdlWriter(TrackWriter):
    """Writes an edit decision list of markers (.edl)."""

    def begin(self) -> str:
        """Return the title and the kind of timecode."""
        return f"TITLE: {one_line(self._info.title) or 'Descriptions'}\nFCM: NON-DROP FRAME\n\n"

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return one event with its marker and a blank line."""
        rate = self._info.frame_rate
        start = frame_at(shown.start_ms, rate)
        end = max(start + 1, frame_at(shown.end_ms, rate))
        first, last = timecode(start, rate), timecode(end, rate)
        text = " ".join(shown.lines).replace("|", "¦")
        colour = "Red" if cue.is_extended else "Blue"
        return (
            f"{shown.number:03}  AX       V     C        {first} {last} {first} {last}\n"
            f"* LOC: {first} {colour.upper():<7} {text}\n"
            f" |C:ResolveColor{colour} |M:{text} |D:{end - start}\n\n"
        )


def frame_at(time_ms: int, rate: Fraction) -> int:
    """Return the number of the frame that starts nearest to a time, halves rounded up."""
    return int(time_ms * rate / 1000 + Fraction(1, 2))


def timecode(frame: int, rate: Fraction) -> str:
    """Return ``hh:mm:ss:ff`` of a frame, counted at the nearest whole rate (30 for 29.97).

    >>> timecode(1800, Fraction(30000, 1001)), timecode(90_000, Fraction(25))
    ('00:01:00:00', '01:00:00:00')
    """
    nominal = max(1, int(rate + Fraction(1, 2)))
    seconds, frames = divmod(frame, nominal)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours % 24:02}:{minutes:02}:{seconds:02}:{frames:02}"
