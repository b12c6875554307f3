"""When somebody speaks in a film: told by subtitles, or heard.

>>> find_speech("film.mkv", "auto")  # doctest: +SKIP
[(Fraction(3, 2), Fraction(9, 2)), ...]
"""

from __future__ import annotations

import logging
import os
from importlib.util import find_spec
from typing import TYPE_CHECKING

from vidcap.cues.pauses import Span, joined
from vidcap.errors import SourceUnsupported
from vidcap.pauses.subtitles import speech_in_file
from vidcap.sources import SourceConfig
from vidcap.timeline import Seconds

if TYPE_CHECKING:
    from vidcap.sources.opening import Opened

__all__ = ["WAYS", "find_speech"]

_log = logging.getLogger(__name__)

WAYS = ("auto", "track", "audio", "voice")
"""Where to look in the film itself; any other word names a subtitle file."""
_BREATH_S = Seconds(3, 10)
"""Silence shorter than this is part of speech: nothing can be said in it."""


def find_speech(movie: str | os.PathLike[str], way: str, source: SourceConfig | None = None) -> list[Span]:
    """Return when somebody speaks, in exact seconds from the start of the film, in order and apart.

    ``way`` is the name of a subtitle file with what is spoken, or one of: ``track``, the film's own subtitles (text,
    not forced ones or descriptions); ``audio``, how loud it is; ``voice``, a model that knows voices (extra ``voice``);
    ``auto``, the first of these that the film and the installation have. SourceError where there is nothing to go by.
    """
    name = os.fspath(movie)
    if way not in WAYS:
        return joined(speech_in_file(way), _BREATH_S)
    if name == "-":
        raise SourceUnsupported(name, "speech can't be looked for in standard input: give a subtitle file")
    from vidcap.sources.opening import open_container
    from vidcap.sources.protocols import target_of

    source = source or SourceConfig()
    opened = open_container(target_of(name, source), source)
    try:
        return joined(_found(opened, way), _BREATH_S)
    finally:
        opened.close()


def _found(opened: Opened, way: str) -> list[Span]:
    from vidcap.pauses.subtitles import speech_in_track, spoken_track

    name = opened.target.name
    track = spoken_track(opened.container)
    if track is not None and way in ("auto", "track"):
        _log.info("%s: pauses are taken from its subtitles (stream %d)", opened.target.shown, track.index)
        return speech_in_track(opened, track)
    if way == "track":
        raise SourceUnsupported(name, "has no subtitles of what is spoken that are text")
    if not opened.container.streams.audio:
        _log.info("%s: has no sound, so nobody speaks", opened.target.shown)
        return []
    if way == "voice" or (way == "auto" and find_spec("silero_vad") is not None):
        from vidcap.pauses.voice import speech_by_voice

        _log.info("%s: pauses are found by a voice model", opened.target.shown)
        return speech_by_voice(opened)
    from vidcap.pauses.energy import speech_by_energy

    _log.info("%s: pauses are found by how loud it is", opened.target.shown)
    return speech_by_energy(opened)
