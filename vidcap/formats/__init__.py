"""The formats in which a track can be written, chosen by name or by the suffix of a file.

>>> format_for("film.vtt").name, format_for("-", "srt").name
('vtt', 'srt')
"""

from __future__ import annotations

import os
from types import MappingProxyType

from vidcap.errors import OutputError
from vidcap.formats.base import Format, TrackInfo, TrackWriter, Writer, render
from vidcap.formats.jsonl import JsonlWriter
from vidcap.formats.output import TrackFile, TrackStream, abandon, open_track, same_file
from vidcap.formats.srt import SrtWriter
from vidcap.formats.vtt import VttWriter

__all__ = [
    "DEFAULT_FORMAT",
    "FORMATS",
    "Format",
    "TrackFile",
    "TrackInfo",
    "TrackStream",
    "TrackWriter",
    "Writer",
    "abandon",
    "format_for",
    "open_track",
    "render",
    "same_file",
]

_ALL = (
    Format(name="srt", suffixes=(".srt",), description="SubRip", writer=SrtWriter),
    Format(name="vtt", suffixes=(".vtt", ".webvtt"), description="WebVTT", writer=VttWriter),
    Format(
        name="jsonl",
        suffixes=(".jsonl", ".ndjson"),
        description="JSON Lines, with all details",
        writer=JsonlWriter,
    ),
)
FORMATS = MappingProxyType({each.name: each for each in _ALL})
"""Every format by its name."""
DEFAULT_FORMAT = "srt"
"""What is written where neither name nor suffix says: to the standard output."""
_BY_SUFFIX = MappingProxyType({suffix: each for each in _ALL for suffix in each.suffixes})


def format_for(path: str | os.PathLike[str], name: str | None = None) -> Format:
    """Return the format called ``name``, else the one of the path's suffix; ``-`` and "" are the standard
    output.

    OutputError, listing what there is, for a name or suffix that is not known.
    """
    target = os.fsdecode(path)
    if name is not None:
        if name.lower() in FORMATS:
            return FORMATS[name.lower()]
        raise OutputError(target, f"no format is called {name!r}; there are {', '.join(FORMATS)}")
    if target in ("", "-"):
        return FORMATS[DEFAULT_FORMAT]
    suffix = os.path.splitext(target)[1].lower()
    if suffix in _BY_SUFFIX:
        return _BY_SUFFIX[suffix]
    unknown = f"no format has the suffix {suffix!r}" if suffix else "the name has no suffix"
    raise OutputError(target, f"{unknown}; use one of {', '.join(_BY_SUFFIX)}, or name a format: {', '.join(FORMATS)}")
