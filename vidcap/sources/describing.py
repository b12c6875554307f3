"""What a container and its first frame say about the film: origin of time, rate, length, size, title."""

from __future__ import annotations

import re
from fractions import Fraction

from vidcap.sources.config import SourceInfo
from vidcap.sources.opening import Opened, is_still
from vidcap.sources.ready import AnyFrame
from vidcap.text import one_line
from vidcap.timeline import Seconds, exact
from vidcap.types import Picture

USUAL_RATE = Fraction(25)
"""Frames a second where nothing says better."""
HIGHEST_RATE = 10_000
_MICRO = 1_000_000
_KEEPS_PROMISES = ("mov", "matroska", "avi", "flv")
"""Containers whose headers tell a length that was measured when they were written, not guessed at reading."""
_TAGGED = re.compile(r"^(\d+):(\d\d):(\d\d(?:\.\d+)?)")


def may_be_still(opened: Opened) -> bool:
    """Whether only a second frame tells that this is no picture: a GIF or APNG."""
    return opened.container.format.name in ("gif", "apng")


def describe(opened: Opened, first: AnyFrame, picture: Picture, *, is_alone: bool) -> SourceInfo:
    """Return what is known once the first frame has been decoded; ``is_alone`` if no other comes after it."""
    stream = opened.stream
    still = is_still(opened.container) or is_alone
    return SourceInfo(
        name=opened.target.name,
        width_px=picture.width_px,
        height_px=picture.height_px,
        frame_rate=None if still else frame_rate_of(opened),
        duration_s=None if still else end_s_of(opened),
        codec=stream.codec_context.name,
        container=opened.container.format.name,
        is_still=still,
        is_seekable=opened.is_seekable and first.pts is not None and not still and not counts_late(opened),
        has_stamps=first.pts is not None,
        title=one_line(str(opened.container.metadata.get("title", ""))),
    )


def frame_rate_of(opened: Opened) -> Fraction | None:
    """Return the frame rate that the container claims, None where it claims none or nonsense."""
    for claimed in (opened.stream.average_rate, opened.stream.guessed_rate):
        rate = exact(claimed)
        if rate is not None and 0 < rate <= HIGHEST_RATE:
            return rate
    return None


def origin_of(opened: Opened) -> Seconds | None:
    """Return the container's start in seconds, exact; None where it has none.

    FFmpeg gives it in microseconds, rounded; it is some stream's start, which is exact.
    """
    start_us = opened.container.start_time
    if start_us is None:
        return None
    for stream in opened.container.streams:
        base = exact(stream.time_base)
        if stream.start_time is not None and base is not None:
            start_s = stream.start_time * base
            if abs(start_s * _MICRO - start_us) <= 1:
                return start_s
    return Fraction(start_us, _MICRO)


def counts_late(opened: Opened) -> bool:
    """Whether FFmpeg made the stamps up, late by as many frames as the decoder holds back: AVI with B-frames.

    After a seek they are late by another number.
    """
    return opened.container.format.name == "avi" and bool(opened.stream.codec_context.has_b_frames)


def end_s_of(opened: Opened) -> Seconds | None:
    """Return when the last frame should end by the container's word, None where it gives none."""
    origin_s = origin_of(opened) or Fraction(0)
    stream, base = opened.stream, exact(opened.stream.time_base)
    if stream.duration is not None and stream.duration > 0 and base is not None:
        return ((stream.start_time or 0) + stream.duration) * base - origin_s
    tag = _TAGGED.match(str(stream.metadata.get("DURATION", "")))
    if tag is not None:
        hours, minutes, seconds = tag.groups()
        return Fraction(seconds) + int(minutes) * 60 + int(hours) * 3600 - origin_s
    duration_us = opened.container.duration
    return Fraction(duration_us, _MICRO) if duration_us is not None and duration_us > 0 else None


def keeps_promises(opened: Opened) -> bool:
    """Whether a film that ends before its promised end has lost a part."""
    return opened.container.format.name.startswith(_KEEPS_PROMISES)
