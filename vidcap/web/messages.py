"""Live events as JSON: the words that the page, ``/captions.json`` and the stream of events share."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from vidcap.live import CueUpdate, Snapshot, StreamState, Tally
from vidcap.text import one_line
from vidcap.timeline import to_ms
from vidcap.urls import mask_secrets

Json = dict[str, Any]


def utc(at: datetime) -> str:
    """Return an aware time as ISO 8601 in UTC with milliseconds, ``2026-03-01T12:00:00.000Z``."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def finite(number: float | None) -> float | None:
    """Return a number that JSON can hold, to three decimals; None for one it can't."""
    return None if number is None or not isfinite(number) else round(float(number), 3)


def cue_message(update: CueUpdate, *, has_picture: bool) -> Json:
    """Return a cue; times in seconds of media time and as wall time."""
    cue = update.cue
    return {
        "number": update.number,
        "start_s": to_ms(cue.start_s) / 1000,
        "end_s": to_ms(cue.end_s) / 1000,
        "starts_at": utc(update.starts_at),
        "text": one_line(cue.text),
        "confidence": finite(cue.confidence),
        "delay_s": finite(update.delay_s),
        "is_final": update.is_final,
        "has_picture": has_picture,
    }


def state_message(state: StreamState) -> Json:
    """Return how the source is."""
    return {
        "state": state.state.value,
        "reason": one_line(mask_secrets(state.reason)),
        "since": utc(state.since),
        "attempt": state.attempt,
        "retry_in_s": finite(state.retry_in_s),
    }


def tally_message(tally: Tally) -> Json:
    """Return the figures of the session."""
    counts = ("frames_in", "frames_dropped", "clips", "clips_dropped", "cues", "reconnects")
    measures = ("uptime_s", "delay_p50_s", "delay_p95_s", "fps_in")
    return {
        "at": utc(tally.at),
        "media_s": to_ms(tally.media_s) / 1000,
        **{name: getattr(tally, name) for name in counts},
        **{name: finite(getattr(tally, name)) for name in measures},
    }


def picture_message(snapshot: Snapshot, number: int) -> Json:
    """Return what is known of the latest picture but the picture itself."""
    return {
        "number": number,
        "width_px": snapshot.width_px,
        "height_px": snapshot.height_px,
        "media_s": to_ms(snapshot.media_s) / 1000,
        "at": utc(snapshot.at),
    }


def to_json(value: Any) -> str:
    """Return compact JSON on one line."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def sse(event: str, value: Any, event_id: str | None = None) -> bytes:
    """Return a message of a server-sent event stream; JSON has no line breaks, so it is one line of data."""
    head = f"id: {event_id}\n" if event_id is not None else ""
    return f"{head}event: {event}\ndata: {to_json(value)}\n\n".encode()
