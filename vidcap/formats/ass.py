"""Advanced SubStation Alpha, through ``pysubs2``.

ASS has no escapes that all players know, so what begins an override is replaced by characters that look like it:
``\\`` by ⧵, ``{`` and ``}`` by ｛ and ｝. Times are in hundredths of a second: milliseconds rounded once more.
pysubs2 stops at ten hours; players do not, and neither do we.
"""

from __future__ import annotations

import pysubs2

from vidcap.formats.base import Shown, TrackWriter
from vidcap.text import one_line
from vidcap.types import Cue

_LOOKALIKES = str.maketrans({"\\": "⧵", "{": "｛", "}": "｝"})


class AssWriter(TrackWriter):
    """Writes Advanced SubStation Alpha (.ass)."""

    def begin(self) -> str:
        """Return everything before the first event: title, canvas, one style."""
        script = pysubs2.SSAFile()
        script.info["Title"] = one_line(self._info.title)
        script.info.update({"WrapStyle": "2", "PlayResX": "1280", "PlayResY": "720"})
        script.styles["Default"] = pysubs2.SSAStyle(fontsize=48, outline=2.5, shadow=0, marginv=40)
        return script.to_string("ass", header_notice="")

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return one event."""
        start = _hundredths(shown.start_ms)
        end = max(start + 1, _hundredths(shown.end_ms))
        name = "extended" if cue.is_extended else ""  # what editors show as the actor
        text = "\\N".join(map(neutral, shown.lines))
        return f"Dialogue: 0,{_clock(start)},{_clock(end)},Default,{name},0,0,0,,{text}\n"


def _hundredths(time_ms: int) -> int:
    return (time_ms + 5) // 10


def _clock(time: int) -> str:
    seconds, hundredths = divmod(time, 100)
    minutes, seconds = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}.{hundredths:02}"


def neutral(line: str) -> str:
    """Return a line with nothing in it that a player takes for an override.

    >>> neutral("{\\\\an8} a\\\\Nb")
    '｛⧵an8｝ a⧵Nb'
    """
    return line.translate(_LOOKALIKES)
