"""The tracks of a captioned film: captions become cues, and files that are whole or not there."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from vidcap.batch.work import Part
from vidcap.captioner import CaptionConfig, cues_of
from vidcap.captioner.api import track_info
from vidcap.cues import Fitted
from vidcap.errors import OutputError
from vidcap.formats import FORMATS, TrackInfo, Writer
from vidcap.formats.base import Watching
from vidcap.formats.output import TrackFile


def output_names(name: str, formats: Sequence[str]) -> tuple[str, ...]:
    """Return the files of an input's tracks, below the folder of outputs."""
    return tuple(f"{name}{FORMATS[each].suffixes[0]}" for each in formats)


def write_tracks(part: Part, places: Sequence[Path], formats: Sequence[str], config: CaptionConfig) -> int:
    """Write a film's tracks, replacing what is there, and return how many cues they have; OutputError if that fails."""
    for place in places:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise OutputError(str(place), f"can't be written: {os.strerror(error.errno or 0).lower()}") from None
    with ExitStack() as stack:
        tracks = [
            stack.enter_context(_whole(TrackFile(place, _writer(part, place, name), overwrite=True)))
            for place, name in zip(places, formats, strict=True)
        ]
        for cue in cues_of(part.captions, config, part.info.frame_rate, part.speech, Fitted()):
            for track in tracks:
                track.write(cue)
        for track in tracks:
            track.commit()
    return tracks[0].cues_written


def watches(name: str) -> bool:
    """Tell whether a format looks at the film's pictures itself, which are gone when a batch writes tracks."""
    return isinstance(FORMATS[name].writer(TrackInfo()), Watching)


def _writer(part: Part, place: Path, name: str) -> Writer:
    return FORMATS[name].writer(track_info(part.info, place))


@contextmanager
def _whole(track: TrackFile) -> Iterator[TrackFile]:
    """Give a track that leaves nothing behind unless it is committed."""
    try:
        yield track
    finally:
        track.discard()
