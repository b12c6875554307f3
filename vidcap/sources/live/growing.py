"""A file that somebody still writes to, read to where it ends now and on from there; and a pipe."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from typing import BinaryIO

POLL_S = 0.1
_MOST_BOXES = 32


class GrowingFile:
    """Reads a file for PyAV; at its end it waits for more until nothing has been written for ``patience_s``."""

    def __init__(
        self,
        file: BinaryIO,
        patience_s: float,
        *,
        now_s: Callable[[], float] = time.monotonic,
        date_s: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self.name = "input"
        self._file = file
        self._patience_s = patience_s
        self._now_s = now_s
        self._sleep = sleep
        self._written = os.fstat(file.fileno()).st_mtime_ns
        self._written_s = now_s() - max(0.0, date_s() - self._written / 1e9)
        """By a clock that nobody sets; of the date only what it says of the time before."""
        self.is_whole = not self.grows or _has_index_last(file)
        """Nobody writes to it, or it can't be read as if somebody did: its end may be looked at first."""

    @property
    def grows(self) -> bool:
        """Whether it was written to a short while ago."""
        written, now_s = os.fstat(self._file.fileno()).st_mtime_ns, self._now_s()
        if written != self._written:
            self._written, self._written_s = written, now_s
        return now_s - self._written_s < self._patience_s

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes; empty when nothing more is to be expected."""
        while True:
            piece = self._file.read(size)
            if piece or self.is_whole or not self.grows:
                return piece
            self._sleep(POLL_S)

    def seekable(self) -> bool:
        """Whether its end can be looked at first: not while it moves."""
        return self.is_whole

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as ``io`` files do."""
        return self._file.seek(offset, whence)

    def tell(self) -> int:
        """Return the position in bytes."""
        return self._file.tell()


def _has_index_last(file: BinaryIO) -> bool:
    """Tell whether a file is an MP4 with its pictures before its index; leave it at its beginning."""
    place, kind = 0, b""
    for _ in range(_MOST_BOXES):
        file.seek(place)
        size, kind = int.from_bytes(file.read(4), "big"), file.read(4)
        if size < 8 or kind not in (b"ftyp", b"free", b"skip", b"wide", b"uuid"):
            break
        place += size
    file.seek(0)
    return place > 0 and kind == b"mdat"


class Pipe:
    """Reads a pipe for PyAV as it comes."""

    name = "pipe"

    def __init__(self, file: int) -> None:
        self._file = file

    def read(self, size: int) -> bytes:
        """Return what is there, at most ``size`` bytes; empty at the end."""
        return os.read(self._file, size)
