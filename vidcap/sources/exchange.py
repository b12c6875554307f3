"""How an isolated decoder and the process that wants its frames talk: lines of JSON, each with bytes behind it.

Nothing of what comes from the decoder can make the other side run code or take memory without bound.
"""

from __future__ import annotations

import json
import os
import select
import struct
from dataclasses import fields
from fractions import Fraction
from typing import Any

from vidcap.sources.config import SourceConfig, SourceInfo

_HEAD = struct.Struct("<II")
MOST_HEADER_BYTES = 1 << 20
MOST_PAYLOAD_BYTES = 1 << 30

Header = dict[str, Any]


class SilentError(Exception):
    """The other side says nothing for too long."""


class GoneError(Exception):
    """The other side ended."""


def send(file: int, header: Header, payload: bytes | memoryview = b"") -> None:
    """Write one message; BrokenPipeError where nobody reads."""
    text = json.dumps(header).encode()
    rest = memoryview(b"".join((_HEAD.pack(len(text), len(payload)), text, payload)))
    while rest:
        rest = rest[os.write(file, rest) :]


def receive(file: int, within_s: float | None = None) -> tuple[Header, bytes]:
    """Return the next message; GoneError at the end, SilentError where it does not come ``within_s``."""
    header_bytes, payload_bytes = _HEAD.unpack(_exactly(file, _HEAD.size, within_s))
    if header_bytes > MOST_HEADER_BYTES or payload_bytes > MOST_PAYLOAD_BYTES:
        raise GoneError
    header = json.loads(_exactly(file, header_bytes, within_s))
    if not isinstance(header, dict):
        raise GoneError
    return header, _exactly(file, payload_bytes, within_s)


def _exactly(file: int, size: int, within_s: float | None) -> bytes:
    pieces, missing = [], size
    while missing:
        if within_s is not None and not select.select([file], [], [], within_s)[0]:
            raise SilentError
        piece = os.read(file, min(missing, 1 << 20))
        if not piece:
            raise GoneError
        pieces.append(piece)
        missing -= len(piece)
    return b"".join(pieces)


def packed(value: SourceConfig | SourceInfo) -> Header:
    """Return the fields as JSON can hold them."""
    return {item.name: _plain(getattr(value, item.name)) for item in fields(value)}


def _plain(value: Any) -> Any:
    if isinstance(value, Fraction):
        return {"fraction": str(value)}
    return {"names": sorted(value)} if isinstance(value, frozenset) else value


def unpacked(header: Header) -> dict[str, Any]:
    """Return what :func:`packed` was given, by field."""
    return {name: _rich(value) for name, value in header.items()}


def _rich(value: Any) -> Any:
    if isinstance(value, dict):
        return Fraction(value["fraction"]) if "fraction" in value else frozenset(value["names"])
    return value
