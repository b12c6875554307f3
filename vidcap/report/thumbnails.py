"""Key pictures as JPEG files in a folder, one for each moment, named by its time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vidcap.formats.output import reporting, write_whole
from vidcap.report.pictures import JpegFiles
from vidcap.report.scenes import Moment, Scenes
from vidcap.timeline import Seconds, clock, to_ms
from vidcap.types import Cue

_LONGEST_STEM_BYTES = 180
_MOST_HELD = 200


class Thumbnails:
    """Writes the pictures while cues come: a context manager like a track. OutputError where that fails.

    ``tap`` must see the stages. Pictures that are there already are replaced only with ``overwrite``.
    """

    def __init__(self, folder: str | os.PathLike[str], stem: str, *, overwrite: bool = False) -> None:
        self.cues_written = 0
        self._folder = Path(folder)
        self._stem = os.fsencode(stem)[:_LONGEST_STEM_BYTES].decode(errors="ignore") or "film"
        self._overwrite = overwrite
        self._scenes = Scenes(JpegFiles(), _MOST_HELD)
        with reporting(os.fsdecode(folder)):
            self._folder.mkdir(parents=True, exist_ok=True)

    def tap(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass on the stream that leaves ``stage``."""
        return self._scenes.tap(stage, items)

    def path_at(self, start_s: Seconds) -> Path:
        """Return where the picture of the moment that begins at ``start_s`` is written."""
        return self._folder / f"{self._stem}-{clock(max(0, to_ms(start_s))).replace(':', '-')}.jpg"

    def write(self, cue: Cue) -> None:
        """Write the pictures that this cue makes certain."""
        self.cues_written += 1
        self._save(self._scenes.upto(cue))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._save(self._scenes.rest())

    def _save(self, moments: Iterable[Moment]) -> None:
        for moment in moments:
            if moment.picture is not None:
                write_whole(self.path_at(moment.start_s), moment.picture.data, overwrite=self._overwrite)
