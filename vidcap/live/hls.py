"""WebVTT segments and a sliding playlist beside the camera's own HLS, so that any player shows what is seen.

The folder holds ``captions.m3u8`` and ``captions-NNNNNNNN.vtt``; other files in it are never touched. Each file is
written under another name and renamed, so a web server never hands out half of one.
"""

from __future__ import annotations

import logging
import os
import re
from collections import deque
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from vidcap.errors import OutputError
from vidcap.formats.output import reporting
from vidcap.live.events import CueUpdate, LiveEvent, State, StreamState, Tally
from vidcap.live.hls_segments import MPEGTS_TICKS_PER_MS, Segment, SegmentCutter
from vidcap.live.hls_text import Listed, playlist_text, segment_text
from vidcap.timeline import parse_time, to_ms

PLAYLIST_NAME = "captions.m3u8"
_TRIAL_NAME = ".captions-trial.tmp"
_SEGMENT = re.compile(r"captions-(\d{8,})\.vtt")
_TICKS = re.compile(r"([+-]?\d{1,12})t")
_AUTO = "auto"
_FEWEST_SEGMENTS = 3
_CLOCK_SLACK = timedelta(milliseconds=500)

_log = logging.getLogger(__name__)


def parse_offset(text: str) -> int | None:
    """Return 90 kHz ticks meant by ``126000t`` (ticks), or by ``1.4`` or ``0:01.4`` (seconds); None for ``auto``.

    >>> parse_offset("1.4"), parse_offset("126000t"), parse_offset("-0.5")
    (126000, 126000, -45000)
    """
    if text.strip() == _AUTO:
        return None
    ticks = _TICKS.fullmatch(text.strip())
    if ticks:
        return int(ticks[1])
    sign = -1 if text.strip().startswith("-") else 1
    seconds = parse_time(text.strip().removeprefix("-").removesuffix("s"))
    return sign * round(seconds * 1000 * MPEGTS_TICKS_PER_MS)


@dataclass(frozen=True, slots=True, kw_only=True)
class HlsConfig:
    """Where the segments go and how they meet the camera's own."""

    hls: str = field(
        metadata={
            "metavar": "DIR",
            "help": "folder for WebVTT segments and captions.m3u8, to go with the camera's own HLS",
        }
    )
    hls_offset: str = field(
        default=_AUTO,
        metadata={
            "metavar": "STAMP",
            "help": "stamp that the camera's HLS gives the first frame: 1.4 (seconds) or 126000t (ticks of 90 kHz);"
            " auto: the source's own stamps, right where the source is that HLS or the stream it is cut from",
        },
    )
    hls_target_s: int = field(default=6, metadata={"help": "length of a segment, whole seconds"})
    hls_window: int = field(default=10, metadata={"help": "segments in the playlist"})
    hls_discontinuity: bool = field(
        default=False,
        metadata={"help": "mark a discontinuity where the camera came back and its stamps began anew"},
    )

    def __post_init__(self) -> None:
        if not 1 <= self.hls_target_s <= 60:
            raise ValueError(f"a segment is 1 to 60 seconds long: {self.hls_target_s = }")
        if not _FEWEST_SEGMENTS <= self.hls_window <= 10_000:
            raise ValueError(f"a playlist holds 3 to 10000 segments: {self.hls_window = }")
        parse_offset(self.hls_offset)


class HlsSink:
    """A :class:`~vidcap.live.LiveSink` that keeps a folder of segments. OutputError at once if it can't be written to.

    Later troubles (a full disk) are logged once and the segments written when it is possible again.
    """

    def __init__(self, config: HlsConfig) -> None:
        self._config = config
        self._folder = Path(config.hls)
        self._cutter = SegmentCutter(config.hls_target_s * 1000, config.hls_window, parse_offset(config.hls_offset))
        self._listed: deque[Listed] = deque()
        self._unwritten: dict[str, str] = {}
        self._retired: deque[str] = deque()
        self._discontinuities_gone = 0
        self._connections = 0
        self._media_zero_at: datetime | None = None
        self._is_failing = False
        with reporting(config.hls):
            self._folder.mkdir(parents=True, exist_ok=True)
            self._first_sequence = self._clear()
            self._put(_TRIAL_NAME, "")
            (self._folder / _TRIAL_NAME).unlink()

    def take(self, event: LiveEvent) -> None:
        """Take an event; write the segments that it completes."""
        match event:
            case CueUpdate():
                self._learn_clock(event.starts_at, to_ms(event.cue.start_s))
                self._cutter.cue(event)
            case Tally():
                self._went_on(event)
            case StreamState(state=State.LIVE, media_s=media_s) if media_s is not None:
                self._connected(event.since, to_ms(media_s))
            case _:
                return
        self._publish(self._cutter.ready())

    def close(self) -> None:
        """Write what is left and mark the playlist as ended."""
        self._publish(self._cutter.rest(), is_ended=True)
        if self._is_failing:
            raise OutputError(self._config.hls, "the last segments could not be written")

    def _went_on(self, tally: Tally) -> None:
        seen_ms = to_ms(tally.media_s)
        if self._media_zero_at is None:
            self._learn_clock(tally.at, seen_ms)
        if tally.frame_media_s is not None and tally.frame_stamp_s is not None:
            frame_ms = to_ms(tally.frame_media_s)
            self._cutter.stamp(frame_ms, round(tally.frame_stamp_s * 1000 * MPEGTS_TICKS_PER_MS))
            if self._config.hls_discontinuity:  # the camera's playlist stands still, too, while it is lost
                seen_ms = min(seen_ms, frame_ms)
        self._cutter.seen(seen_ms)

    def _connected(self, since: datetime, media_ms: int) -> None:
        self._learn_clock(since, media_ms)
        is_discontinuity = self._connections > 0 and self._config.hls_discontinuity
        self._cutter.connected(media_ms, is_discontinuity=is_discontinuity)
        self._connections += 1

    def _learn_clock(self, at: datetime, media_ms: int) -> None:
        """Remember which wall time media time counts from; cameras' clocks drift, so it is moved when far off."""
        zero_at = at.astimezone(UTC) - timedelta(milliseconds=media_ms)
        if self._media_zero_at is None or abs(zero_at - self._media_zero_at) > _CLOCK_SLACK:
            self._media_zero_at = zero_at

    def _publish(self, segments: Iterable[Segment], *, is_ended: bool = False) -> None:
        news = [self._list(segment) for segment in segments]
        if not (news or self._unwritten or is_ended) or not self._listed:
            return
        try:
            with reporting(self._config.hls):
                self._write(is_ended)
        except OutputError as error:
            if not self._is_failing:
                _log.warning("%s; it is tried again with each segment", error)
            self._is_failing = True
        else:
            self._is_failing = False

    def _list(self, segment: Segment) -> Listed:
        """Add a segment to the playlist, and take out those that it pushes out."""
        sequence = self._first_sequence + segment.number
        starts_at = self._media_zero_at and self._media_zero_at + timedelta(milliseconds=segment.start_ms)
        duration_ms = segment.end_ms - segment.start_ms
        one = Listed(sequence, f"captions-{sequence:08}.vtt", duration_ms, starts_at, segment.discontinuities)
        while self._listed and self._listed[-1].sequence != sequence - 1:  # a long outage was left out
            self._retire_first()
        self._unwritten[one.name] = segment_text(segment)
        self._listed.append(one)
        while len(self._listed) > self._config.hls_window and self._is_long_enough_without_first():
            self._retire_first()
        return one

    def _retire_first(self) -> None:
        gone = self._listed.popleft()
        self._discontinuities_gone += gone.discontinuities
        self._retired.append(gone.name)
        self._unwritten.pop(gone.name, None)

    def _is_long_enough_without_first(self) -> bool:
        """A live playlist never gets shorter than three target durations (RFC 8216, 6.2.2)."""
        rest_ms = sum(one.duration_ms for one in self._listed) - self._listed[0].duration_ms
        return rest_ms >= _FEWEST_SEGMENTS * self._config.hls_target_s * 1000

    def _write(self, is_ended: bool) -> None:
        for name, text in list(self._unwritten.items()):
            self._put(name, text)
            del self._unwritten[name]
        gone = self._discontinuities_gone if self._config.hls_discontinuity else None
        target_s = self._config.hls_target_s
        text = playlist_text(self._listed, target_s=target_s, discontinuity_sequence=gone, is_ended=is_ended)
        self._put(PLAYLIST_NAME, text)
        # Whoever fetched the playlist just before may ask for its segments for as long as it lasted, and one more.
        while len(self._retired) > self._config.hls_window + 1:
            (self._folder / self._retired.popleft()).unlink(missing_ok=True)

    def _put(self, name: str, text: str) -> None:
        """Write a file so that it is whole from the moment it is there."""
        temporary = self._folder / f".{name}.tmp"
        try:
            temporary.write_bytes(text.encode())
            os.replace(temporary, self._folder / name)
        except BaseException:
            with suppress(OSError):
                temporary.unlink()
            raise

    def _clear(self) -> int:
        """Remove what an earlier run left and return the sequence number to go on from: it may never fall."""
        names = [(entry.name, _SEGMENT.fullmatch(entry.name)) for entry in os.scandir(self._folder)]
        (self._folder / PLAYLIST_NAME).unlink(missing_ok=True)
        for name, match in names:
            if match or (name.startswith(".captions") and name.endswith(".tmp")):
                (self._folder / name).unlink(missing_ok=True)
        return max([int(match[1]) + 1 for _name, match in names if match], default=0)
