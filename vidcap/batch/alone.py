"""One batch at a time in a folder: two would lose each other's lines of the report, and each other's tracks."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

from vidcap.errors import OutputError

_NAME = ".vidcap-batch.lock"


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Hold ``folder`` while the block runs; OutputError where another process holds it.

    A process that is killed lets go of it. Where the system or the file system knows no locks it is not held.
    """
    place = folder / _NAME
    file = _claimed(place)
    try:
        yield
    finally:
        with suppress(OSError):  # before it is let go: what is there by that name is held by somebody, or by nobody
            place.unlink()
        file.close()


def _claimed(place: Path) -> IO[bytes]:
    """Return the file at ``place``, locked."""
    while True:
        file = open(place, "ab")  # noqa: SIM115 (it is returned)
        try:
            _lock(file)
            with suppress(FileNotFoundError):
                if os.path.samestat(os.fstat(file.fileno()), os.stat(place)):
                    return file
        except BlockingIOError:
            file.close()
            raise OutputError(str(place.parent), "another batch is at work there") from None
        except BaseException:
            file.close()
            raise
        file.close()  # whoever held it took it away meanwhile


def _lock(file: IO[bytes]) -> None:
    try:
        import fcntl
    except ImportError:  # Windows
        return
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise
    except OSError:  # some network's file system
        return
