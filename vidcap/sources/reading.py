"""Bytes for the demuxer: local files and standard input as objects that PyAV reads from."""

from __future__ import annotations

import errno
import io
import os
import stat
import sys
from collections.abc import Callable, Generator
from typing import Any, BinaryIO

from vidcap.errors import SourceError, SourceNotFound, SourceUnsupported
from vidcap.sources.claims import samples_claimed
from vidcap.sources.protocols import Target

BUFFER_BYTES = 1 << 16
MOST_BEFORE_FRAME = 1 << 30
"""A source that gives no frame in so many bytes has none: FFmpeg would look for one for ever."""
MOST_ZEROS = 1 << 28
"""So many zeros in a row without a packet among them are a part that was never written: the rest of a download."""


class Reader:
    """Reads a file for PyAV, which calls it from C, where an exception is lost: it is kept in ``failure``.

    ``name`` only carries the suffix: the true name could be read as a pattern.
    """

    def __init__(self, file: Any, name: str, *, is_seekable: bool) -> None:
        self.name = name
        self.failure: BaseException | None = None
        self.has_frame = False
        """Whether a frame has come: until then, what is read is bounded."""
        self.zeros = 0
        """Bytes of nothing but zeros, read since the last packet came."""
        self._bytes = 0
        self._file = file
        self._read = getattr(file, "read1", file.read)
        self._is_seekable = is_seekable
        # A Ctrl-C that comes while FFmpeg works is raised where Python code runs next. At the start of a function that
        # FFmpeg calls, no line of it could catch it, and PyAV passes nothing on. So these are methods written in C: the
        # file's own, and the one that resumes a generator, within which it is raised.
        self.seek: Callable[[int, int], int] | None = getattr(file, "seek", None)
        self.tell: Callable[[], int] | None = getattr(file, "tell", None)
        serving = self._serving()
        next(serving)
        self.read: Callable[[int], bytes] = serving.send
        """Returns at most so many bytes; none at the end, and after a failure."""

    def _serving(self) -> Generator[bytes, int, None]:
        """Give what is asked for, again and again; keep what goes wrong, Ctrl-C too, for the decoding loop to raise."""
        data = b""
        while True:
            try:
                size = yield data
                data = b"" if self.failure is not None else self._counted(bytes(self._read(size) or b""))
            except GeneratorExit:
                raise
            except BaseException as failure:
                self.failure, data = failure, b""

    def _counted(self, data: bytes) -> bytes:
        """Return the data, or nothing, which is the end, where it leads nowhere."""
        self._bytes += len(data)
        self.zeros = 0 if data.strip(b"\0") else self.zeros + len(data)
        is_endless = self._bytes > MOST_BEFORE_FRAME and not self.has_frame
        return b"" if is_endless or self.zeros > MOST_ZEROS else data

    def seekable(self) -> bool:
        """Whether :meth:`seek` works."""
        return self._is_seekable

    def samples_claimed(self) -> int:
        """Return what :func:`vidcap.sources.claims.samples_claimed` says of the file."""
        return samples_claimed(self._file)

    def head(self, size: int) -> bytes:
        """Return the first bytes of a seekable file, without reading on."""
        before = self._file.tell()
        self._file.seek(0)
        found = bytes(self._file.read(size))
        self._file.seek(before)
        return found

    def close(self) -> None:
        """Close the file; standard input is left open."""
        self._file.close()


_STILLS = frozenset({
    "bmp", "cri", "dng", "dpx", "exr", "fits", "gem", "gif", "hdr", "heic", "im1", "im24", "im32", "im8", "img",
    "j2c", "j2k", "jfif", "jls", "jp2", "jpc", "jpe", "jpeg", "jpg", "jps", "jxl", "jxs", "ljpg", "mng", "mpg1img",
    "mpg2img", "mpg4img", "mpo", "pam", "pbm", "pcd", "pcx", "pct", "pfm", "pgm", "pgmyuv", "phm", "pic", "pict",
    "pix", "png", "pnm", "pns", "ppm", "psd", "ptx", "qoi", "ras", "raw", "rs", "sgi", "sun", "sunras", "svg",
    "svgz", "tga", "tif", "tiff", "timg", "vbn", "wbmp", "webp", "xbm", "xface", "ximg", "xpm", "xwd", "y", "yuv10",
})  # fmt: skip
"""Suffixes of pictures in FFmpeg's list (``libavformat/img2.c``), and some more."""


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
    suffix = "".join(c for c in os.path.splitext(target.path)[1][1:10].lower() if c.isascii() and c.isalnum())
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
