"""DAPT, the W3C's profile of TTML2 for audio description: https://www.w3.org/TR/dapt/.

The script says what is seen (``visual.nonText``), before anybody has spoken it (``preRecording``); it is not translated
from any language (``zxx``). Each cue is a script event: a ``div`` with an identifier and times, its text in a ``p``. An
event for which the film must be stopped says so in a description of our own type, ``x-extended``: DAPT has no word for
it, but leaves room.
"""

from __future__ import annotations

from html import escape

from vidcap.formats.base import Shown, TrackWriter
from vidcap.text import one_line
from vidcap.timeline import clock
from vidcap.types import Cue

_HEAD = """\
<?xml version="1.0" encoding="UTF-8"?>
<tt xmlns="http://www.w3.org/ns/ttml"
    xmlns:ttm="http://www.w3.org/ns/ttml#metadata"
    xmlns:ttp="http://www.w3.org/ns/ttml#parameter"
    xmlns:daptm="http://www.w3.org/ns/ttml/profile/dapt#metadata"
    ttp:contentProfiles="http://www.w3.org/ns/ttml/profile/dapt1.0/content"
    xml:lang="{language}"
    daptm:langSrc="zxx"
    daptm:scriptRepresents="visual.nonText"
    daptm:scriptType="preRecording">
"""
_TITLE = """\
  <head>
    <metadata>
      <ttm:title>{title}</ttm:title>
    </metadata>
  </head>
"""
_EXTENDED = '      <ttm:desc daptm:descType="x-extended">The film must be stopped for it.</ttm:desc>\n'
_NOT_XML = dict.fromkeys((0xFFFE, 0xFFFF), " ")  # of what is left in clean text; XML 1.0 allows all other characters


class DaptWriter(TrackWriter):
    """Writes DAPT (.ttml)."""

    def begin(self) -> str:
        """Return the root's start, the title where there is one, and the start of the body."""
        head = _HEAD.format(language=escape(one_line(self._info.language)))
        title = one_line(self._info.title)
        if title:
            title = _TITLE.format(title=xml_text(title))
        return f"{head}{title}  <body>\n"

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return the ``div`` of one script event."""
        times = f'begin="{clock(shown.start_ms)}" end="{clock(shown.end_ms)}"'
        text = "<br/>".join(map(xml_text, shown.lines))
        return (
            f'    <div xml:id="d{shown.number}" {times} daptm:represents="visual.nonText">\n'
            f"{_EXTENDED if cue.is_extended else ''}"
            f"      <p>{text}</p>\n"
            "    </div>\n"
        )

    def finish(self) -> str:
        """Return the ends of body and root."""
        return "  </body>\n</tt>\n"


def xml_text(line: str) -> str:
    """Return a clean line as the content of an XML element.

    >>> xml_text("a < b ]]> &amp;")
    'a &lt; b ]]&gt; &amp;amp;'
    """
    return escape(line.translate(_NOT_XML), quote=False)
