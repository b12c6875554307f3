"""Bytes for the demuxer: local files and standard input as objects that PyAV reads from."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from typing import Any, BinaryIO

from vidcap.errors import SourceError, SourceNotFound, SourceUnsupported
from vidcap.sources.protocols import Target

BUFFER_BYTES = 1 << 16


class Reader:
    """Reads a file for PyAV, which calls it from C, where an exception is lost: it is kept in ``failure``.

    ``name`` only carries the suffix: the true name could be read as a pattern.
    """

    def __init__(self, file: Any, name: str, *, is_seekable: bool) -> None:
        self.name = name
        self.failure: BaseException | None = None
        self._file = file
        self._read = getattr(file, "read1", file.read)
        self._is_seekable = is_seekable

    def read(self, size: int) -> bytes:
        """Return at most ``size`` bytes; empty at the end, and after a failure."""
        try:
            if self.failure is not None:
                return b""
            return bytes(self._read(size) or b"")
        except BaseException as failure:  # Ctrl-C too: raised again by the decoding loop
            self.failure = failure
            return b""

    def seekable(self) -> bool:
        """Whether :meth:`seek` works."""
        return self._is_seekable

    def seek(self, offset: int, whence: int = 0) -> int:
        """Move as ``io`` files do."""
        return int(self._file.seek(offset, whence))

    def tell(self) -> int:
        """Return the position in bytes."""
        return int(self._file.tell())

    def close(self) -> None:
        """Close the file; standard input is left open."""
        self._file.close()


_STILLS = {"bmp", "gif", "j2k", "jp2", "jpe", "jpeg", "jpg", "jxl", "pgm", "png", "ppm", "tif", "tiff", "webp"}


def open_reader(target: Target) -> Reader:
    """Return a reader of a local file or of standard input.

    Raises SourceNotFound for what is missing or can't be read, SourceUnsupported for folders and empty files.
    """
    if target.path is None:
        return _stdin_reader(target)
    try:
        file = open(target.path, "rb", buffering=0)  # noqa: SIM115 (the reader closes it)
    except (OSError, ValueError) as error:
        raise _open_error(target.name, error) from None
    mode = os.fstat(file.fileno())
    if stat.S_ISREG(mode.st_mode) and mode.st_size == 0:
        file.close()
        raise SourceUnsupported(target.name, "the file is empty")
    suffix = "".join(c for c in os.path.splitext(target.path)[1][1:8].lower() if c.isascii() and c.isalnum())
    # By a still's suffix FFmpeg would choose the demuxer of numbered pictures, which stays shut.
    return Reader(file, "input" if suffix in _STILLS else f"input.{suffix}", is_seekable=file.seekable())


def _open_error(name: str, error: OSError | ValueError) -> SourceError:
    number = getattr(error, "errno", None)
    if number == errno.EISDIR:
        return SourceUnsupported(name, "is a folder, not a video")
    if number == errno.ENOENT or isinstance(error, ValueError):
        return SourceNotFound(name, "no such file")
    return SourceNotFound(name, (getattr(error, "strerror", None) or "can't be opened").lower())


class _Kept:
    """Standard input, which others may still want: closing does nothing."""

    def __init__(self, file: BinaryIO) -> None:
        self.read = getattr(file, "read1", file.read)

    def close(self) -> None:
        """Do nothing."""


def _stdin_reader(target: Target) -> Reader:
    stdin = getattr(sys.stdin, "buffer", None)
    if stdin is None:
        raise SourceNotFound(target.name, "standard input is closed")
    if isinstance(stdin, io.BufferedReader) and stdin.isatty():
        raise SourceUnsupported(target.name, "standard input is a terminal: pipe a video into it")
    return Reader(_Kept(stdin), "stdin", is_seekable=False)
