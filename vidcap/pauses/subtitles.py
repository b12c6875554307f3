"""When somebody speaks, by subtitles of what is spoken: a file beside the film, or a track inside it."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from vidcap.cues.pauses import Span
from vidcap.errors import SourceUnsupported
from vidcap.lint import read_track
from vidcap.timeline import exact

if TYPE_CHECKING:
    from av.container import InputContainer

    from vidcap.sources.opening import Opened

_NOT_SPOKEN = re.compile(r"\[[^\]]*\]|\([^)]*\)|（[^）]*）|【[^】]*】|^\s*[-–]?\s*[A-Z][A-Z .'-]+:\s*$")
_TEXT_CODECS = frozenset({"subrip", "srt", "webvtt", "mov_text", "ass", "ssa", "text"})
_TAGS = re.compile(r"<[^>]*>|\{[^}]*\}")


def is_spoken(lines: Iterable[str]) -> bool:
    """Tell whether a subtitle holds words, not only a sound in brackets or notes of music.

    >>> is_spoken(["[door slams]"]), is_spoken(["♪"]), is_spoken(["(sighs) No."])
    (False, False, True)
    """
    return any(c.isalnum() for line in lines for c in _NOT_SPOKEN.sub("", _TAGS.sub("", line)))


def speech_in_file(path: str | os.PathLike[str]) -> list[Span]:
    """Return when somebody speaks by a SubRip, WebVTT or TTML file; SourceError where it tells of nobody."""
    cues, _ = read_track(path)
    spans = [(Fraction(c.start_ms, 1000), Fraction(c.end_ms, 1000)) for c in cues if is_spoken(c.lines)]
    if not spans:
        raise SourceUnsupported(os.fsdecode(path), "holds no subtitle of what is spoken")
    return spans


def spoken_track(film: InputContainer) -> Any:
    """Return the film's subtitles of what is spoken: text, marked default or first; None where there are none."""
    from av.stream import Disposition

    others = Disposition.descriptions | Disposition.forced | Disposition.comment
    fitting = [
        stream
        for stream in film.streams.subtitles
        if stream.codec_context is not None
        and stream.codec_context.name in _TEXT_CODECS
        and not stream.disposition & others
    ]
    return max(fitting, key=lambda stream: bool(stream.disposition & Disposition.default), default=None)


def speech_in_track(opened: Opened, track: Any) -> list[Span]:
    """Return when somebody speaks by a track of subtitles in the film."""
    from vidcap.sources.describing import origin_of

    origin_s, base = origin_of(opened) or Fraction(0), exact(track.time_base) or Fraction(1)
    spans: list[Span] = []
    for packet in opened.container.demux(track):
        opened.raise_failure()
        if packet.pts is None or not packet.size or not packet.duration:
            continue
        rects = [getattr(rect, "dialogue", b"") or b"" for rect in track.decode(packet)]
        if is_spoken(text.decode("utf-8", "replace") for text in rects):
            start_s = packet.pts * base - origin_s
            spans.append((start_s, start_s + packet.duration * base))
    return spans
