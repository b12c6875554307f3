"""Where a track goes: a file that is whole or not there, or a stream that shows each cue at once.

A file is written under a temporary name in its own folder, forced to the disk and renamed when it is
complete. When the work is interrupted the cues so far are kept under a name that says so,
``movie.partial.srt``, a valid track too.
"""

from __future__ import annotations

import contextlib
import errno
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Protocol, Self

from vidcap.errors import OutputClosed, OutputError
from vidcap.formats.base import Writer, end_pieces
from vidcap.types import Cue

_LONGEST_NAME_BYTES = 255


class Track(Protocol):
    """An open track: write cues, leave the ``with`` block to complete it."""

    @property
    def cues_written(self) -> int:
        """How many cues were taken so far."""
        ...

    def write(self, cue: Cue) -> None:
        """Write one cue; OutputError when that fails."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def same_file(one: str | os.PathLike[str], other: str | os.PathLike[str]) -> bool:
    """Tell whether two paths lead to the same file, through links or otherwise; neither need exist."""
    with contextlib.suppress(OSError, ValueError):
        return os.path.samefile(one, other)
    with contextlib.suppress(ValueError):  # a null character in a name
        try:
            return os.path.realpath(one) == os.path.realpath(other)
        except OSError:  # the current folder was removed
            return os.fspath(one) == os.fspath(other)
    return False


def partial_path(path: Path, count: int = 1) -> Path:
    """Return the name under which an interrupted track is kept.

    >>> partial_path(Path("movie.srt")).name, partial_path(Path("movie.srt"), 2).name
    ('movie.partial.srt', 'movie.partial-2.srt')
    """
    mark = ".partial" if count == 1 else f".partial-{count}"
    end = f"{mark}{path.suffix}"
    stem = os.fsencode(path.stem)[: _LONGEST_NAME_BYTES - len(os.fsencode(end))].decode(errors="ignore")
    return path.with_name(stem + end)


def temporary_name(suffix: str) -> str:
    """Return a new name for a track that is being written; it says that it is not whole, should it be left behind.

    >>> len(temporary_name(".srt")), temporary_name(".srt").endswith(".partial.srt")
    (32, True)
    """
    return f".vidcap-{secrets.token_hex(6)}.partial{suffix[:16]}"


class TrackFile:
    """A track in a file; a context manager. OutputError at once if it can't be written there.

    Leaving the block normally puts the file in its place. Leaving it by an exception keeps the cues so far
    (see :meth:`keep_partial`), or nothing where there are none. A file that is there already is never
    touched without ``overwrite``, even if it appears while the track is written.
    """

    def __init__(self, path: str | os.PathLike[str], writer: Writer, *, overwrite: bool = False) -> None:
        self.path = Path(path)
        self.cues_written = 0
        self.partial: Path | None = None
        """Where the cues so far were kept, once they were."""
        self._writer = writer
        self._overwrite = overwrite
        with self._reporting():
            self._place = Path(os.path.realpath(self.path))  # a link stays a link
            check_place(self.path, self._place, overwrite=overwrite)
        self._temporary = self._place.with_name(temporary_name(self._place.suffix))
        with self._reporting():
            self._file: int | None = os.open(self._temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
        self._is_placed = False
        self._good_bytes = 0
        try:
            self._append(writer.begin())
        except OutputError:
            self.discard()
            raise

    def write(self, cue: Cue) -> None:
        """Write one cue; OutputError if the disk is full, for one."""
        text = self._writer.cue(cue)
        if text:
            self._append(text)
        self.cues_written = self._writer.count

    def commit(self) -> None:
        """Complete the file and put it in its place."""
        self._end()
        self._close()
        with self._reporting():
            self._move(self._place, overwrite=self._overwrite)

    def keep_partial(self) -> Path | None:
        """Complete what was written as a track of its own under a marked name, and return that name.

        None if no cue was written: then no file is left behind.
        """
        if self._is_placed or not self.cues_written:
            self.discard()
            return self.partial
        if self._file is not None:
            with contextlib.suppress(OutputError):  # disk full: in most formats cues are good without an end
                self._end()
        self._close()
        with self._reporting():
            self.partial = self._move_aside()
        return self.partial

    def _end(self) -> None:
        for piece in end_pieces(self._writer):
            self._append(piece)

    def discard(self) -> None:
        """Leave nothing behind."""
        with contextlib.suppress(OutputError):
            self._close()
        if not self._is_placed:
            with contextlib.suppress(OSError):
                self._temporary.unlink()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            try:
                self.commit()
            except BaseException:
                self._rescue()
                raise
        else:
            self._rescue()

    def _rescue(self) -> None:
        """Keep what can be kept without hiding the error that led here."""
        with contextlib.suppress(OutputError):
            self.keep_partial()
        self.discard()

    def _append(self, text: str) -> None:
        """Write all of ``text`` or none of it."""
        assert self._file is not None
        rest = memoryview(text.encode("utf-8"))
        size = len(rest)
        try:
            with self._reporting():
                while rest:
                    rest = rest[os.write(self._file, rest) :]
        except OutputError:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._good_bytes)
                os.lseek(self._file, self._good_bytes, os.SEEK_SET)
            raise
        self._good_bytes += size

    def _close(self) -> None:
        file, self._file = self._file, None
        if file is None:
            return
        with self._reporting():
            try:
                os.fsync(file)
            finally:
                os.close(file)

    def _move_aside(self) -> Path:
        for count in range(1, 1000):
            place = partial_path(self._place, count)
            with contextlib.suppress(FileExistsError):
                self._move(place, overwrite=False)
                return place
        raise FileExistsError(errno.EEXIST, "every name for a partial track is taken")

    def _move(self, place: Path, *, overwrite: bool) -> None:
        if overwrite:
            os.replace(self._temporary, place)
        else:
            rename_to_new(self._temporary, place)
        self._is_placed = True

    @contextlib.contextmanager
    def _reporting(self) -> Iterator[None]:
        with reporting(str(self.path)):
            yield


def check_place(path: Path, place: Path, *, overwrite: bool) -> None:
    """Raise OutputError about ``path`` if no file can be put at ``place``, where it leads."""
    try:
        found = os.stat(place)
    except FileNotFoundError:
        found = None
    if found is not None and stat.S_ISDIR(found.st_mode):
        raise OutputError(str(path), "is a folder, not a file")
    if found is not None and not stat.S_ISREG(found.st_mode):
        raise OutputError(str(path), "is a device or a pipe, not a file")
    if found is not None and not overwrite:
        raise OutputError(str(path), "exists already (overwriting was not asked for)")
    if not place.parent.is_dir():
        raise OutputError(str(path), "its folder does not exist")


def rename_to_new(old: Path, new: Path) -> None:
    """Rename; FileExistsError where a file is already."""
    try:
        os.link(old, new)  # unlike a rename, it fails where a file is
    except FileExistsError:
        raise
    except OSError:  # a file system without hard links
        if new.exists():
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST)) from None
        os.rename(old, new)
    else:
        old.unlink()


def write_whole(path: str | os.PathLike[str], content: bytes, *, overwrite: bool = False) -> None:
    """Write a file that is whole or not there; OutputError where that fails, or one is there already."""
    place = Path(path)
    temporary = place.with_name(temporary_name(place.suffix))
    with reporting(os.fsdecode(path)):
        if place.exists() and not overwrite:
            raise FileExistsError
        try:
            temporary.write_bytes(content)
            if overwrite:
                os.replace(temporary, place)
            else:
                rename_to_new(temporary, place)
        finally:
            temporary.unlink(missing_ok=True)


class TrackStream:
    """A track that is shown cue by cue: on the standard output, in a pipe. The stream stays open.

    When the reader goes away (``| head``) the next write raises :class:`~vidcap.errors.OutputClosed`: not a
    failure of the track, just the end of the work.
    """

    def __init__(self, stream: BinaryIO, writer: Writer, *, name: str = "-") -> None:
        self.cues_written = 0
        self._stream = stream
        self._writer = writer
        self._name = name
        self._append(writer.begin())

    def write(self, cue: Cue) -> None:
        """Write one cue and flush it."""
        text = self._writer.cue(cue)
        if text:
            self._append(text)
        self.cues_written = self._writer.count

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if not isinstance(error, OutputError):  # an interrupted track is ended as well
            for piece in end_pieces(self._writer):
                self._append(piece)

    def _append(self, text: str) -> None:
        piece = text.encode("utf-8")
        with reporting(self._name):
            self._stream.write(piece)
            self._stream.flush()


def open_track(
    path: str | os.PathLike[str], writer: Writer, stdout: BinaryIO, *, overwrite: bool = False
) -> contextlib.AbstractContextManager[Track]:
    """Return the track at ``path``, to be used in a ``with`` block; ``-`` and "" are ``stdout``.

    Devices and named pipes that are there (``/dev/null``) are written to as streams, whether or not
    ``overwrite``.
    """
    name = os.fsdecode(path)
    if name in ("", "-"):
        return TrackStream(stdout, writer)
    if is_special(name):
        return _special(name, writer)
    return TrackFile(name, writer, overwrite=overwrite)


def is_special(name: str) -> bool:
    """Tell whether a device or a pipe is there, which can be written to but not replaced."""
    with contextlib.suppress(OSError, ValueError):
        mode = os.stat(name).st_mode
        return not stat.S_ISREG(mode) and not stat.S_ISDIR(mode)
    return False


@contextlib.contextmanager
def _special(name: str, writer: Writer) -> Iterator[Track]:
    with contextlib.ExitStack() as stack:
        with reporting(name):
            stream = stack.enter_context(open(name, "wb", buffering=0))
        yield stack.enter_context(TrackStream(stream, writer, name=name))


def abandon(stream: BinaryIO) -> None:
    """Send what is still buffered for a reader that went away to nowhere, so that closing the stream is
    silent.

    For programs that end after :class:`~vidcap.errors.OutputClosed`: Python flushes the standard output at
    exit.
    """
    with contextlib.suppress(OSError, ValueError):
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


@contextlib.contextmanager
def reporting(name: str) -> Iterator[None]:
    """Turn errors of the operating system into one-line OutputErrors about ``name``."""
    try:
        yield
    except BrokenPipeError as error:
        raise OutputClosed(name, "the reader of the output went away") from error
    except FileExistsError as error:
        raise OutputError(name, "exists already (overwriting was not asked for)") from error
    except (OSError, ValueError) as error:  # ValueError: a null character in a name, a closed stream
        reason = getattr(error, "strerror", None) or str(error)
        raise OutputError(name, f"can't be written: {reason.lower()}") from error
