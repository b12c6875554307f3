"""Whether a decoder that knows nothing of what came before can begin with a key frame, and give the same pictures.

Containers mark as key frames what players may seek to. That is not always enough: pictures refreshed a column at a time
(intra refresh) have none that is whole, and parameter sets may have been sent once, at the start. So the units of
H.264 (ITU-T H.264, 7.3) and HEVC (ITU-T H.265, 7.3) up to the first slice are looked at.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from av.packet import Packet

_WHOLE = frozenset(("vp8", "vp9"))
"""Codecs whose key frames carry all that a decoder needs."""
CODECS = frozenset(("h264", "hevc", "mpeg2video")) | _WHOLE
_RECOVERY_POINT = 6
_MOST_UNITS = 64


@dataclass(slots=True)
class Entries:
    """Judges the key frames of one stream, in order."""

    codec: str
    extradata: bytes
    _had_sets: bool = field(default=False, init=False)
    """Whether a packet has carried parameter sets: those of the header may then be out of date."""

    def is_clean(self, packet: Packet[Any]) -> bool:
        """Whether decoding can begin here, with what is shown before this key frame left out."""
        if packet.has_sidedata("new_extradata"):
            return False
        if self.codec in _WHOLE:
            return True
        data = bytes(packet)
        if self.codec == "mpeg2video":
            return data.startswith(b"\0\0\1\xb3")  # a sequence header
        kinds = [(_kind(unit, self.codec), unit) for unit in self._units(data)]
        return self._has_sets({kind for kind, _ in kinds}) and self._is_entry(kinds)

    def _has_sets(self, kinds: set[int]) -> bool:
        """Whether the parameter sets are known: they come with the key frame, or only ever stood in the header."""
        found = kinds >= ({7, 8} if self.codec == "h264" else {33, 34})
        self._had_sets |= found
        return found or (self._length_bytes > 0 and not self._had_sets)

    def _is_entry(self, kinds: list[tuple[int, memoryview]]) -> bool:
        if not kinds:
            return False
        slice_kind = kinds[-1][0]
        if self.codec == "hevc":
            return 16 <= slice_kind <= 21  # BLA, IDR, CRA
        return slice_kind == 5 or any(kind == 6 and _recovers_at_once(unit) for kind, unit in kinds)

    @property
    def _length_bytes(self) -> int:
        """Size of the length before each unit, where the header tells it (avcC, hvcC); 0 for start codes (Annex B)."""
        place = 4 if self.codec == "h264" else 21
        if len(self.extradata) <= place or self.extradata[0] != 1:
            return 0
        return (self.extradata[place] & 3) + 1

    def _units(self, data: bytes) -> Iterator[memoryview]:
        """Yield the units up to the first slice."""
        length_bytes = self._length_bytes
        found = _by_length(data, length_bytes) if length_bytes else _by_start_code(data)
        for number, unit in enumerate(found):
            if not unit or number > _MOST_UNITS:
                return
            yield unit
            kind = _kind(unit, self.codec)
            if kind < 32 if self.codec == "hevc" else 1 <= kind <= 5:
                return


def _kind(unit: memoryview, codec: str) -> int:
    return unit[0] >> 1 & 63 if codec == "hevc" else unit[0] & 31


def _by_length(data: bytes, length_bytes: int) -> Iterator[memoryview]:
    view, place = memoryview(data), 0
    while place + length_bytes < len(data):
        size = int.from_bytes(view[place : place + length_bytes], "big")
        place += length_bytes
        yield view[place : place + size]
        place += size


def _by_start_code(data: bytes) -> Iterator[memoryview]:
    view, place = memoryview(data), data.find(b"\0\0\1")
    while place >= 0:
        following = data.find(b"\0\0\1", place + 3, place + (1 << 16))
        yield view[place + 3 : following if following >= 0 else len(data)]
        place = following


def _recovers_at_once(unit: memoryview) -> bool:
    """Whether supplemental information says that all is right from this very picture on (H.264, D.1.8)."""
    place = 1
    while place + 2 < len(unit):
        kind, place = _count(unit, place)
        size, place = _count(unit, place)
        if kind == _RECOVERY_POINT and place < len(unit):
            return unit[place] >= 128  # recovery_frame_cnt, Exp-Golomb: a first bit of 1 is 0
        place += size
    return False


def _count(unit: memoryview, place: int) -> tuple[int, int]:
    """Return a number that is a sum of bytes, all but the last of them 255, and the place behind it."""
    total = 0
    while place < len(unit) and unit[place] == 255:
        total, place = total + 255, place + 1
    return (total + unit[place], place + 1) if place < len(unit) else (total, place)
