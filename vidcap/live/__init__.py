"""Narrating a stream that does not end: bounded delay, reconnects, tracks that are valid at every moment."""

from vidcap.live.events import CueUpdate, LiveEvent, LiveSink, Snapshot, State, StreamState, Tally

__all__ = ["CueUpdate", "LiveEvent", "LiveSink", "Snapshot", "State", "StreamState", "Tally"]
