"""Changes films at random: bytes anywhere, and the pieces of which a container says that it is made.

A film whose header is hit is most often refused at once. So the larger part of the changes knows where the boxes of
MP4, the elements of Matroska, the packets of a transport stream and the chunks of AVI, PNG and FLV begin: it removes,
repeats, swaps, fills or resizes one, and keeps the rest as it was.
"""

from __future__ import annotations

import random
import struct
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Rng = random.Random


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of a container that names its own size."""

    start: int
    body: int
    """Where what it holds begins."""
    end: int
    size_at: int
    size_bytes: int
    """Of the field that tells its size; 0 where there is none."""
    kind: bytes


_BOXES_WITH_BOXES = {b"moov", b"trak", b"mdia", b"minf", b"stbl", b"dinf", b"edts", b"udta", b"mvex", b"moof", b"traf"}
_OFFSET_OF_BOXES = {
    b"meta": 4,
    b"stsd": 8,
    b"avc1": 78,
    b"hvc1": 78,
    b"hev1": 78,
    b"mp4v": 78,
    b"jpeg": 78,
    b"av01": 78,
}
_ELEMENTS_WITH_ELEMENTS = {
    bytes.fromhex(code)
    for code in ("18538067", "1549a966", "1654ae6b", "ae", "e0", "1f43b675", "a0", "1c53bb6b", "bb", "b7", "1254c367")
}
_LISTS = (b"RIFF", b"LIST")
PACKET_BYTES = 188


def boxes(content: bytes, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    """Yield the boxes of an MP4 or MOV, outer ones before what they hold."""
    end = len(content) if end is None else end
    while start + 8 <= end:
        size, kind = struct.unpack_from(">I4s", content, start)
        stop = start + size if 8 <= size <= end - start else end
        yield Piece(start, start + 8, stop, start, 4, kind)
        if kind in _BOXES_WITH_BOXES or kind in _OFFSET_OF_BOXES:
            yield from boxes(content, start + 8 + _OFFSET_OF_BOXES.get(kind, 0), stop)
        start = stop


def elements(content: bytes, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    """Yield the elements of a Matroska or WebM file, outer ones before what they hold."""
    end = len(content) if end is None else end
    while start + 2 <= end:
        id_bytes = _vint_bytes(content[start])
        size_at = start + id_bytes
        if size_at >= end:
            return
        size_bytes = _vint_bytes(content[size_at])
        body = size_at + size_bytes
        size = int.from_bytes(content[size_at:body], "big") & ~(1 << (7 * size_bytes))
        stop = body + size if body + size <= end else end
        kind = bytes(content[start:size_at])
        yield Piece(start, body, stop, size_at, size_bytes, kind)
        if kind in _ELEMENTS_WITH_ELEMENTS:
            yield from elements(content, body, stop)
        start = max(stop, body)


def _vint_bytes(first: int) -> int:
    return min(9 - first.bit_length(), 8)


def packets(content: bytes) -> Iterator[Piece]:
    """Yield the packets of a transport stream, and the headers of elementary packets within."""
    for start in range(0, len(content) - PACKET_BYTES + 1, PACKET_BYTES):
        yield Piece(start, start + 4, start + PACKET_BYTES, start + 4, 1, b"packet")
        head = content.find(b"\0\0\1\xe0", start, start + PACKET_BYTES)
        if head >= 0:
            yield Piece(head, head + 6, min(head + 19, start + PACKET_BYTES), head + 4, 2, b"PES")


def chunks(content: bytes, start: int = 0, end: int | None = None) -> Iterator[Piece]:
    """Yield the chunks of an AVI file, lists before what they hold."""
    end = len(content) if end is None else end
    while start + 8 <= end:
        kind, size = struct.unpack_from("<4sI", content, start)
        stop = start + 8 + size + size % 2 if size <= end - start - 8 else end
        yield Piece(start, start + 8, stop, start + 4, 4, kind)
        if kind in _LISTS:
            yield from chunks(content, start + 12, stop)
        start = stop


def png_chunks(content: bytes) -> Iterator[Piece]:
    """Yield the chunks of a PNG."""
    start = 8
    while start + 12 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, start)
        stop = min(start + 12 + size, len(content))
        yield Piece(start, start + 8, stop, start, 4, kind)
        start = stop


def flv_tags(content: bytes) -> Iterator[Piece]:
    """Yield the tags of a Flash video."""
    start = 13
    while start + 11 <= len(content):
        stop = min(start + 15 + int.from_bytes(content[start + 1 : start + 4], "big"), len(content))
        yield Piece(start, start + 11, stop, start + 1, 3, content[start : start + 1])
        start = stop


def nal_units(content: bytes) -> Iterator[Piece]:
    """Yield what start codes part: the units of H.264 and HEVC, the headers and packets of MPEG."""
    starts, at = [], content.find(b"\0\0\1")
    while at >= 0:
        starts.append(at)
        at = content.find(b"\0\0\1", at + 3)
    for start, stop in zip(starts, [*starts[1:], len(content)], strict=True):
        yield Piece(start, min(start + 4, stop), stop, start + 4, 0, content[start + 3 : start + 4])


WALKS: dict[str, Callable[[bytes], Iterator[Piece]]] = {
    "mp4": boxes, "mov": boxes, "frag.mp4": boxes, "hevc.mp4": boxes, "mkv": elements, "webm": elements,
    "ffv1.mkv": elements, "ts": packets, "avi": chunks, "png": png_chunks, "apng": png_chunks, "flv": flv_tags,
    "h264": nal_units, "mpg": nal_units,
}  # fmt: skip


def pieces(suffix: str, content: bytes) -> list[Piece]:
    """Return the pieces of a film; none of a container without a walk."""
    return list(WALKS[suffix](content)) if suffix in WALKS else []


def _remove(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    del content[piece.start : piece.end]


def _repeat(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    content[piece.end : piece.end] = content[piece.start : piece.end] * rng.choice((1, 1, 2, 50))


def _swap(content: bytearray, piece: Piece, others: list[Piece], rng: Rng) -> None:
    """Put two pieces in each other's place."""
    other = rng.choice(others)
    first, second = sorted((piece, other), key=lambda one: one.start)
    if first.end <= second.start:
        moved = content[second.start : second.end], content[first.start : first.end]
        content[second.start : second.end] = moved[1]
        content[first.start : first.end] = moved[0]


def _move(content: bytearray, piece: Piece, others: list[Piece], rng: Rng) -> None:
    """Put a copy of a piece within or behind another one."""
    place = rng.choice((rng.choice(others).start, rng.choice(others).body))
    content[place:place] = content[piece.start : piece.end]


def _resize(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    """Let a piece lie about its size."""
    if piece.size_bytes:
        size, most = piece.end - piece.start, (1 << 8 * piece.size_bytes) - 1
        value = rng.choice((0, 1, 7, 8, size - 1, size + 1, size * 2, most, most >> 1, rng.randrange(most)))
        field = max(0, min(value, most)).to_bytes(piece.size_bytes, "big")
        content[piece.size_at : piece.size_at + piece.size_bytes] = field


def _rename(content: bytearray, piece: Piece, others: list[Piece], rng: Rng) -> None:
    """Give a piece the name of another."""
    name = content.find(piece.kind, piece.start, piece.body) if piece.kind else -1
    if name >= 0:
        content[name : name + len(piece.kind)] = rng.choice(others).kind[: len(piece.kind)].ljust(len(piece.kind), b"x")


def _fill(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    size = piece.end - piece.body
    content[piece.body : piece.end] = rng.choice((bytes(size), b"\xff" * size, rng.randbytes(size)))


def _fields(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    """Set whole numbers in the head of a piece to what programs fall over."""
    room = min(piece.end - piece.body, 200)
    for _ in range(rng.choice((1, 1, 3))):
        width = rng.choice((1, 2, 4, 8))
        if room >= width:
            place = piece.body + rng.randrange(0, room - width + 1)
            content[place : place + width] = extreme(width, rng)


def _bits(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    for _ in range(rng.choice((1, 4, 20))):
        if piece.end > piece.body:
            content[rng.randrange(piece.body, piece.end)] ^= 1 << rng.randrange(8)


def _cut(content: bytearray, piece: Piece, _others: list[Piece], rng: Rng) -> None:
    """End the file within a piece."""
    del content[rng.randrange(piece.start, piece.end) :]


def extreme(width: int, rng: Rng) -> bytes:
    """Return a number of so many bytes at the edge of what fits, or any."""
    most = (1 << 8 * width) - 1
    value = rng.choice((0, 1, most, most >> 1, (most >> 1) + 1, most - 1, 1 << rng.randrange(8 * width)))
    return rng.choice((value, value, rng.randrange(most + 1))).to_bytes(width, rng.choice(("big", "big", "little")))


ON_PIECES = (_remove, _repeat, _swap, _move, _resize, _rename, _fill, _fields, _fields, _fields, _bits, _bits, _cut)


def _bytes(content: bytearray, rng: Rng) -> None:
    for _ in range(rng.choice((1, 3, 10, 50))):
        content[rng.randrange(len(content))] = rng.randrange(256)


def _number(content: bytearray, rng: Rng) -> None:
    """Set four bytes, most often in the head or the tail, where headers are, to an extreme."""
    near = min(len(content) - 4, 1500)
    place = rng.choice((rng.randrange(near), len(content) - 4 - rng.randrange(near), rng.randrange(len(content) - 4)))
    content[place : place + 4] = extreme(4, rng)


def _run(content: bytearray, rng: Rng) -> None:
    """Remove, repeat, empty or replace a stretch."""
    size = rng.choice((1, 7, 188, 1000))
    place = rng.randrange(len(content))
    piece = content[place : place + size]
    content[place : place + size] = rng.choice((b"", piece * 3, bytes(len(piece)), rng.randbytes(len(piece))))


def _end(content: bytearray, rng: Rng) -> None:
    del content[rng.randrange(16, len(content)) :]


ON_BYTES: tuple[Callable[[bytearray, Rng], None], ...] = (_bytes, _bytes, _number, _number, _run, _end)
LEAST_BYTES = 64


def mutated(films: dict[str, bytes], rng: Rng) -> tuple[str, bytes]:
    """Return the name of a seed and the bytes of that film, changed; now and then it goes on as another one."""
    name = rng.choice(sorted(films))
    content = bytearray(films[name])
    for _ in range(rng.choice((1, 1, 2, 4))):
        found = pieces(name, bytes(content)) if rng.random() < 0.7 else []
        if found:
            rng.choice(ON_PIECES)(content, rng.choice(found), found, rng)
        elif len(content) > LEAST_BYTES:
            rng.choice(ON_BYTES)(content, rng)
    if rng.random() < 0.05:
        other = films[rng.choice(sorted(films))]
        place = rng.choice((len(content), rng.randrange(len(content) + 1)))
        content[place:] = other[rng.choice((0, rng.randrange(len(other)))) :]
    if name.endswith("png") and rng.random() < 0.8:
        content = _with_sums(content)
    return name, bytes(content)


def _with_sums(content: bytearray) -> bytearray:
    """Return a PNG whose checksums are right again: a decoder would leave wrong chunks out."""
    for piece in png_chunks(bytes(content)):
        if piece.end - piece.start >= 12:
            content[piece.end - 4 : piece.end] = struct.pack(">I", zlib.crc32(content[piece.start + 4 : piece.end - 4]))
    return content
