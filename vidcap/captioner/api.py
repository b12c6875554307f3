"""The calls that users make: load a captioner, caption a video, write its track, list its shots."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from vidcap.captioner.config import CaptionConfig
from vidcap.captioner.film import Describer, Film, open_film
from vidcap.captioner.flow import Tap, untapped
from vidcap.formats import DEFAULT_FORMAT, FORMATS, TrackInfo, format_for
from vidcap.formats.base import Watching
from vidcap.formats.output import TrackFile
from vidcap.mux import container_for
from vidcap.mux.track import FilmTrack
from vidcap.shots import detect_shots
from vidcap.sources import SourceInfo, Wanted, open_source
from vidcap.types import Caption, Clip, Cue, Shot
from vidcap.urls import mask_secrets

Name = str | os.PathLike[str]
"""A path, a URL, or ``-`` for standard input."""


@dataclass(frozen=True, slots=True)
class Captioner:
    """A model with settings, loaded once and used many times, from several threads if need be.

    >>> from vidcap.testing import EchoDescriber
    >>> Captioner(EchoDescriber()).config.flow.batch
    8
    """

    describer: Describer
    config: CaptionConfig = field(default_factory=CaptionConfig)

    @classmethod
    def load(cls, model: Name | None = None, device: str = "auto", **options: Any) -> Captioner:
        """Return a captioner with the packaged model, or the checkpoint at ``model``.

        ``device`` is ``auto`` (the fastest that works), ``cpu``, ``cuda``, ``cuda:1`` or ``mps``. ``options`` are
        fields of the stages' configs by name, such as ``beam=5`` or ``sample_fps=4``. Raises CheckpointError where
        the file can't be used, ValueError for a device that isn't there.
        """
        from vidcap.model import load_describer

        config = CaptionConfig().with_options(**options)
        return cls(load_describer(model, device, config.describer), config)

    def open(self, source: Name, tap: Tap = untapped) -> Film:
        """Open a video and return it as a :class:`Film`: its facts, its captions, its cues, what was damaged."""
        return open_film(os.fspath(source), self.describer, self.config, tap)

    def caption(self, source: Name) -> Iterator[Caption]:
        """Yield what is seen in each clip of a video, in order; the file is opened at the first ``next()``."""
        with self.open(source) as film:
            yield from film.captions()

    def cues(self, source: Name) -> Iterator[Cue]:
        """Yield the cues of a video's track, in order; the file is opened at the first ``next()``."""
        with self.open(source) as film:
            yield from film.cues()

    def caption_file(self, source: Name, output: Name, *, format: str | None = None, overwrite: bool = False) -> int:
        """Write the track of a video to a file and return how many cues it has.

        The format is the one called ``format``, else the one of the file's suffix; that of a film (.mkv, .webm, .mp4)
        asks for a copy of the video with the track in it. The file appears when it is
        complete; cues of a read that broke off are kept beside it (``movie.partial.srt``). Raises SourceError, or
        OutputError: also for a file that is there already, unless ``overwrite``.
        """
        is_film = format is None and container_for(output) is not None
        kind = FORMATS[DEFAULT_FORMAT] if is_film else format_for(output, format)
        with self.open(source) as film:
            track: TrackFile | FilmTrack
            if is_film:
                track = FilmTrack(source, output, source=self.config.source, overwrite=overwrite)
            else:
                writer = kind.writer(track_info(film.info, output))
                if isinstance(writer, Watching):
                    film.watch(writer.tap)
                track = TrackFile(output, writer, overwrite=overwrite)
            with track:
                for cue in film.cues():
                    track.write(cue)
        return track.cues_written

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each clip, in order."""
        return self.describer.describe(clips)


def caption(source: Name, *, model: Name | None = None, device: str = "auto", **options: Any) -> Iterator[Caption]:
    """Yield what is seen in a video, clip by clip, while it is being read; ``options`` as of :meth:`Captioner.load`.

    The model is loaded at the first ``next()``: for several videos load a :class:`Captioner` once.
    """
    yield from Captioner.load(model, device, **options).caption(source)


def caption_file(
    source: Name,
    output: Name,
    *,
    model: Name | None = None,
    device: str = "auto",
    overwrite: bool = False,
    **options: Any,
) -> int:
    """Write the track of a video to a file, its format chosen by the suffix, and return how many cues it has.

    With the suffix of a film (.mkv, .webm, .mp4) it is a copy of the video with the track in it.
    """
    return Captioner.load(model, device, **options).caption_file(source, output, overwrite=overwrite)


def find_shots(source: Name, **options: Any) -> Iterator[Shot]:
    """Yield the shots of a video in order, each as soon as its end is certain; needs no model.

    ``options`` are fields of the source's and the shot detector's configs, such as ``min_shot_s=1``.
    """
    config = CaptionConfig().with_options(**options)
    with open_source(os.fspath(source), config.source) as opened:
        yield from detect_shots(opened.frames(Wanted()), config.shots)


def track_info(info: SourceInfo, output: Name = "") -> TrackInfo:
    """Return what a track says about itself; ``output`` is where it is written, if that is a file.

    Formats that count frames count the film's, where its rate is known.
    """
    shown = mask_secrets(info.name)
    known = TrackInfo(
        title=info.title,
        media=os.path.basename(shown),
        source=shown,
        target=os.fsdecode(output),
        duration_s=info.duration_s,
        width_px=info.width_px,
        height_px=info.height_px,
        codec=info.codec,
    )
    rate = info.frame_rate
    return known if rate is None or not 1 <= rate < 100 else replace(known, frame_rate=rate)  # timecode has two digits
