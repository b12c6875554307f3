"""A track whose file is a copy of the film with the track inside."""

from __future__ import annotations

import logging
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from vidcap.errors import OutputError
from vidcap.formats import FORMATS, TrackInfo
from vidcap.formats.output import TrackFile, check_place, reporting
from vidcap.mux import MuxConfig, Muxed, Name, mux_track, needed_container, refuse_same
from vidcap.sources import SourceConfig
from vidcap.types import Cue

_log = logging.getLogger(__name__)


class FilmTrack:
    """Gathers cues; leaving the block normally writes the film with them.

    OutputError at once where that is bound to fail: before the film is looked at, which takes long. Leaving it by an
    exception keeps the cues so far as ``NAME.partial.srt``, and so does a film that can't be written after all.
    """

    def __init__(
        self,
        movie: Name,
        output: Name,
        config: MuxConfig | None = None,
        *,
        source: SourceConfig | None = None,
        overwrite: bool = False,
    ) -> None:
        from vidcap.mux.copying import try_film

        self.path = Path(output)
        self.partial: Path | None = None
        """Where the cues so far were kept, once they were."""
        self.muxed: Muxed | None = None
        """What was put together, once it was."""
        self._movie, self._config, self._source = os.fspath(movie), config or MuxConfig(), source or SourceConfig()
        self._overwrite = overwrite
        self._cues: list[Cue] = []
        self.cues_written = 0
        container = needed_container(output)
        if self._movie == "-":
            raise OutputError(str(output), "a film from standard input can't be read a second time; write a track")
        refuse_same(self._movie, output)
        with reporting(str(output)):
            check_place(self.path, Path(os.path.realpath(self.path)), overwrite=overwrite)
        try_film(self._movie, container, self._config, self._source)

    def write(self, cue: Cue) -> None:
        """Take one cue."""
        self._cues.append(cue)
        self.cues_written += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                self._finish()
                self._cues = []
        finally:
            if self._cues:
                try:
                    self._keep()
                except OutputError as failed:  # what led here is what is to be told
                    _log.warning("the cues so far can't be kept: %s", failed)

    def _finish(self) -> None:
        self.muxed = mux_track(
            self._movie, self._cues, self.path, self._config, source=self._source, overwrite=self._overwrite
        )
        for what in self.muxed.left_out:
            _log.warning("%s: left out, it can't be held: %s", self.path, what)

    def _keep(self) -> None:
        """Keep the cues as a track of their own."""
        beside = TrackFile(self.path.with_suffix(".srt"), FORMATS["srt"].writer(TrackInfo()), overwrite=True)
        try:
            for cue in self._cues:
                beside.write(cue)
            self.partial = beside.keep_partial()
        finally:
            beside.discard()
