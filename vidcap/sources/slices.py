"""What kind of picture a packet of H.264 holds, read off its first slice without decoding it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from av.packet import Packet

_START = re.compile(rb"\x00\x00\x01(..)", re.DOTALL)
_READ_BYTES = 1024
"""Parameter sets and messages before the first slice are shorter, but for a key frame's."""
_SLICES = (1, 5)
_LENGTH_BYTES = 4


def is_intra(packet: Packet[Any]) -> bool:
    """Whether a packet of H.264 begins with a slice of a picture that refers to no other; False where it can't be told.

    A slice header begins with two numbers in exponential Golomb code: its first macroblock, 0 (a single bit 1), and
    its kind, 2 or 7 (bits 011 or 0001000) in an intra picture.
    """
    for header, first in _units(bytes(memoryview(packet)[:_READ_BYTES])):
        if header & 31 in _SLICES:
            return first >> 4 == 0b1011 or first == 0b10001000
    return False


def _units(start: bytes) -> Iterator[tuple[int, int]]:
    """Yield the first two bytes of each unit, after start codes as in MPEG-TS or lengths as in MP4."""
    if start.startswith((b"\0\0\1", b"\0\0\0\1")):
        yield from ((found[1][0], found[1][1]) for found in _START.finditer(start))
        return
    place = 0
    while place + _LENGTH_BYTES + 2 <= len(start):
        at = place + _LENGTH_BYTES
        yield start[at], start[at + 1]
        place = at + int.from_bytes(start[place:at], "big")
