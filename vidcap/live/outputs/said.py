"""One line a cue, for people and pipes: ``00:01:04  A man rides a bike.``"""

from __future__ import annotations

from vidcap.formats.output import reporting
from vidcap.live.events import CueUpdate, LiveEvent
from vidcap.live.outputs.files import GrowingOutput
from vidcap.live.outputs.loose import ByteStream
from vidcap.timeline import clock, to_ms


class LineSink:
    """Writes each cue when it is opened, with its media time, and flushes it."""

    def __init__(self, stream: ByteStream | GrowingOutput, name: str = "-") -> None:
        self._stream = stream
        self._name = name
        self._number = -1

    def take(self, event: LiveEvent) -> None:
        """Write a cue that is new; OutputError where that fails."""
        if not isinstance(event, CueUpdate) or event.number <= self._number:
            return
        self._number = event.number
        line = f"{clock(to_ms(event.cue.start_s))}  {event.cue.text}\n"
        if isinstance(self._stream, GrowingOutput):
            self._stream.add(line)
            return
        with reporting(self._name):
            self._stream.write(line.encode())
            self._stream.flush()

    def close(self) -> None:
        """Close the file; a stream stays open."""
        if isinstance(self._stream, GrowingOutput):
            self._stream.close()
