"""Lines of text files, plain or gzip, with errors that name the file and the line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from vidcap.errors import ManifestError
from vidcap.text import one_line


def read_text_lines(path: str | Path) -> Iterator[str]:
    """Yield the captions of a text file (``.txt`` or ``.txt.gz``, UTF-8), one a line, blank lines left out.

    Raises ManifestError, on ``next()``, naming the file, the line and the reason.
    """
    for _, line in numbered_lines(Path(path)):
        text = sentence(line)
        if text:
            yield text


def _open(path: Path) -> BinaryIO | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def numbered_lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield ``(number from 1, text)`` of each line of a UTF-8 file, without its end or byte order mark."""
    number = 0
    try:
        with _open(path) as file:
            for raw in file:
                number += 1
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ManifestError(str(path), f"line {number}: not UTF-8 text") from error
    except (EOFError, zlib.error) as error:
        raise ManifestError(str(path), f"damaged gzip file after line {number}: {error}") from error
    except OSError as error:
        raise ManifestError(str(path), _why(error)) from error


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a manifest"
    return error.strerror or str(error)


def sentence(text: str) -> str:
    """Return ``text`` as one clean line; the usual plain ASCII takes a short cut."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return one_line(text)
