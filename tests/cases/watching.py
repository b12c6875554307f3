"""Tells whether a file was opened by anybody, by Linux's inotify."""

from __future__ import annotations

import ctypes
import os
from pathlib import Path
from types import TracebackType
from typing import Self

_OPENED = 0x20
_NONBLOCKING = os.O_NONBLOCK


class Watch:
    """Watches one file while a block runs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self.was_opened = False

    def __enter__(self) -> Self:
        self._system = ctypes.CDLL(None, use_errno=True)
        self._file = self._system.inotify_init1(_NONBLOCKING)
        assert self._file >= 0, "no inotify here"
        assert self._system.inotify_add_watch(self._file, os.fsencode(self._path), _OPENED) >= 0
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            self.was_opened = bool(os.read(self._file, 4096))
        except BlockingIOError:
            self.was_opened = False
        finally:
            os.close(self._file)
