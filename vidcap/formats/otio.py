"""OpenTimelineIO: a timeline with the film and a marker for each cue, through the ``opentimelineio`` library.

A timeline is one JSON object, so its cues are held until the end; all other formats are written as they come.
"""

from __future__ import annotations

import math
from importlib import import_module
from typing import Any

from vidcap.errors import OutputError
from vidcap.formats.base import Shown, TrackInfo, TrackWriter
from vidcap.formats.edl import frame_at
from vidcap.text import one_line
from vidcap.types import Cue


class OtioWriter(TrackWriter):
    """Writes an OpenTimelineIO timeline (.otio). OutputError where the library is not installed."""

    def __init__(self, info: TrackInfo | None = None) -> None:
        super().__init__(info)
        try:
            self._otio: Any = import_module("opentimelineio")
        except ImportError as error:
            reason = "this format needs OpenTimelineIO: pip install 'vidcap[otio]'"
            raise OutputError("otio", reason) from error
        self._markers: list[Any] = []
        self._end_frame = 0

    def block(self, shown: Shown, cue: Cue) -> str:
        """Keep a marker, to be written at the end."""
        start = frame_at(shown.start_ms, self._info.frame_rate)
        end = max(start + 1, frame_at(shown.end_ms, self._info.frame_rate))
        confidence = cue.confidence if math.isfinite(cue.confidence) else None
        known = {"confidence": confidence, "shot": cue.shot_index, "lines": list(shown.lines)}
        if cue.is_extended:
            known["extended"] = True
        marker = self._otio.schema.Marker(
            name=" ".join(shown.lines),
            marked_range=self._range(start, end),
            color=self._otio.schema.MarkerColor.RED if cue.is_extended else self._otio.schema.MarkerColor.BLUE,
            metadata={"vidcap": known},
        )
        self._markers.append(marker)
        self._end_frame = max(self._end_frame, end)
        return ""

    def finish(self) -> str:
        """Return the whole timeline."""
        schema = self._otio.schema
        media = one_line(self._info.media)
        reference = schema.ExternalReference(target_url=media) if media else schema.MissingReference()
        whole = self._range(0, self._end_frame)
        clip = schema.Clip(name=media or "film", media_reference=reference, source_range=whole)
        clip.markers.extend(self._markers)
        timeline = schema.Timeline(name=one_line(self._info.title) or "Descriptions")
        track = schema.Track(name="Film", kind=schema.TrackKind.Video)
        track.append(clip)
        timeline.tracks.append(track)
        return str(self._otio.adapters.write_to_string(timeline, "otio_json")) + "\n"

    def _range(self, start: int, end: int) -> Any:
        rate = float(self._info.frame_rate)
        time = self._otio.opentime
        return time.TimeRange(time.RationalTime(start, rate), time.RationalTime(end - start, rate))
