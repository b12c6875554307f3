"""Narrating a stream that does not end: bounded delay, reconnects, tracks that are valid at every moment."""

from vidcap.live.config import LiveConfig
from vidcap.live.connection import Outcome, Verdict
from vidcap.live.events import CueUpdate, LiveEvent, LiveSink, Snapshot, State, StreamState, Tally
from vidcap.live.narration import Narration

__all__ = [
    "CueUpdate",
    "LiveConfig",
    "LiveEvent",
    "LiveSink",
    "Narration",
    "Outcome",
    "Snapshot",
    "State",
    "StreamState",
    "Tally",
    "Verdict",
]
