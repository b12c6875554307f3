"""Files that grow while others read them, and are put aside when they are long enough."""

from __future__ import annotations

import os
import stat
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

from vidcap.errors import OutputError
from vidcap.formats.output import reporting


class GrowingOutput:
    """A file that is added to, each time by one write; what was added last can be replaced.

    With ``keeps`` a file that is there already is gone on with; with ``overwrite`` it is emptied; otherwise it is an
    OutputError.
    """

    def __init__(self, path: Path, *, overwrite: bool = False, keeps: bool = False) -> None:
        self.path = path
        self._name = str(path)
        self._last_at = 0
        self._last_bytes = 0
        if not path.parent.is_dir():
            raise OutputError(self._name, "its folder does not exist")
        flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_CLOEXEC", 0)
        if not keeps:
            flags |= os.O_TRUNC if overwrite else os.O_EXCL
        with reporting(self._name):
            self._file = os.open(path, flags, 0o666)
            self._is_regular = stat.S_ISREG(os.fstat(self._file).st_mode)
            self._end = os.lseek(self._file, 0, os.SEEK_END) if self._is_regular else 0

    def add(self, text: str) -> None:
        """Write at the end; all of it or nothing."""
        piece = text.encode()
        with reporting(self._name):
            self._write(piece, self._end)
        self._last_at, self._last_bytes, self._end = self._end, len(piece), self._end + len(piece)

    def replace_last(self, text: str) -> None:
        """Write over what was added last, by as few bytes as possible: those that differ."""
        piece = text.encode()
        if len(piece) < self._last_bytes or not self._is_regular:
            raise ValueError("what is replaced can't get shorter")
        with reporting(self._name):
            before = os.pread(self._file, self._last_bytes, self._last_at)
            same = _alike(before, piece)
            tail = _alike(before[same:][::-1], piece[same:][::-1]) if len(before) == len(piece) else 0
            self._write(piece[same : len(piece) - tail], self._last_at + same)
        self._last_bytes, self._end = len(piece), self._last_at + len(piece)

    def _write(self, piece: bytes, at: int) -> None:
        """Write it; where the disk is full in the midst, cut off what was written."""
        written = 0
        try:
            while written < len(piece):
                rest = memoryview(piece)[written:]
                written += os.pwrite(self._file, rest, at + written) if self._is_regular else os.write(self._file, rest)
        except OSError:
            if self._is_regular and at == self._end:
                with suppress(OSError):
                    os.ftruncate(self._file, self._end)
            raise

    def close(self) -> None:
        """Force it to the disk and close it; may be called twice."""
        if self._file < 0:
            return
        file, self._file = self._file, -1
        try:
            with suppress(OSError), reporting(self._name):
                os.fsync(file)
        finally:
            os.close(file)


def _alike(one: bytes, other: bytes) -> int:
    """Return how many bytes at the beginning are the same."""
    for place, (left, right) in enumerate(zip(one, other, strict=False)):
        if left != right:
            return place
    return min(len(one), len(other))


def put_aside(path: Path, began_at: datetime | None = None) -> Path | None:
    """Rename a file by when it was begun (``live-20260102T030405Z.vtt``) and return its new name; None without a file.

    Where the beginning is not known, by when it was last written to.
    """
    with reporting(str(path)):
        try:
            found = path.stat()
        except FileNotFoundError:
            return None
        if not stat.S_ISREG(found.st_mode):
            raise OutputError(str(path), "is not a file that can be put aside")
        at = began_at or datetime.fromtimestamp(found.st_mtime, UTC)
        stamp = f"{path.stem}-{at.astimezone(UTC):%Y%m%dT%H%M%SZ}"
        for count in range(1000):
            place = path.with_name(f"{stamp}{f'-{count}' if count else ''}{path.suffix}")
            with suppress(FileExistsError):
                os.link(path, place)  # unlike a rename, it fails where a file is
                path.unlink()
                return place
    raise OutputError(str(path), "every name to put it aside is taken")
