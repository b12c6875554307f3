"""Reads a film that was written and compares it with what went in: nothing is called done before that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import av.error

from vidcap.errors import OutputError
from vidcap.mux.copying import Written
from vidcap.mux.streams import is_cover, is_description, is_filler, shape_of
from vidcap.mux.texts import Text

_TOLERANCE_MS = 2  # Matroska counts in milliseconds; a stream may begin between two


def check_film(path: Path, shown: str, written: Written, texts: Sequence[Text]) -> None:
    """Raise OutputError, about ``shown``, unless every packet and every text can be read from ``path``."""
    try:
        found = _read(path, written)
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise OutputError(shown, f"can't be read after it was written: {error}".split("\n")[0]) from error
    for index, count in sorted(written.packets.items()):
        if found.packets[index] != count:
            some = f"{found.packets[index]} of {count} packets of stream {index}"
            raise OutputError(shown, f"was not written whole: only {some} can be read from it")
    if found.covers < written.covers:
        raise OutputError(shown, "was not written whole: its cover is missing")
    for index, shape in written.shapes.items():
        if found.shapes[index] != shape:  # Matroska holds it, but PyAV can't set it where the codec does not tell
            written.left_out.append(f"pixels of shape {shape.numerator}:{shape.denominator} (stream {index})")
    if written.track is not None:
        _compare(shown, found, written, texts)


class _Found:
    """What can be read from an output."""

    def __init__(self) -> None:
        self.packets: Counter[int] = Counter()
        self.first_s: dict[int, Fraction] = {}
        self.texts: list[Text] = []
        self.is_marked = False
        self.covers = 0
        self.shapes: dict[int, Fraction] = {}


def _read(path: Path, written: Written) -> _Found:
    found = _Found()
    with av.open(f"file:{path}", "r", metadata_errors="replace") as film:
        found.covers = sum(map(is_cover, film.streams))
        found.is_marked = written.track is not None and is_description(film.streams[written.track])
        found.shapes = {stream.index: shape_of(stream) for stream in film.streams.video}
        for packet in film.demux():
            index = packet.stream.index
            if not packet.size or index not in written.codecs or is_filler(packet, written.codecs[index]):
                continue
            found.packets[index] += 1
            found.first_s.setdefault(index, _shown_s(packet))
            if index == written.track:
                start_ms = round(_shown_s(packet) * 1000)
                end_ms = start_ms + round((packet.duration or 0) * (packet.time_base or Fraction(1)) * 1000)
                found.texts.append(Text(start_ms, end_ms, bytes(packet)))
    return found


def _shown_s(packet: Any) -> Fraction:
    stamp = packet.pts if packet.pts is not None else packet.dts
    return Fraction((stamp or 0) * packet.time_base)


def _compare(shown: str, found: _Found, written: Written, texts: Sequence[Text]) -> None:
    """Compare the texts: their times may have been moved, but only together with the film."""
    if not found.is_marked:
        raise OutputError(shown, "was not written whole: the track is not marked as descriptions")
    others = [index for index in written.first_s if index != written.track]
    moved_ms = round(1000 * (found.first_s[others[0]] - written.first_s[others[0]])) if others else 0
    if len(found.texts) != len(texts):
        raise OutputError(shown, f"was not written whole: only {len(found.texts)} of {len(texts)} cues can be read")
    for one, other in zip(texts, found.texts, strict=True):
        late_ms = max(abs(other.start_ms - one.start_ms - moved_ms), abs(other.end_ms - one.end_ms - moved_ms))
        if late_ms > _TOLERANCE_MS or one.payload.strip() != other.payload.strip():
            raise OutputError(shown, f"was not written whole: the cue at {one.start_ms} ms is not as it was")
