"""Bounds the single blocks of memory that FFmpeg takes, whatever a header asks for.

A kilobyte may claim an index of a hundred million frames, or a compressed note that fills gigabytes. FFmpeg has a limit
for it, ``av_max_alloc``, which PyAV does not offer: it is called in the library that PyAV has loaded.
"""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

import av

BYTES_A_PIXEL = 4
LEAST_BYTES = 64 << 20


def bound_blocks(max_pixels: int) -> bool:
    """Let no block be larger than a picture of so many pixels needs; tell whether the library could be found.

    It holds for the whole process.
    """
    library = _library()
    if library is None:
        return False
    library.av_max_alloc(ctypes.c_size_t(max(LEAST_BYTES, BYTES_A_PIXEL * max_pixels + (16 << 20))))
    return True


@lru_cache(maxsize=1)
def _library() -> Any:
    """Return the libavutil that is loaded already, None where it can't be told which that is."""
    mode = getattr(os, "RTLD_NOLOAD", 0) | getattr(os, "RTLD_NOW", 0)
    for name in _names():
        try:
            return ctypes.CDLL(name, mode=mode)
        except OSError:
            continue
    return None


def _names() -> Iterator[str]:
    """Yield where it may lie: beside PyAV in a wheel, or where the system keeps it."""
    package = Path(av.__file__).parent
    major = av.library_versions["libavutil"][0]
    for folder in (package.parent / "av.libs", package / ".dylibs"):
        yield from map(str, sorted(folder.glob(f"*avutil*{major}*")))
    if sys.platform != "win32":
        yield from (f"libavutil.so.{major}", f"libavutil.{major}.dylib")
