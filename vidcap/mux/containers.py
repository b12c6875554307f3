"""The containers that a film with a track can be written in, chosen by the suffix of the file.

QuickTime (.mov) is not among them: it has no mark for descriptions that FFmpeg writes.

>>> container_for("film.webm").codec, container_for("film.srt")
('webvtt', None)
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from types import MappingProxyType

from vidcap.errors import OutputError


@dataclass(frozen=True, slots=True, kw_only=True)
class Container:
    """A kind of file that holds pictures, sound and text."""

    name: str
    """As people call it."""
    muxer: str
    """As FFmpeg calls it."""
    codec: str
    """How it holds text, by FFmpeg's name."""
    holds_attachments: bool = False
    holds_covers: bool = False
    """As streams of their own."""
    options: tuple[tuple[str, str], ...] = ()
    """Of the muxer."""


_MATROSKA = Container(name="Matroska", muxer="matroska", codec="subrip", holds_attachments=True)
_WEBM = Container(name="WebM", muxer="webm", codec="webvtt")
_FASTSTART = (("movflags", "faststart"),)  # the index in front: a browser can begin at once
_MP4 = Container(name="MP4", muxer="mp4", codec="mov_text", holds_covers=True, options=_FASTSTART)

CONTAINERS = MappingProxyType({".mkv": _MATROSKA, ".mk3d": _MATROSKA, ".webm": _WEBM, ".mp4": _MP4, ".m4v": _MP4})
"""Every container by its suffix."""


def container_for(path: str | os.PathLike[str]) -> Container | None:
    """Return the container that a name asks for; None where it names no film."""
    return CONTAINERS.get(os.path.splitext(os.fsdecode(path))[1].lower())


def needed_container(path: str | os.PathLike[str]) -> Container:
    """Return the container that a name asks for; OutputError, listing what there is, where it names no film."""
    container = container_for(path)
    if container is None:
        raise OutputError(os.fsdecode(path), f"a film with a track ends in {', '.join(CONTAINERS)}")
    return container
