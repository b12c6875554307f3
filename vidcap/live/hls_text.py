"""The text of WebVTT segments and of the playlist that lists them (RFC 8216, sections 3.5 and 4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from vidcap.formats.vtt import escaped
from vidcap.live.hls_segments import Segment
from vidcap.text import one_line
from vidcap.timeline import clock


@dataclass(frozen=True, slots=True)
class Listed:
    """A segment as the playlist lists it."""

    sequence: int
    name: str
    duration_ms: int
    starts_at: datetime | None
    """Wall time, aware; None while nobody knows it."""
    discontinuities: int
    """Above 0 where the stamps began anew before it."""


def segment_text(segment: Segment) -> str:
    """Return the WebVTT file of a segment; a valid one too where nothing is shown."""
    origin = segment.origin.mapping(segment.start_ms, segment.end_ms)
    head = f"WEBVTT\nX-TIMESTAMP-MAP=LOCAL:{clock(origin.media_ms)},MPEGTS:{origin.ticks}\n\n"
    return head + "".join(_cue(*piece) for piece in segment.pieces)


def _cue(start_ms: int, end_ms: int, lines: Sequence[str]) -> str:
    text = [escaped(line) for line in map(one_line, lines) if line]
    return "\n".join([f"{clock(start_ms)} --> {clock(end_ms)}", *text, "", ""]) if text else ""


def playlist_text(
    listed: Sequence[Listed], *, target_s: int, discontinuity_sequence: int | None, is_ended: bool
) -> str:
    """Return the media playlist of at least one segment.

    ``discontinuity_sequence`` counts those that left with the segments before; None where there are never any.
    """
    lines = [
        "#EXTM3U",
        "#EXT-X-VERSION:3",
        f"#EXT-X-TARGETDURATION:{target_s}",
        f"#EXT-X-MEDIA-SEQUENCE:{listed[0].sequence}",
    ]
    if discontinuity_sequence is not None:
        lines.append(f"#EXT-X-DISCONTINUITY-SEQUENCE:{discontinuity_sequence}")
    for one in listed:
        lines += _entry(one)
    return "\n".join([*lines, *(["#EXT-X-ENDLIST"] if is_ended else []), ""])


def _entry(one: Listed) -> list[str]:
    seconds, milliseconds = divmod(one.duration_ms, 1000)
    lines = ["#EXT-X-DISCONTINUITY"] if one.discontinuities else []
    if one.starts_at is not None:
        lines.append(f"#EXT-X-PROGRAM-DATE-TIME:{_utc(one.starts_at)}")
    return [*lines, f"#EXTINF:{seconds}.{milliseconds:03},", one.name]


def _utc(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
