"""An independent reading of an HLS folder of WebVTT, which knows the rules and nothing of how the files were made."""

from __future__ import annotations

import html
import re
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from itertools import pairwise
from pathlib import Path

_TIME = r"(\d{2,}):([0-5]\d):([0-5]\d)\.(\d{3})"
_CUE = re.compile(rf"{_TIME} --> {_TIME}")
_MAP = re.compile(rf"X-TIMESTAMP-MAP=LOCAL:{_TIME},MPEGTS:(\d+)")
_TAG = re.compile(r"#(EXT[A-Z0-9-]*)(?::(.*))?")
_PER_PLAYLIST = {"EXTM3U", "EXT-X-VERSION", "EXT-X-TARGETDURATION", "EXT-X-MEDIA-SEQUENCE"}
_KNOWN = {*_PER_PLAYLIST, "EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-DISCONTINUITY", "EXT-X-PROGRAM-DATE-TIME", "EXTINF"}


def milliseconds(hours: str, minutes: str, seconds: str, rest: str) -> int:
    return ((int(hours) * 60 + int(minutes)) * 60 + int(seconds)) * 1000 + int(rest)


@dataclass(frozen=True)
class ReadCue:
    start_ms: int
    end_ms: int
    text: str


@dataclass(frozen=True)
class ReadSegment:
    name: str
    sequence: int
    duration_s: Fraction
    begins_anew: bool
    starts_at: datetime | None
    local_ms: int
    mpegts: int
    cues: tuple[ReadCue, ...]

    def ticks(self, media_ms: int) -> int:
        """Return the 33-bit stamp that a player computes for a cue time."""
        return (self.mpegts + (media_ms - self.local_ms) * 90) % (1 << 33)


@dataclass(frozen=True)
class ReadPlaylist:
    target_s: int
    sequence: int
    discontinuity_sequence: int
    segments: tuple[ReadSegment, ...]
    is_ended: bool


def read_segment(text: str) -> tuple[int, int, tuple[ReadCue, ...]]:
    """Return LOCAL, MPEGTS and the cues of a segment; AssertionError where a rule is broken."""
    assert "\r" not in text
    assert text.endswith("\n")
    head, _, body = text.partition("\n\n")
    signature, mapping = head.split("\n")
    assert signature == "WEBVTT"
    match = _MAP.fullmatch(mapping)
    assert match, mapping
    mpegts = int(match[5])
    assert mpegts < 1 << 33
    cues = tuple(read_cue(block) for block in body.split("\n\n") if block.strip("\n"))
    assert all(one.start_ms <= other.start_ms for one, other in pairwise(cues))
    return milliseconds(*match.groups()[:4]), mpegts, cues


def read_cue(block: str) -> ReadCue:
    times, *payload = block.strip("\n").split("\n")
    match = _CUE.fullmatch(times)
    assert match, block
    start_ms, end_ms = milliseconds(*match.groups()[:4]), milliseconds(*match.groups()[4:])
    assert start_ms < end_ms, block
    assert payload
    assert all(line and not set("<>") & set(line) for line in payload), block
    assert not re.search(r"&(?!amp;|lt;|gt;)", "\n".join(payload)), block
    return ReadCue(start_ms, end_ms, html.unescape("\n".join(payload)))


def read_folder(folder: Path) -> ReadPlaylist:
    """Return the playlist of a folder; AssertionError where a rule is broken."""
    text = (folder / "captions.m3u8").read_bytes().decode("utf-8")
    assert not [path.name for path in folder.iterdir() if path.name.endswith(".tmp")]
    lines = text.split("\n")
    assert lines[0] == "#EXTM3U"
    assert lines[-1] == ""
    once: dict[str, str] = {}
    segments: list[ReadSegment] = []
    tags: dict[str, str] = {}
    for line in lines[:-1]:
        match = _TAG.fullmatch(line)
        if match is None:
            segments.append(_entry(folder, line, tags, int(once["EXT-X-MEDIA-SEQUENCE"]) + len(segments)))
            tags = {}
        elif match[1] in _PER_PLAYLIST | {"EXT-X-DISCONTINUITY-SEQUENCE", "EXT-X-ENDLIST"}:
            assert match[1] not in once
            assert not segments or match[1] == "EXT-X-ENDLIST", "it must come before the first segment"
            once[match[1]] = match[2] or ""
        else:
            assert match[1] in _KNOWN, line
            tags[match[1]] = match[2] or ""
    assert not tags
    assert set(once) >= _PER_PLAYLIST
    assert int(once["EXT-X-VERSION"]) >= 3
    playlist = ReadPlaylist(
        int(once["EXT-X-TARGETDURATION"]),
        int(once["EXT-X-MEDIA-SEQUENCE"]),
        int(once.get("EXT-X-DISCONTINUITY-SEQUENCE", 0)),
        tuple(segments),
        "EXT-X-ENDLIST" in once,
    )
    check_together(playlist)
    return playlist


def _entry(folder: Path, name: str, tags: dict[str, str], sequence: int) -> ReadSegment:
    assert "/" not in name
    duration, _, _title = tags["EXTINF"].partition(",")
    local_ms, mpegts, cues = read_segment((folder / name).read_bytes().decode("utf-8"))
    at = tags.get("EXT-X-PROGRAM-DATE-TIME")
    starts_at = datetime.fromisoformat(at) if at else None
    begins_anew = "EXT-X-DISCONTINUITY" in tags
    return ReadSegment(name, sequence, Fraction(duration), begins_anew, starts_at, local_ms, mpegts, cues)


def check_together(playlist: ReadPlaylist) -> None:
    """Check what holds between the segments of a playlist."""
    assert playlist.segments
    for segment in playlist.segments:
        assert segment.duration_s > 0
        assert round(segment.duration_s) <= playlist.target_s
    for cue in {cue for segment in playlist.segments for cue in segment.cues}:
        having = [place for place, segment in enumerate(playlist.segments) if cue in segment.cues]
        assert having == list(range(having[0], having[-1] + 1)), "a cue is missing from a segment that it spans"
    shown = sorted({(cue.start_ms, cue.end_ms) for segment in playlist.segments for cue in segment.cues})
    assert all(one[1] <= other[0] for one, other in pairwise(shown)), "cues overlap"


def check_spans(playlist: ReadPlaylist, first_start_ms: int) -> None:
    """Check that each segment holds exactly the cues that overlap it; it is known when the first one starts."""
    everything = {cue for segment in playlist.segments for cue in segment.cues}
    start_ms = first_start_ms
    for segment in playlist.segments:
        end_ms = start_ms + int(segment.duration_s * 1000)
        spanned = {cue for cue in everything if cue.start_ms < end_ms and cue.end_ms > start_ms}
        assert set(segment.cues) == spanned, segment.name
        start_ms = end_ms
