"""Connecting again: when, how often, how long, and when not. With a clock that nobody waits for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from threading import Event
from typing import Any

import numpy as np

from vidcap.errors import SourceNotFound
from vidcap.live import LiveConfig, State, StreamState
from vidcap.live.connection import Connection, Outcome, Verdict
from vidcap.sources.live import FeedEnd, FeedFrame, FeedMessage, FeedSnapshot, LiveSourceConfig

REFUSED = FeedEnd(SourceNotFound("rtsp://u:geheim@host/", "the connection was refused"))
PASSWORD = FeedEnd(SourceNotFound("rtsp://u:geheim@host/", "access refused (401)"), is_hopeless=True)
BROKE_OFF, THE_END = FeedEnd(None), FeedEnd(None, is_hopeless=True)


class FakeClock:
    """Time that passes when somebody waits."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def monotonic_s(self) -> float:
        return self.now_s

    def now(self) -> datetime:
        return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=self.now_s)


class FakeStop(Event):
    """Not set until ``most_s`` have been waited for."""

    def __init__(self, clock: FakeClock, most_s: float) -> None:
        super().__init__()
        self._clock = clock
        self._until_s = clock.now_s + most_s

    def wait(self, timeout: float | None = None) -> bool:
        self._clock.now_s += timeout or 0
        return self.is_set()

    def is_set(self) -> bool:
        return self._clock.now_s >= self._until_s


def frame(at_s: float) -> FeedFrame:
    return FeedFrame(Fraction(at_s), at_s, np.zeros((36, 64, 3), np.uint8), None, False, 0)


class FakeFeed:
    """Gives messages, each after a time, then nothing."""

    def __init__(self, clock: FakeClock, messages: Iterator[tuple[float, FeedMessage]]) -> None:
        self._clock = clock
        self._messages = messages
        self.is_closed = False

    def next(self, within_s: float) -> FeedMessage | None:
        after_s, message = next(self._messages, (within_s, None))
        self._clock.now_s += after_s
        return message

    def close(self) -> None:
        self.is_closed = True


@dataclass
class Watched:
    """A connection that was followed to its end."""

    clock: FakeClock = field(default_factory=FakeClock)
    feeds: list[FakeFeed] = field(default_factory=list)
    states: list[StreamState] = field(default_factory=list)
    frames: int = 0
    gaps: int = 0
    verdict: Verdict | None = None

    def state(self, state: StreamState) -> None:
        self.states.append(state)

    def connected(self) -> None: ...

    def frame(self, frame: FeedFrame) -> None:
        self.frames += 1

    def snapshot(self, snapshot: FeedSnapshot) -> None: ...

    def gap(self) -> None:
        self.gaps += 1

    @property
    def pauses_s(self) -> list[float]:
        return [state.retry_in_s for state in self.states if state.state is State.WAITING]

    @property
    def names(self) -> list[State]:
        return [state.state for state in self.states]


Script = Callable[[int], Iterator[tuple[float, FeedMessage]]]


def watch(script: Script, most_s: float = 3600, source: dict[str, Any] | None = None, **settings: Any) -> Watched:
    watched = Watched()

    def connect() -> FakeFeed:
        watched.feeds.append(FakeFeed(watched.clock, script(len(watched.feeds))))
        return watched.feeds[-1]

    config = LiveConfig(source=LiveSourceConfig(**(source or {})), **settings)
    stop = FakeStop(watched.clock, most_s)
    connection = Connection("rtsp://u:geheim@host/", connect, config, watched, watched.clock, stop=stop)
    watched.verdict = connection.run()
    assert all(feed.is_closed for feed in watched.feeds)
    return watched


def outcome(watched: Watched) -> Outcome:
    assert watched.verdict is not None
    return watched.verdict.outcome


def test_pauses_grow_to_the_longest_and_are_scattered() -> None:
    watched = watch(lambda _: iter([(0.1, REFUSED)]), reconnect_max_s=8)
    means = [0.5, 1, 2, 4, 8, 8, 8]
    assert all(0.75 * mean <= pause <= 1.25 * mean for mean, pause in zip(means, watched.pauses_s, strict=False))
    assert len(set(watched.pauses_s)) == len(watched.pauses_s)
    assert [state.attempt for state in watched.states if state.state is State.WAITING][:4] == [1, 2, 3, 4]


def test_a_connection_that_lasted_makes_pauses_small_again_and_one_frame_does_not() -> None:
    def script(count: int) -> Iterator[tuple[float, FeedMessage]]:
        yield 0.1, frame(0)
        if count == 6:
            for _ in range(11):
                yield 1.0, frame(1)
        yield 0.1, BROKE_OFF

    pauses_s = watch(script, most_s=120).pauses_s
    assert pauses_s[5] > 10
    assert pauses_s[6] < 1


def test_it_gives_up_when_no_picture_came_for_long_enough() -> None:
    watched = watch(lambda _: iter([(0.1, REFUSED)]), give_up_after_s=60)
    assert outcome(watched) is Outcome.GIVEN_UP
    assert 1060 <= watched.clock.now_s <= 1062
    assert str(watched.verdict.error if watched.verdict else "").endswith("the connection was refused")


def test_a_wrong_password_is_tried_once() -> None:
    watched = watch(lambda _: iter([(0.1, PASSWORD)]))
    assert outcome(watched) is Outcome.GIVEN_UP
    assert len(watched.feeds) == 1
    assert watched.names == [State.CONNECTING, State.GIVEN_UP]


def test_a_password_refused_after_pictures_came_is_tried_again_at_leisure() -> None:
    def script(count: int) -> Iterator[tuple[float, FeedMessage]]:
        return iter([(0.1, frame(0)), (0.1, BROKE_OFF)] if count == 0 else [(0.1, PASSWORD)])

    pauses_s = watch(script, most_s=300, reconnect_max_s=40).pauses_s
    assert all(pause_s >= 30 for pause_s in pauses_s[1:])


def test_silence_is_a_stall_first_and_a_loss_later() -> None:
    def script(_: int) -> Iterator[tuple[float, FeedMessage]]:
        yield 0.1, frame(0)

    watched = watch(script, most_s=20, source={"frame_timeout_s": 6})
    assert watched.names[:5] == [State.CONNECTING, State.LIVE, State.STALLED, State.WAITING, State.CONNECTING]
    assert watched.states[3].reason == "no picture for 6 s"
    assert watched.gaps >= 2


def test_a_connection_without_a_frame_ends_at_its_deadline() -> None:
    watched = watch(lambda _: iter([]), most_s=30, source={"connect_timeout_s": 9})
    assert watched.names[:2] == [State.CONNECTING, State.WAITING]
    assert 9 <= watched.states[1].since.timestamp() - watched.states[0].since.timestamp() < 9.5


def test_the_end_of_a_recording_is_the_end() -> None:
    watched = watch(lambda _: iter([(0.1, frame(0)), (0.1, THE_END)]))
    assert outcome(watched) is Outcome.ENDED
    assert len(watched.feeds) == 1


def test_the_end_of_live_data_is_a_loss() -> None:
    watched = watch(lambda _: iter([(0.1, frame(0)), (0.1, BROKE_OFF)]), most_s=5)
    assert len(watched.feeds) > 1
    assert outcome(watched) is Outcome.STOPPED


def test_a_stop_is_seen_within_a_moment_also_in_a_long_pause() -> None:
    watched = watch(lambda _: iter([(0.1, REFUSED)]), most_s=100, reconnect_max_s=1000)
    assert watched.clock.now_s <= 1100.3
    assert watched.names[-1] is State.STOPPED
