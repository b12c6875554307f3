"""The reading thread's work on each frame: its time, whether a cut lies before it, which clips it closes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction

from vidcap.live.clips import LiveSampler
from vidcap.live.clock import Clock, wall_of
from vidcap.live.config import LiveConfig
from vidcap.live.events import Snapshot, State, StreamState
from vidcap.live.media import MediaClock
from vidcap.live.slot import Slot
from vidcap.shots import ShotConfig
from vidcap.shots.detector import ShotDetector
from vidcap.sources.live.messages import FeedFrame, FeedSnapshot
from vidcap.timeline import Seconds
from vidcap.types import Frame, Pixels

LIVE_SHOTS = ShotConfig(min_shot_s=0.1, max_latency_s=1.5, dissolves=False)
"""Hard cuts are certain after 0.3 to 0.4 s; a dissolve would take over a second, and the next window shows it."""
_LAST_S = Fraction(1, 1000)
_RATE_FRAMES = 50
_SLACK_S = 1.0
"""Frames on their way may have arrived so long ago."""


@dataclass(frozen=True, slots=True, eq=False)
class _Small:
    """A frame of which only the small picture is here: all that shots are found by."""

    small: Pixels
    width_px: int = 64
    height_px: int = 36

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)``."""
        return self.small

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Not to be had."""
        raise NotImplementedError


class Watch:
    """Takes what a connection gives; leaves clips in a slot. All of it runs in the reading thread."""

    def __init__(
        self, config: LiveConfig, slot: Slot, clock: Clock, tell: Callable[[StreamState | Snapshot], None]
    ) -> None:
        self.frames_in = 0
        self.frames_skipped = 0
        self.connections = 0
        self.stamped: tuple[Seconds, Seconds] | None = None
        """Media time and stamp of the newest frame that had one; read by other threads."""
        self.media = MediaClock()
        self.sampler = LiveSampler(config)
        self._slot = slot
        self._clock = clock
        self._tell = tell
        self._detector = ShotDetector(LIVE_SHOTS)
        self._is_new = True
        self._open_from_s: Seconds | None = None
        self._arrivals: deque[float] = deque(maxlen=_RATE_FRAMES)

    @property
    def fps(self) -> float:
        """Frames a second lately; 0 where none come."""
        arrivals = tuple(self._arrivals)
        if len(arrivals) < 2 or self._clock.monotonic_s() - arrivals[-1] > 2:
            return 0.0
        return (len(arrivals) - 1) / max(arrivals[-1] - arrivals[0], 1e-6)

    def settled_s(self) -> Seconds:
        """Return the media time before which nothing will be seen any more that is not in the slot."""
        if self._open_from_s is not None:
            return self._open_from_s
        return self.media.least_s(self._clock.monotonic_s() - _SLACK_S)

    def state(self, state: StreamState) -> None:
        """Pass it on; when a connection begins, with its media time."""
        if state.state is State.LIVE and self._is_new:
            at = wall_of(self._arrivals[-1], self._clock)
            state, self._is_new = replace(state, since=at, media_s=self.media.media_s), False
        elif state.state in (State.WAITING, State.CONNECTING):
            self.media.begin_connection()
        self._tell(state)

    def connected(self) -> None:
        """A camera counts anew."""
        self.connections += 1
        self._is_new = True
        self._arrivals.clear()
        self.media.begin_connection()

    def frame(self, feed: FeedFrame) -> None:
        """Place a frame in time, look for cuts, close clips."""
        start_s = self.media.place(feed.stamp_s, feed.arrival_s)
        if feed.stamp_s is not None:
            self.stamped = start_s, feed.stamp_s
        self.frames_in += 1 + feed.skipped
        self.frames_skipped += feed.skipped
        self._arrivals.append(feed.arrival_s)
        picture = _Small(feed.small)
        frame = Frame(self.frames_in, start_s, start_s + _LAST_S, picture, is_corrupt=feed.is_corrupt)
        for clip in self.sampler.feed(self._detector.feed(frame), feed.view, feed.arrival_s):
            self._slot.put(clip)
        for view in self.sampler.foreseen():
            self._slot.show(view)
        self._open_from_s = self.sampler.from_s

    def snapshot(self, feed: FeedSnapshot) -> None:
        """Pass a picture on, with its time."""
        at = wall_of(feed.arrival_s, self._clock)
        self._tell(Snapshot(feed.jpeg, feed.width_px, feed.height_px, self.media.media_s, at))

    def gap(self) -> None:
        """Close what was seen."""
        for clip in self.sampler.flush():
            self._slot.put(clip, displaces=False)
        self._open_from_s = None
