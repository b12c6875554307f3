"""The calls that users make: load a captioner, caption a video, write its track, list its shots."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vidcap.captioner.config import CaptionConfig
from vidcap.captioner.film import Describer, Film, open_film
from vidcap.captioner.flow import Tap, untapped
from vidcap.types import Caption, Clip, Cue, Shot

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
        path = None if model is None else Path(model)
        return cls(load_describer(path, device, config.search), config)

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

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each clip, in order."""
        return self.describer.describe(clips)


def caption(
    source: Name, *, model: Name | None = None, device: str = "auto", **options: Any
) -> Iterator[Caption]:
    """Yield what is seen in a video, clip by clip, while it is being read.

    Loads the model at the first ``next()``: for several videos load a :class:`Captioner` once.
    """
    yield from Captioner.load(model, device, **options).caption(source)
