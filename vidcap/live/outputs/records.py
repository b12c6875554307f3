"""JSON Lines: what happens, one object a line, with the time on the wall.

``type`` is ``cue`` when a sentence is first said, ``cue_end`` when it is over (its ``number`` tells which), ``state``
when the source changes, ``tally`` every 10 s and at the end. Times on the wall are ISO 8601, UTC.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from vidcap.formats.output import reporting
from vidcap.live.events import CueUpdate, LiveEvent, StreamState, Tally
from vidcap.live.outputs.files import GrowingOutput, put_aside
from vidcap.live.outputs.loose import ByteStream
from vidcap.live.outputs.rotating import Rotation
from vidcap.text import one_line
from vidcap.timeline import Seconds, to_ms
from vidcap.urls import mask_secrets

TALLY_EVERY_S = 10.0


class JsonSink:
    """Writes records to a file, which is gone on with where it is there, or to a stream that stays open."""

    def __init__(
        self,
        place: Path | ByteStream,
        source: str,
        *,
        overwrite: bool = False,
        rotation: Rotation | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        self._now = now
        self._place = place
        self._source = one_line(mask_secrets(source))
        self._rotation = rotation
        self._number = -1
        self._tallied_s: float | None = None  # of the session: the date may be set meanwhile
        self._tally: Tally | None = None
        self._file: GrowingOutput | None = None
        if isinstance(place, Path):
            self._file = GrowingOutput(place, overwrite=overwrite, keeps=not overwrite)

    def take(self, event: LiveEvent) -> None:
        """Write what there is to say of an event; OutputError where that fails."""
        if isinstance(event, CueUpdate):
            self._take_cue(event)
        elif isinstance(event, StreamState):
            self._write(
                event.since,
                {"type": "state", "at": iso(event.since), "state": str(event.state), "reason": event.reason}
                | {"attempt": event.attempt, "retry_in_s": round(event.retry_in_s, 3)},
            )
        elif isinstance(event, Tally):
            self._tally = event
            if self._tallied_s is None or event.uptime_s - self._tallied_s >= TALLY_EVERY_S:
                self._write_tally(event)

    def close(self) -> None:
        """Write the last figures, and close the file."""
        try:
            if self._tally is not None and self._tally.uptime_s != self._tallied_s:
                self._write_tally(self._tally)
        finally:
            if self._file is not None:
                self._file.close()

    def _take_cue(self, event: CueUpdate) -> None:
        is_new = event.number > self._number
        if is_new:
            self._number = event.number
            self._write(
                event.starts_at,
                {"type": "cue", **_cue(event), "delay_s": number(event.delay_s), "written_at": iso(self._now())},
            )
        if event.is_final:
            end = {"number": event.number, "end_s": float(event.cue.end_s), "end_ms": to_ms(event.cue.end_s)}
            self._write(event.starts_at, {"type": "cue_end", **end, "ends_at": iso(_ends_at(event))})

    def _write_tally(self, tally: Tally) -> None:
        self._tallied_s = tally.uptime_s
        self._write(tally.at, {"type": "tally", **figures(tally)})

    def _write(self, at: datetime, record: dict[str, Any]) -> None:
        line = json.dumps(record | {"source": self._source}, ensure_ascii=False, allow_nan=False) + "\n"
        if not isinstance(self._place, Path):
            with reporting("-"):
                self._place.write(line.encode())
                self._place.flush()
            return
        assert self._file is not None
        if self._rotation is not None and self._rotation.is_due(at):
            self._file.close()
            put_aside(self._place, self._rotation.begun_at)
            self._rotation.begun_at = at
            self._file = GrowingOutput(self._place, keeps=True)
        self._file.add(line)


def _cue(event: CueUpdate) -> dict[str, Any]:
    cue = event.cue
    return {
        "number": event.number,
        "text": cue.text,
        "starts_at": iso(event.starts_at),
        "start_s": float(cue.start_s),
        "start_ms": to_ms(cue.start_s),
        "end_s": float(cue.end_s),
        "confidence": number(cue.confidence),
        "shot": cue.shot_index,
        "labels": [
            {"name": one_line(label.name), "probability": number(label.probability)}
            for caption in cue.captions
            for label in caption.labels
        ],
    }


def figures(tally: Tally) -> dict[str, Any]:
    """Return the figures of a session by name."""
    return {
        "at": iso(tally.at),
        "media_s": round(float(tally.media_s), 3),
        "uptime_s": round(tally.uptime_s, 3),
        "frames_in": tally.frames_in,
        "frames_dropped": tally.frames_dropped,
        "clips": tally.clips,
        "clips_dropped": tally.clips_dropped,
        "cues": tally.cues,
        "reconnects": tally.reconnects,
        "delay_p50_s": number(tally.delay_p50_s),
        "delay_p95_s": number(tally.delay_p95_s),
        "fps_in": round(tally.fps_in, 2),
    }


def number(value: float | None) -> float | None:
    """Return a number as JSON can hold it, to three places; None for those it can't."""
    return round(float(value), 3) if value is not None and math.isfinite(value) else None


def iso(at: datetime) -> str:
    """Return ``2026-01-02T03:04:05.678Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _ends_at(event: CueUpdate) -> datetime:
    length_s: Seconds = event.cue.end_s - event.cue.start_s
    return event.starts_at + timedelta(seconds=float(length_s))
