"""The formats in which a track can be written, chosen by name or by the suffix of a file.

>>> format_for("film.vtt").name, format_for("-", "srt").name
('vtt', 'srt')
"""

from __future__ import annotations

import os
from collections.abc import Callable
from importlib import import_module
from types import MappingProxyType

from vidcap.errors import OutputError
from vidcap.formats.base import Format, TrackInfo, TrackWriter, Writer, render
from vidcap.formats.output import TrackFile, TrackStream, abandon, open_track, same_file

__all__ = [
    "DEFAULT_FORMAT",
    "FORMATS",
    "KNOWN_FORMATS",
    "Format",
    "TrackFile",
    "TrackInfo",
    "TrackStream",
    "TrackWriter",
    "Writer",
    "abandon",
    "format_for",
    "open_track",
    "register",
    "render",
    "same_file",
]


def _later(module: str, name: str) -> Callable[[TrackInfo], Writer]:
    """Return what makes a writer, importing its module only then: some need libraries that take time to load."""

    def make(info: TrackInfo) -> Writer:
        made: Writer = getattr(import_module(f"vidcap.formats.{module}"), name)(info)
        return made

    return make


_ALL = (
    Format(name="srt", suffixes=(".srt",), description="SubRip", writer=_later("srt", "SrtWriter")),
    Format(name="vtt", suffixes=(".vtt", ".webvtt"), description="WebVTT", writer=_later("vtt", "VttWriter")),
    Format(
        name="jsonl",
        suffixes=(".jsonl", ".ndjson"),
        description="JSON Lines, with all details",
        writer=_later("jsonl", "JsonlWriter"),
    ),
    Format(
        name="dapt",
        suffixes=(".ttml", ".dapt"),
        description="DAPT, the W3C's TTML2 profile for audio description",
        writer=_later("dapt", "DaptWriter"),
    ),
    Format(name="ass", suffixes=(".ass",), description="Advanced SubStation Alpha", writer=_later("ass", "AssWriter")),
    Format(name="txt", suffixes=(".txt",), description="plain text with times", writer=_later("plain", "PlainWriter")),
    Format(name="csv", suffixes=(".csv",), description="table for spreadsheets", writer=_later("table", "CsvWriter")),
    Format(
        name="edl",
        suffixes=(".edl",),
        description="CMX 3600 edit decision list with markers",
        writer=_later("edl", "EdlWriter"),
    ),
    Format(
        name="otio",
        suffixes=(".otio",),
        description="OpenTimelineIO timeline with markers",
        writer=_later("otio", "OtioWriter"),
    ),
)
FORMATS = MappingProxyType({each.name: each for each in _ALL})
"""Every format of this room by its name."""
_known = dict(FORMATS)
KNOWN_FORMATS = MappingProxyType(_known)
"""The same, and those that other rooms and users registered."""
DEFAULT_FORMAT = "srt"
"""What is written where neither name nor suffix says: to the standard output."""
_by_suffix = {suffix: each for each in _ALL for suffix in each.suffixes}


def register(format: Format) -> Format:
    """Make a format of another room, or a user's own, known by its name and suffixes; return it.

    ValueError where a different one has its name or one of its suffixes already.
    """
    taken = [_known.get(format.name), *(_by_suffix.get(suffix) for suffix in format.suffixes)]
    if any(other is not None and other != format for other in taken):
        raise ValueError(f"the name or a suffix is taken: {format.name!r} {format.suffixes}")
    _known[format.name] = format
    _by_suffix.update(dict.fromkeys(format.suffixes, format))
    return format


def format_for(path: str | os.PathLike[str], name: str | None = None) -> Format:
    """Return the format called ``name``, else the one of the path's suffix; ``-`` and "" are the standard
    output.

    OutputError, listing what there is, for a name or suffix that is not known.
    """
    target = os.fsdecode(path)
    if name is not None:
        if name.lower() in _known:
            return _known[name.lower()]
        raise OutputError(target, f"no format is called {name!r}; there are {', '.join(_known)}")
    if target in ("", "-"):
        return FORMATS[DEFAULT_FORMAT]
    suffix = os.path.splitext(target)[1].lower()
    if suffix in _by_suffix:
        return _by_suffix[suffix]
    unknown = f"no format has the suffix {suffix!r}" if suffix else "the name has no suffix"
    raise OutputError(target, f"{unknown}; use one of {', '.join(_by_suffix)}, or name a format: {', '.join(_known)}")
