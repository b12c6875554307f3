"""Outputs of a live narration: lines, JSON Lines, tracks that are valid at every moment. One file each."""

from vidcap.live.outputs.loose import LooseStream, loose
from vidcap.live.outputs.records import JsonSink
from vidcap.live.outputs.said import LineSink
from vidcap.live.outputs.several import SinkSet
from vidcap.live.outputs.track import TrackSink

__all__ = ["JsonSink", "LineSink", "LooseStream", "SinkSet", "TrackSink", "loose"]
