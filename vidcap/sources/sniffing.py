"""Why a file that no demuxer wants can't be read, in words for people: a look at its first bytes."""

from __future__ import annotations

import os

from vidcap.errors import SourceCorrupt, SourceError, SourceUnsupported
from vidcap.sources.protocols import Target

HEAD_BYTES = 1 << 16


def why_unreadable(target: Target) -> SourceError:
    """Return the error for a local file or standard input that could not be opened as a video."""
    if target.path is None:
        return SourceUnsupported(target.name, "standard input holds no video that can be read as it arrives")
    return _verdict(target.name, _head(target))


def why_no_frames(target: Target) -> SourceError:
    """Return the error for what could be opened, but gave no frame."""
    head = _head(target)
    if head[:4] == b"RIFF" and head[8:16] == b"WEBPVP8X" and head[20] & 2:
        return SourceUnsupported(target.name, "is an animated WebP picture, which can't be decoded")
    return SourceCorrupt(target.name, "holds no frame that can be decoded")


def _head(target: Target) -> bytes:
    if target.path is None or not os.path.isfile(target.path):
        return b""  # what was read from a pipe is gone
    try:
        with open(target.path, "rb") as file:
            return file.read(HEAD_BYTES)
    except OSError:
        return b""


def _verdict(name: str, head: bytes) -> SourceError:
    if head[4:8] in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip"):
        return SourceCorrupt(name, "the file is incomplete: its index is missing (a recording that was not finished?)")
    if head.startswith((b"#EXTM3U", b"ffconcat", b"v=0")) or b"<MPD" in head[:2000]:
        return SourceUnsupported(name, "is a playlist that points to other files, which is closed for local files")
    if head[:512].lstrip().lower().startswith((b"<!doctype html", b"<html")):
        return SourceUnsupported(name, "is a web page, not a video")
    if head and not any(head):
        return SourceUnsupported(name, "holds nothing but zeros")
    if _is_text(head):
        return SourceUnsupported(name, "is a text file, not a video")
    return SourceUnsupported(name, "is not a video, or is damaged beyond recognition")


def _is_text(head: bytes) -> bool:
    if not head or b"\0" in head:
        return False
    try:
        head[: HEAD_BYTES - 4].decode("utf-8")
    except UnicodeDecodeError as error:
        return error.start >= len(head) - 8
    return True
