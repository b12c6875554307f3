"""A place for a file that is whole or not there, for whatever writes files by their names.

Tracks are written by :class:`~vidcap.formats.output.TrackFile`; films are written by libraries that want a name.
"""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from vidcap.formats.output import check_place, rename_to_new, reporting, temporary_name


class Place:
    """A context manager: write to ``temporary``; leaving the block normally puts the file at ``path``.

    OutputError at once where no file can be put. Leaving by an exception leaves nothing behind. A file that is there
    already is never touched without ``overwrite``, even if it appears meanwhile.
    """

    def __init__(self, path: str | os.PathLike[str], *, overwrite: bool = False) -> None:
        self.path = Path(path)
        self._overwrite = overwrite
        with reporting(str(self.path)):
            self._place = Path(os.path.realpath(self.path))  # a link stays a link
            check_place(self.path, self._place, overwrite=overwrite)
            self.temporary = self._place.with_name(temporary_name(self._place.suffix))
            os.close(os.open(self.temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if error is None:
                with reporting(str(self.path)):
                    self._put()
        finally:
            with contextlib.suppress(OSError):
                self.temporary.unlink()

    def _put(self) -> None:
        file = os.open(self.temporary, os.O_RDONLY)
        try:
            os.fsync(file)
        finally:
            os.close(file)
        if self._overwrite:
            os.replace(self.temporary, self._place)
        else:
            rename_to_new(self.temporary, self._place)
