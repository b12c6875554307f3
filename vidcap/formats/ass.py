"""Advanced SubStation Alpha, through ``pysubs2``.

ASS has no escapes that all players know, so what begins an override is replaced by characters that look like it:
``\\`` by ⧵, ``{`` and ``}`` by ｛ and ｝. Times are in hundredths of a second: milliseconds rounded once more.
The canvas is the film's picture where its size is known, so letters are as large in a tall film as in a wide one.
pysubs2 stops at ten hours; players do not, and neither do we.
"""

from __future__ import annotations

import pysubs2

from vidcap.formats.base import Shown, TrackWriter
from vidcap.text import one_line
from vidcap.types import Cue

_CANVAS = 1280, 720
_LOOKALIKES = str.maketrans({"\\": "⧵", "{": "｛", "}": "｝"})


class AssWriter(TrackWriter):
    """Writes Advanced SubStation Alpha (.ass)."""

    def begin(self) -> str:
        """Return everything before the first event: title, canvas, one style."""
        script = pysubs2.SSAFile()
        script.info["Title"] = one_line(self._info.title)
        width, height = self._info.width_px or _CANVAS[0], self._info.height_px or _CANVAS[1]
        script.info.update({"WrapStyle": "0", "PlayResX": str(width), "PlayResY": str(height)})
        size = min(height / 15, width / 24)  # 42 letters fit into a line, two lines into a sixth of the picture
        script.styles["Default"] = pysubs2.SSAStyle(
            fontsize=round(size, 1),
            outline=round(size / 19, 1),
            shadow=0,
            marginv=round(height / 18),
            marginl=10,
            marginr=10,
        )
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
