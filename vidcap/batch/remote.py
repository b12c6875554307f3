"""Inputs that lie elsewhere: whatever fsspec knows (``s3://``, ``gs://``, ``sftp://`` …) is copied before it is read.

http and https are read as they come. A copy is kept until the worker turns to another input, so that the parts of one
film are fetched once by each worker.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vidcap.errors import SourceNotFound, SourceUnsupported
from vidcap.urls import scheme_of

_READ_DIRECTLY = (None, "http", "https", "file", "rtsp", "rtsps", "rtmp", "rtmps", "udp", "rtp", "srt")


def is_remote(name: str) -> bool:
    """Tell whether an input is for fsspec: a URL that is neither read as it comes nor the name of a file."""
    return scheme_of(name) not in _READ_DIRECTLY and not os.path.lexists(name)


def file_system(name: str) -> tuple[Any, str]:
    """Return the file system of a URL and the path in it; SourceUnsupported where it takes more to be installed."""
    try:
        from fsspec.core import url_to_fs

        system, path = url_to_fs(name)
    except ImportError as error:
        missing = error.name or "fsspec"
        hint = "pip install 'vidcap[remote]'" if missing == "fsspec" else f"fsspec needs {missing}"
        raise SourceUnsupported(name, f"this address needs a library that isn't installed: {hint}") from None
    except ValueError as error:
        raise SourceUnsupported(name, f"this protocol is not supported ({error})") from None
    return system, str(path)


def facts_of(name: str) -> tuple[int | None, str | None]:
    """Return the size of a remote file and what tells its versions apart, as far as its file system knows."""
    system, path = file_system(name)
    with _reasons(name):
        info = system.info(path)
    marks = [info[key] for key in ("ETag", "etag", "mtime", "LastModified", "updated", "created") if info.get(key)]
    return info.get("size"), str(marks[0]) if marks else None


@contextmanager
def _reasons(name: str) -> Iterator[None]:
    """Turn what file systems raise into one line."""
    try:
        yield
    except FileNotFoundError:
        raise SourceNotFound(name, "no such file") from None
    except PermissionError:
        raise SourceNotFound(name, "access is refused") from None
    except Exception as error:
        raise SourceNotFound(name, f"can't be read: {type(error).__name__}: {error}") from error


class Fetcher:
    """Gives a path for each input; a remote one is copied into ``spool``, or the system's folder for such things."""

    def __init__(self, spool: str | None = None) -> None:
        self._spool = spool
        self._name: str | None = None
        self._folder: str | None = None
        self._copy: str = ""

    @contextmanager
    def local(self, name: str) -> Iterator[str]:
        """Give the name of something that can be opened: the input's own, or that of its copy."""
        if not is_remote(name):
            yield name
            return
        if self._name != name:
            self._fetch(name)
        yield self._copy

    def close(self) -> None:
        """Remove the copy."""
        if self._folder is not None:
            shutil.rmtree(self._folder, ignore_errors=True)
        self._name = self._folder = None

    def _fetch(self, name: str) -> None:
        self.close()
        system, path = file_system(name)
        self._folder = tempfile.mkdtemp(prefix="vidcap-", dir=self._spool)
        copy = Path(self._folder) / f"input{Path(urlsplit(path).path).suffix[:16]}"
        with _reasons(name):
            system.get_file(path, str(copy))
        self._name, self._copy = name, str(copy)
