"""What the index of an MP4 claims, counted before FFmpeg makes room for it.

An index may say "a hundred million frames of ten bytes each" in sixty bytes, and FFmpeg takes seventy bytes of memory
for each frame. Only headers are read here, a few dozen bytes a track.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import BinaryIO

MOST_BOXES = 200_000
"""After so many, which takes a second, the rest of a file is taken on trust."""
_HOLDERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl", b"moof", b"traf"})
_BIG_SIZE = 1
_TELLING = frozenset({b"hdlr", b"stts", b"stsz", b"trun"})
_EACH = 0xF00
"""Flags of a ``trun`` that tells something of each sample."""
_ONE = b"\0\0\0\1"


@dataclass(frozen=True, slots=True)
class _Box:
    kind: bytes
    body: int
    track: int
    """Where the track that it belongs to begins."""


def samples_claimed(file: BinaryIO) -> int:
    """Return how many frames and pieces of sound the index of an MP4 or MOV lists without naming each; 0 of others.

    The file must be seekable; where it stood before, it stands again.
    """
    before = file.tell()
    try:
        end = file.seek(0, os.SEEK_END)
        file.seek(0)
        if file.read(8)[4:] not in (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip", b"pnot"):
            return 0
        boxes = list(_boxes(file, 0, end, [MOST_BOXES]))
        return sum(_claim(file, list(track)) for _, track in groupby(boxes, lambda box: box.track))
    finally:
        file.seek(before)


def _boxes(file: BinaryIO, start: int, end: int, left: list[int], track: int = -1) -> Iterator[_Box]:
    """Yield the boxes that tell of samples, in order; ``left`` counts those that are still looked at."""
    while start + 8 <= end and left[0]:
        left[0] -= 1
        file.seek(start)
        head = file.read(16)
        if len(head) < 8:
            return
        size, kind = struct.unpack_from(">I4s", head)
        body = start + 8
        if size == _BIG_SIZE and len(head) == 16:
            size, body = struct.unpack_from(">Q", head, 8)[0], start + 16
        stop = min(start + size, end) if size >= 8 else end
        if kind in _HOLDERS:
            yield from _boxes(file, body, stop, left, start if kind in (b"trak", b"traf") else track)
        elif kind in _TELLING:
            yield _Box(kind, body, track)
        start = stop


def _claim(file: BinaryIO, track: list[_Box]) -> int:
    """Return how many samples a track claims for which it holds no bytes each.

    Sound of which each sample lasts one tick is not listed sample by sample by FFmpeg.
    """
    heads = [(box.kind, _read(file, box.body)) for box in track]
    kinds = {head[8:12] for kind, head in heads if kind == b"hdlr" and head[4:8] != b"dhlr"}
    times = [head[4:16] for kind, head in heads if kind == b"stts"]
    is_raw_sound = kinds == {b"soun"} and all(time[:4] == time[8:] == _ONE for time in times)
    return sum(_count(kind, head) for kind, head in heads if not (kind == b"stsz" and is_raw_sound))


def _read(file: BinaryIO, place: int) -> bytes:
    file.seek(place)
    return file.read(16).ljust(16, b"\0")


def _count(kind: bytes, head: bytes) -> int:
    flags, second, third = int.from_bytes(head[1:4], "big"), *struct.unpack_from(">II", head, 4)
    if kind == b"stsz":
        return third if second else 0  # (size of all, count)
    return second if kind == b"trun" and not flags & _EACH else 0
