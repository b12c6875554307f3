"""WebVTT and SubRip of a stream that goes on: a valid track at every moment, whoever reads it, whatever happens.

A cue is there as soon as it is opened, added by one write; while it lasts, the few digits of its end are written over.
Nothing else in the file ever changes, so a stream of weeks costs no more than one of minutes.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from vidcap.errors import OutputError
from vidcap.formats import Format, TrackInfo
from vidcap.formats.base import Writer
from vidcap.live.events import CueUpdate, LiveEvent
from vidcap.live.outputs.files import GrowingOutput, put_aside
from vidcap.live.outputs.rotating import Rotation
from vidcap.timeline import Seconds, clock, to_ms
from vidcap.types import Cue

_END = re.compile(r"( --> )\S+")
LIVE_FORMATS = ("vtt", "srt")
"""Formats whose files are valid after every cue."""


class TrackSink:
    """Writes a live track. With a rotation each file's times count from its own beginning.

    A file that is there already is an OutputError, unless ``overwrite``; with a rotation it is put aside.
    """

    def __init__(self, path: Path, kind: Format, *, overwrite: bool = False, rotation: Rotation | None = None) -> None:
        if kind.name not in LIVE_FORMATS:
            names = ", ".join(LIVE_FORMATS)
            raise OutputError(str(path), f"a live track is one of {names}, jsonl and txt, not {kind.name}")
        self._path = path
        self._kind = kind
        self._rotation = rotation
        self._shift_s: Seconds | None = None
        if rotation is not None:
            put_aside(path)
        self._number = -1
        self._text = ""
        self._begin(overwrite=overwrite)

    def take(self, event: LiveEvent) -> None:
        """Write a cue, or how much longer it lasts; OutputError where that fails."""
        if not isinstance(event, CueUpdate):
            return
        if self._shift_s is None:
            self._shift_s = Seconds(0)
        if event.number > self._number:
            self._rotate(event.starts_at, event.cue.start_s)
            text = self._writer.cue(self._shifted(event.cue))
            if text:
                self._file.add(text)
            self._number, self._text = event.number, text
        elif event.number == self._number and self._text:
            self._prolong(event.cue)

    def close(self) -> None:
        """Force it to the disk."""
        self._file.close()

    def _begin(self, *, overwrite: bool) -> None:
        self._writer: Writer = self._kind.writer(TrackInfo())
        self._file = GrowingOutput(self._path, overwrite=overwrite)
        header = self._writer.begin()
        if header:
            self._file.add(header)

    def _rotate(self, at: datetime, start_s: Seconds) -> None:
        if self._rotation is None or not self._rotation.is_due(at):
            return
        self._file.close()
        put_aside(self._path, self._rotation.begun_at)
        self._rotation.begun_at, self._shift_s = at, start_s
        self._begin(overwrite=False)

    def _prolong(self, cue: Cue) -> None:
        """Write the cue over itself: it differs in the digits of its end."""
        end = clock(to_ms(self._shifted(cue).end_s), separator="," if self._kind.name == "srt" else ".")
        text = _END.sub(rf"\g<1>{end}", self._text, count=1)
        if text != self._text and len(text) >= len(self._text):
            self._file.replace_last(text)
            self._text = text

    def _shifted(self, cue: Cue) -> Cue:
        shift_s = self._shift_s or Seconds(0)
        return replace(cue, start_s=cue.start_s - shift_s, end_s=cue.end_s - shift_s) if shift_s else cue
