"""What a live narration says to its outputs: frozen events, and the protocol of those who take them.

Media time is exact seconds that only rise from the first frame of the session; wall time is aware UTC. Every text is
already neutralised (``vidcap.text``) and every address masked (``vidcap.urls``).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from vidcap.timeline import Seconds
from vidcap.types import Cue


class State(StrEnum):
    """How the source is."""

    CONNECTING = "connecting"
    LIVE = "live"
    STALLED = "stalled"
    """Connected, but no frame for a while."""
    WAITING = "waiting"
    """Between two attempts to connect."""
    GIVEN_UP = "given up"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class StreamState:
    """The source changed its state."""

    state: State
    reason: str
    """One line for people, or empty; no secrets."""
    since: datetime
    attempt: int = 0
    """Counts attempts to connect since the last frame; 0 while all is well."""
    retry_in_s: float = 0.0
    media_s: Seconds | None = None
    """Of LIVE: media time of the first frame of this connection, shown at ``since``; where its stamps begin anew."""


@dataclass(frozen=True, slots=True)
class CueUpdate:
    """A cue was opened, or one already open lasts longer than was said. Cues never go back and never overlap."""

    number: int
    """Counts cues from 0; an update with a number seen before replaces that cue (only its end can differ)."""
    cue: Cue
    starts_at: datetime
    """Wall time of the cue's start."""
    is_final: bool
    """False while the scene lasts: the end is only what is sure so far, and more updates follow."""
    delay_s: float | None = None
    """From the arrival of the last frame it was made of to now; None when an update only moves the end."""


@dataclass(frozen=True, slots=True)
class Tally:
    """Figures of the session so far; sent about once a second. Also a heartbeat: media time goes on without cues."""

    at: datetime
    media_s: Seconds
    """Media time up to which everything has been seen; no cue will begin before it, except the open one."""
    frames_in: int = 0
    frames_dropped: int = 0
    clips: int = 0
    clips_dropped: int = 0
    cues: int = 0
    reconnects: int = 0
    uptime_s: float = 0.0
    delay_p50_s: float | None = None
    delay_p95_s: float | None = None
    fps_in: float = 0.0
    frame_media_s: Seconds | None = None
    """Media time of the newest frame that had a stamp."""
    frame_stamp_s: Seconds | None = None
    """That stamp, as the source counts, in seconds; not moved to any start."""


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """The latest picture, for people to look at."""

    jpeg: bytes
    width_px: int
    height_px: int
    media_s: Seconds
    at: datetime


LiveEvent = StreamState | CueUpdate | Tally | Snapshot


class LiveSink(Protocol):
    """An output of a live narration. Calls come from one thread, in order, and must not block for long."""

    def take(self, event: LiveEvent) -> None:
        """Take an event; ignore kinds of no interest."""
        ...

    def close(self) -> None:
        """Make everything whole; called once, also after errors."""
        ...
