"""Key pictures as JPEG files in a folder, one for each moment, named by its time."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path

from vidcap.formats.output import reporting, write_whole
from vidcap.report.gather import Gatherer
from vidcap.report.pictures import JpegFiles
from vidcap.report.scenes import Moment, Scenes
from vidcap.timeline import Seconds, clock, to_ms

_LONGEST_STEM_BYTES = 180
_MOST_HELD = 200


class Thumbnails(Gatherer):
    """Writes the pictures while cues come: a context manager like a track. OutputError where that fails.

    ``tap`` must see the stages. Pictures that are there already are replaced only with ``overwrite``.
    """

    def __init__(self, folder: str | os.PathLike[str], stem: str, *, overwrite: bool = False) -> None:
        super().__init__(Scenes(JpegFiles(), _MOST_HELD))
        self._folder = Path(folder)
        self._stem = os.fsencode(stem)[:_LONGEST_STEM_BYTES].decode(errors="ignore") or "film"
        self._overwrite = overwrite
        with reporting(os.fsdecode(folder)):
            self._folder.mkdir(parents=True, exist_ok=True)

    def path_at(self, start_s: Seconds) -> Path:
        """Return where the picture of the moment that begins at ``start_s`` is written."""
        return self._folder / f"{self._stem}-{clock(max(0, to_ms(start_s))).replace(':', '-')}.jpg"

    def _take(self, moments: Iterable[Moment]) -> None:
        for moment in moments:
            if moment.picture is not None:
                write_whole(self.path_at(moment.start_s), moment.picture.data, overwrite=self._overwrite)
