"""Keeps a live source connected: a watchdog on frames owns every deadline, pauses between attempts grow."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from threading import Event
from typing import Protocol

from vidcap.errors import SourceError
from vidcap.live.backoff import Backoff
from vidcap.live.clock import Clock
from vidcap.live.config import LiveConfig
from vidcap.live.events import State, StreamState
from vidcap.sources.live.messages import FeedEnd, FeedFrame, FeedMessage, FeedSnapshot

_LOOK_S = 0.2
"""How often the watchdog looks, whatever comes."""


class Feed(Protocol):
    """One connection; ``vidcap.sources.live.feed.LiveFeed`` is the real one."""

    def next(self, within_s: float) -> FeedMessage | None:
        """Return what comes within that time, or None."""
        ...

    def close(self) -> None:
        """End it, whatever it hangs in."""
        ...


class Watcher(Protocol):
    """Who is told what comes."""

    def state(self, state: StreamState) -> None:
        """The source changed its state."""
        ...

    def connected(self) -> None:
        """The first frame of a connection is about to come."""
        ...

    def frame(self, frame: FeedFrame) -> None:
        """A frame came."""
        ...

    def snapshot(self, snapshot: FeedSnapshot) -> None:
        """A picture for people came."""
        ...

    def gap(self) -> None:
        """Frames have ceased to come, for now or for ever."""
        ...


class Outcome(Enum):
    """How it all ended."""

    STOPPED = "stopped"
    ENDED = "ended"
    GIVEN_UP = "given up"


@dataclass(frozen=True, slots=True)
class Verdict:
    """How it all ended, and why."""

    outcome: Outcome
    error: SourceError | None = None


@dataclass(frozen=True, slots=True)
class _Loss:
    """How a connection ended."""

    reason: str
    frames: int
    lasted_s: float = 0.0
    error: SourceError | None = None
    is_hopeless: bool = False


class Connection:
    """Reads a source until it is stopped, ends by its own word, or is given up."""

    def __init__(
        self,
        name: str,
        connect: Callable[[], Feed],
        config: LiveConfig,
        watcher: Watcher,
        clock: Clock,
        *,
        stop: Event,
        backoff: Backoff | None = None,
    ) -> None:
        self._name = name
        self._connect = connect
        self._config = config
        self._watcher = watcher
        self._clock = clock
        self._stop = stop
        self._backoff = backoff or Backoff(config.reconnect_max_s)
        self._attempt = 0
        self._was_live = False
        self._seen_s = clock.monotonic_s()  # when the last frame came

    def run(self) -> Verdict:
        """Connect, read, connect again; return how it ended."""
        while not self._stop.is_set():
            self._attempt += 1
            self._tell(State.CONNECTING, "")
            loss = self._read()
            if self._stop.is_set():
                break
            verdict = self._judge(loss)
            if verdict is not None:
                return verdict
            pause_s = self._pause_s(loss)
            self._tell(State.WAITING, loss.reason, pause_s)
            self._wait(pause_s)
        self._tell(State.STOPPED, "")
        return Verdict(Outcome.STOPPED)

    def _judge(self, loss: _Loss) -> Verdict | None:
        """Return the verdict if a loss is the last one."""
        if loss.is_hopeless and loss.error is None:
            self._tell(State.STOPPED, loss.reason)
            return Verdict(Outcome.ENDED)
        is_over = self._gave_up_s() is not None and self._clock.monotonic_s() >= (self._gave_up_s() or 0)
        if not is_over and (not loss.is_hopeless or self._was_live):
            return None
        self._tell(State.GIVEN_UP, loss.reason)
        return Verdict(Outcome.GIVEN_UP, loss.error or SourceError(self._name, loss.reason))

    def _gave_up_s(self) -> float | None:
        after_s = self._config.give_up_after_s
        return None if after_s is None else self._seen_s + after_s

    def _pause_s(self, loss: _Loss) -> float:
        """Return how long to wait; a password that is refused again and again may lock the account."""
        self._backoff.lasted(loss.lasted_s)
        pause_s = self._backoff.longest() if loss.is_hopeless else self._backoff.pause_s()
        give_up_s = self._gave_up_s()
        left_s = pause_s if give_up_s is None else give_up_s - self._clock.monotonic_s()
        return max(0.0, min(pause_s, left_s))

    def _wait(self, pause_s: float) -> None:
        until_s = self._clock.monotonic_s() + pause_s
        while (left_s := until_s - self._clock.monotonic_s()) > 0 and not self._stop.wait(min(left_s, _LOOK_S)):
            pass

    def _read(self) -> _Loss:
        """Read one connection to its end, whatever it does."""
        feed = self._connect()
        try:
            return self._follow(feed)
        finally:
            feed.close()
            self._watcher.gap()

    def _follow(self, feed: Feed) -> _Loss:
        began_s = last_s = self._clock.monotonic_s()
        frames, is_stalled = 0, False
        while not self._stop.is_set():
            message = feed.next(_LOOK_S)
            now_s = self._clock.monotonic_s()
            if isinstance(message, FeedFrame):
                if not frames:
                    began_s = now_s
                    self._watcher.connected()
                self._watcher.frame(message)
                if not frames or is_stalled:
                    self._attempt, self._was_live, is_stalled = 0, True, False
                    self._tell(State.LIVE, "")
                frames, last_s, self._seen_s = frames + 1, now_s, now_s
            elif isinstance(message, FeedSnapshot):
                self._watcher.snapshot(message)
            elif isinstance(message, FeedEnd):
                return self._ended(message, frames, last_s - began_s)
            if self._is_overdue(now_s - last_s, frames):
                return _Loss(self._why_overdue(frames), frames, last_s - began_s)
            if frames and not is_stalled and now_s - last_s >= self._config.stall_s:
                is_stalled = True
                self._tell(State.STALLED, f"no picture for {now_s - last_s:.0f} s")
                self._watcher.gap()
        return _Loss("stopped", frames)

    def _is_overdue(self, silent_s: float, frames: int) -> bool:
        source = self._config.source
        return silent_s >= (source.frame_timeout_s if frames else source.connect_timeout_s)

    def _why_overdue(self, frames: int) -> str:
        source = self._config.source
        if frames:
            return f"no picture for {source.frame_timeout_s:g} s"
        return f"no whole picture within {source.connect_timeout_s:g} s (no answer, or no key frame)"

    def _ended(self, end: FeedEnd, frames: int, lasted_s: float) -> _Loss:
        reason = "the stream broke off" if end.error is None else end.error.reason
        if end.error is None and end.is_hopeless:
            reason = "the end"
        return _Loss(reason, frames, lasted_s, end.error, end.is_hopeless)

    def _tell(self, state: State, reason: str, pause_s: float = 0.0) -> None:
        self._watcher.state(StreamState(state, reason, self._clock.now(), self._attempt, pause_s))
