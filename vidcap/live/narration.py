"""Joins the live stages. Three threads: one reads, one describes, the caller's takes events and writes.

The reading one never waits for the model, the model never waits for an output's disk, and the caller can always stop.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from queue import Empty, Full, Queue

from vidcap.captioner import Describer
from vidcap.live.clips import LiveClip
from vidcap.live.clock import Clock, SystemClock, wall_of
from vidcap.live.config import MOST_PICTURES, PICTURES_FPS, LiveConfig
from vidcap.live.connection import Connection, Feed, Outcome, Verdict
from vidcap.live.events import CueUpdate, LiveEvent, Snapshot, State, StreamState, Tally
from vidcap.live.narrator import Narrator, Said
from vidcap.live.slot import Slot
from vidcap.live.stillness import Stillness
from vidcap.live.tallying import Delays
from vidcap.live.watch import Watch
from vidcap.timeline import Seconds
from vidcap.types import Caption
from vidcap.urls import is_webcam, scheme_of

TALLY_S = 1.0
STOP_S = 1.2
"""How long a stop waits for the last sentence; what then still hangs is left behind in its daemon thread."""
_LOOK_S = 0.1
_MOST_WAITING = 256
_BLIND_WINDOWS = 3

_Described = tuple[LiveClip, Caption | None]
"""A clip with its caption; None where it shows what the one before did."""


class Narration:
    """A live source being narrated: take :meth:`events` until they end, :meth:`stop` it at any time.

    ``connect`` makes a connection, ``describer`` speaks. ``verdict`` tells afterwards how it ended.
    """

    def __init__(
        self,
        name: str,
        describer: Describer,
        config: LiveConfig | None = None,
        *,
        connect: Callable[[], Feed] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self.config = _sampled(config or LiveConfig())
        self.verdict = Verdict(Outcome.STOPPED)
        self._describer = describer
        self._clock: Clock = clock or SystemClock()
        self._mail: Queue[LiveEvent | _Described | BaseException | None] = Queue(_MOST_WAITING)
        self._slot = Slot()
        self._watch = Watch(self.config, self._slot, self._clock, self._tell)
        self._stop = threading.Event()
        self._is_stopping = False
        self._is_ready = threading.Event()
        self._can_wait = scheme_of(name) is None and not is_webcam(name)  # a file or a pipe waits for the model
        self._connection = Connection(
            name, connect or self._opener(name), self.config, self._watch, self._clock, stop=self._stop
        )
        self._narrator = Narrator(self.config)
        self._delays = Delays()
        self._clips = self._cues = 0
        self._began_s = self._clock.monotonic_s()
        self._starts_at = self._clock.now()
        self._looked_s = self._began_s
        self._settled_s = Seconds(0)
        self._last_state: StreamState | None = None
        self._threads = [
            threading.Thread(target=self._read, name="vidcap-live-reader", daemon=True),
            threading.Thread(target=self._describe, name="vidcap-live-model", daemon=True),
        ]

    def _opener(self, name: str) -> Callable[[], Feed]:
        from vidcap.sources.live.feed import LiveFeed

        return lambda: LiveFeed(name, self.config.source)

    def stop(self) -> None:
        """Ask for the end: :meth:`events` finishes within two seconds. May be called by a signal handler."""
        self._is_stopping = True

    @property
    def is_busy(self) -> bool:
        """Whether a thread is still at work, after the events have ended: something hangs."""
        return any(thread.is_alive() for thread in self._threads)

    def events(self) -> Iterator[LiveEvent]:
        """Yield what happens, until the source ends, is given up, or :meth:`stop` was called. Once only.

        The delay of a cue is taken up to the moment when the next event is asked for: it has been written then.
        """
        for thread in self._threads:
            thread.start()
        try:
            yield from self._until_over()
            yield from self._said(self._narrator.end())
            yield self.tally()
            if self._last_state is not None:
                yield self._last_state
        finally:
            self._stop.set()
            self._slot.close()
            for thread in self._threads:
                thread.join(0.3)

    def _until_over(self) -> Iterator[LiveEvent]:
        """Yield events until the model's thread says that nothing more comes, or a stop has waited long enough."""
        next_s, deadline_s = self._clock.monotonic_s() + TALLY_S, float("inf")
        while self._clock.monotonic_s() < deadline_s:
            if self._is_stopping and not self._stop.is_set():
                self._stop.set()
                deadline_s = self._clock.monotonic_s() + STOP_S
            with suppress(Empty):
                item = self._mail.get(timeout=_LOOK_S)
                if item is None:
                    return
                yield from self._handled(item)
            if self._clock.monotonic_s() >= next_s:
                next_s = self._clock.monotonic_s() + TALLY_S
                yield self.tally()
                yield from self._closed_when_blind()

    def _handled(self, item: LiveEvent | _Described | BaseException) -> Iterator[LiveEvent]:
        if isinstance(item, BaseException):
            raise item
        if isinstance(item, tuple):
            clip, caption = item
            self._clips, self._looked_s = self._clips + 1, self._clock.monotonic_s()
            changes = self._narrator.hold(clip) if caption is None else self._narrator.describe(clip, caption)
            yield from self._said(changes)
            self._slot.settle(clip)
        elif isinstance(item, StreamState) and item.state in (State.STOPPED, State.GIVEN_UP):
            self._last_state = item  # told when the last cue has been
        else:
            yield item

    def _closed_when_blind(self) -> Iterator[LiveEvent]:
        """Close a cue of which nothing has been seen for long: the source is gone, or the model hangs."""
        blind_s = self._clock.monotonic_s() - self._looked_s
        if blind_s > _BLIND_WINDOWS * self.config.window_s:
            yield from self._said(self._narrator.end())

    def _said(self, changes: Iterator[Said]) -> Iterator[LiveEvent]:
        for said in changes:
            if not said.is_new or said.clip is None:
                yield CueUpdate(said.number, said.cue, self._starts_at, said.is_final)
                continue
            self._cues += 1
            clip = said.clip
            into_s = float(said.cue.start_s - clip.clip.span.start_s)
            self._starts_at = wall_of(clip.first_arrival_s, self._clock) + timedelta(seconds=into_s)
            delay_s = self._clock.monotonic_s() - clip.last_arrival_s
            yield CueUpdate(said.number, said.cue, self._starts_at, said.is_final, delay_s)
            self._delays.add(self._clock.monotonic_s() - clip.last_arrival_s)

    def tally(self) -> Tally:
        """Return the figures so far."""
        watch = self._watch
        frame_media_s, frame_stamp_s = watch.stamped or (None, None)
        settled_s = watch.settled_s()  # before the slot is asked: clips move on, never back
        unsettled_s = self._slot.unsettled_s()
        self._settled_s = max(self._settled_s, settled_s if unsettled_s is None else min(settled_s, unsettled_s))
        return Tally(
            at=self._clock.now(),
            media_s=self._settled_s,
            frames_in=watch.frames_in,
            frames_dropped=watch.frames_skipped + self._slot.frames_dropped,
            clips=self._clips,
            clips_dropped=self._slot.clips_dropped + watch.sampler.clips_blind,
            cues=self._cues,
            reconnects=max(0, watch.connections - 1),
            uptime_s=self._clock.monotonic_s() - self._began_s,
            delay_p50_s=self._delays.percentile(50),
            delay_p95_s=self._delays.percentile(95),
            fps_in=watch.fps,
            frame_media_s=frame_media_s,
            frame_stamp_s=frame_stamp_s,
        )

    def _tell(self, event: StreamState | Snapshot) -> None:
        """Pass an event to the caller's thread; pictures are left out where it does not come for them."""
        with suppress(Full):
            self._mail.put(event, timeout=0 if isinstance(event, Snapshot) else 1)

    def _read(self) -> None:
        try:
            while self._can_wait and not self._is_ready.wait(_LOOK_S) and not self._stop.is_set():
                pass
            self.verdict = self._connection.run()
        except BaseException as error:
            self._mail.put(error)
        finally:
            self._slot.close()

    def _describe(self) -> None:
        """Describe clips as they come, but for those that show what was described before."""
        stillness = Stillness()
        try:
            side_px = self._describer.picture_px  # loads the model, while the camera is being connected
            if side_px != self.config.source.view_px:
                raise ValueError(f"the describer wants pictures of {side_px} px: set view_px")
            self._is_ready.set()
            glance = getattr(self._describer, "glance", None)
            while (clip := self._slot.take()) is not None:
                if not isinstance(clip, LiveClip):
                    if glance is not None and stillness.is_changed(clip):
                        glance(clip)
                    continue
                if stillness.is_same(clip.clip):
                    self._mail.put((clip, None))
                    continue
                caption = self._describer.describe((clip.clip,))[0]
                stillness.remember(clip.clip)
                self._mail.put((clip, caption))
            self._mail.put(None)
        except BaseException as error:
            self._mail.put(error)


def _sampled(config: LiveConfig) -> LiveConfig:
    """Return the settings with pictures sent twice as often as they are needed, to choose from."""
    fps = min(PICTURES_FPS, MOST_PICTURES / config.window_s)
    return replace(config, source=replace(config.source, view_step_s=float(1 / (2 * fps))))
