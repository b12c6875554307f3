"""Several outputs at once: the failure of one stops neither the others nor the stream."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from contextlib import suppress

from vidcap.errors import OutputClosed, OutputError
from vidcap.live.events import CueUpdate, LiveEvent, LiveSink

log = logging.getLogger(__name__)


class SinkSet:
    """Passes events to sinks. One that fails is told of once, and tried again with the next event."""

    def __init__(self, sinks: Sequence[LiveSink]) -> None:
        self._sinks = tuple(sinks)
        self._broken: dict[int, str] = {}
        self._is_closed = False
        self._number = -1

    @property
    def has_sinks(self) -> bool:
        """Whether there are any."""
        return bool(self._sinks)

    @property
    def is_broken(self) -> bool:
        """Whether an output does not work at present."""
        return bool(self._broken)

    def take(self, event: LiveEvent) -> None:
        """Pass an event to each; OutputClosed where the reader of one went away."""
        for place, sink in enumerate(self._sinks):
            try:
                sink.take(event)
            except OutputClosed:
                raise
            except OutputError as error:
                if place not in self._broken:
                    log.error("%s", error)
                self._broken[place] = str(error)
            else:
                if place in self._broken and self._is_new(event):
                    self._recovered(place)
        if isinstance(event, CueUpdate):
            self._number = max(self._number, event.number)

    def _is_new(self, event: LiveEvent) -> bool:
        """Tell whether an event is a cue that every output writes; of others some write nothing."""
        return isinstance(event, CueUpdate) and event.number > self._number

    def _recovered(self, place: int) -> None:
        """Tell that an output took a cue again."""
        log.warning("an output works again; it lacks what came meanwhile (%s)", self._broken.pop(place))

    def close(self) -> None:
        """Close each, whatever happens to the others; may be called twice."""
        if self._is_closed:
            return
        self._is_closed = True
        for sink in self._sinks:
            with suppress(OutputClosed):
                try:
                    sink.close()
                except OutputError as error:
                    log.error("%s", error)
