"""Reads the tracks of anybody: as much as can be made out, and what is wrong in them, with line numbers."""

from __future__ import annotations

import os
from collections.abc import Callable
from types import MappingProxyType

from vidcap.errors import SourceUnsupported
from vidcap.files import track_bytes
from vidcap.lint.read_srt import read_srt
from vidcap.lint.read_ttml import read_ttml
from vidcap.lint.read_vtt import read_vtt
from vidcap.lint.report import Problem, TrackCue

Reading = tuple[list[TrackCue], list[Problem]]

LARGEST_BYTES = 50_000_000
"""No track of a film comes near to it."""
READERS: MappingProxyType[str, Callable[[str], Reading]] = MappingProxyType(
    {".srt": read_srt, ".vtt": read_vtt, ".webvtt": read_vtt, ".ttml": read_ttml, ".dfxp": read_ttml, ".xml": read_ttml}
)
"""What reads the text of a file, by its suffix."""


def read_track(path: str | os.PathLike[str]) -> Reading:
    """Return the cues of a file and the mistakes in how it is written; SourceError where it can't be read at all."""
    name = os.fsdecode(path)
    suffix = os.path.splitext(name)[1].lower()
    if suffix not in READERS:
        raise SourceUnsupported(name, f"not a track that can be checked; it should end in {', '.join(READERS)}")
    text, problems = _decoded(track_bytes(name, LARGEST_BYTES))
    cues, found = READERS[suffix](text)
    return cues, [*problems, *found]


def _decoded(content: bytes) -> tuple[str, list[Problem]]:
    """Return the text with line feeds for all line ends; what is not UTF-8 is a problem, and read as Latin-1."""
    try:
        text, problems = content.decode("utf-8-sig"), []
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        text, problems = content.decode("latin-1"), [Problem("encoding", "not UTF-8", line)]
    return text.replace("\r\n", "\n").replace("\r", "\n"), problems
