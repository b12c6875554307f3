"""The film on the page: linked by an address relative to the page, or inside it."""

from __future__ import annotations

import mimetypes
import os
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit

from vidcap.errors import OutputError
from vidcap.formats import TrackInfo
from vidcap.text import one_line
from vidcap.urls import scheme_of

LARGEST_BYTES = 300_000_000
"""Of a film that is put into a page: browsers take no larger ones in one piece reliably."""
_PIECE_BYTES = 768 * 1024  # a multiple of 3, so that the pieces of base64 have no padding inside
_PLAIN = "video/mp4"


@dataclass(frozen=True, slots=True)
class FilmLink:
    """How a page gets at the film."""

    address: str = ""
    """Empty: the film is inside the page, or there is none to be had."""
    origin: str = ""
    """Of a film on the web, for the page's content security policy."""
    missing: str = ""
    """Why there is none, as the page says it."""
    media_type: str = _PLAIN


def link_to(info: TrackInfo) -> FilmLink:
    """Return how a page that is written to ``info.target`` can link the film."""
    kind = mimetypes.guess_type(info.media)[0] or _PLAIN
    if kind.startswith("image/") and kind != "image/gif":
        return FilmLink(missing="This is a picture: there is no film to play.")
    scheme = scheme_of(info.source)
    if scheme in ("http", "https") and "***" not in info.source and _is_plain(info.source):
        parts = urlsplit(info.source)
        return FilmLink(info.source, f"{parts.scheme}://{parts.netloc}", media_type=kind)
    if scheme is not None or not os.path.isfile(info.source):
        return FilmLink(missing=f"The film ({one_line(info.media) or 'a stream'}) can't be linked from a page.")
    folder = os.path.dirname(os.path.realpath(info.target)) if info.target else os.getcwd()
    try:
        path = os.path.relpath(os.path.realpath(info.source), folder)
    except ValueError:  # another drive
        return FilmLink(Path(os.path.realpath(info.source)).as_uri(), media_type=kind)
    address = quote(os.fsencode(path).replace(os.sep.encode(), b"/"))
    return FilmLink(f"./{address}", media_type=kind)  # "./": a name may look like a scheme


def embeddable(info: TrackInfo) -> Path:
    """Return the file that is to be put into the page; OutputError where there is none, or it is too large."""
    name = info.target or "-"
    if scheme_of(info.source) is not None or not os.path.isfile(info.source):
        raise OutputError(name, "only a film that is a file can be put into the page")
    size = os.path.getsize(info.source)
    if size > LARGEST_BYTES:
        limit = f"{LARGEST_BYTES // 1_000_000} MB"
        raise OutputError(name, f"the film has {size // 1_000_000} MB; at most {limit} can be put into a page")
    return Path(info.source)


def base64_pieces(path: Path) -> Iterator[str]:
    """Yield a file as base64, piece by piece; OutputError where it can't be read any more."""
    try:
        with open(path, "rb") as file:
            while piece := file.read(_PIECE_BYTES):
                yield b64encode(piece).decode()
    except OSError as error:
        raise OutputError(str(path), f"can't be read again to be put into the page: {error.strerror}") from error


def _is_plain(address: str) -> bool:
    """Tell whether an address can stand in a content security policy and an attribute without harm."""
    host = urlsplit(address).netloc
    return bool(host) and all(c.isalnum() or c in ".-:[]" for c in host) and address == one_line(address)
