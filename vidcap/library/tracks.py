"""Tracks that are there already, ours and others': what they say, to be put into a library."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from vidcap.errors import SourceUnsupported
from vidcap.files import track_bytes
from vidcap.library.library import Seen
from vidcap.text import one_line

_SUBTITLES = {".srt": "srt", ".vtt": "vtt", ".webvtt": "vtt", ".ass": "ass", ".ttml": "ttml"}
_LARGEST_BYTES = 100_000_000
_FILMS = (".mp4", ".mkv", ".webm", ".mov", ".avi", ".m4v", ".mpg", ".ts", ".ogv", ".flv", ".wmv")


def seen_in_track(path: str | os.PathLike[str]) -> Iterator[Seen]:
    """Yield what a JSON Lines, SubRip, WebVTT, ASS or TTML track says; SourceError where it can't be read."""
    name = os.fsdecode(path)
    suffix = os.path.splitext(name)[1].lower()
    if suffix in (".jsonl", ".ndjson"):
        yield from _from_lines(name, _text_of(name))
    elif suffix in _SUBTITLES:
        yield from _from_subtitles(name, _text_of(name), _SUBTITLES[suffix])
    else:
        raise SourceUnsupported(name, f"not a track; it should end in .jsonl, {', '.join(_SUBTITLES)}")


def film_of_track(path: str | os.PathLike[str]) -> str:
    """Return the film that a track lies beside, by its name or by what the track says; the track itself if none."""
    name = os.fsdecode(path)
    folder, stem = os.path.dirname(name), os.path.splitext(os.path.basename(name))[0]
    if name.lower().endswith((".jsonl", ".ndjson")):
        first = _text_of(name).split("\n", 1)[0]
        media = _record(first).get("media")
        if isinstance(media, str) and os.path.isfile(os.path.join(folder, os.path.basename(media))):
            return os.path.join(folder, os.path.basename(media))
    for end in (stem, os.path.splitext(stem)[0]):  # film.srt, film.en.srt
        for suffix in _FILMS:
            if os.path.isfile(os.path.join(folder, end + suffix)):
                return os.path.join(folder, end + suffix)
    return name


def report_of_track(path: str | os.PathLike[str]) -> str:
    """Return the report beside a track, or "" where there is none."""
    page = os.path.splitext(os.fsdecode(path))[0] + ".html"
    return page if os.path.isfile(page) else ""


def _text_of(name: str) -> str:
    return track_bytes(name, _LARGEST_BYTES).decode("utf-8-sig", errors="replace")


def _from_lines(name: str, text: str) -> Iterator[Seen]:
    for number, line in enumerate(text.splitlines(), 1):
        if not line.strip():
            continue
        record = _record(line)
        start_ms, end_ms, said = record.get("start_ms"), record.get("end_ms"), record.get("text")
        if not isinstance(start_ms, int) or not isinstance(end_ms, int) or not isinstance(said, str):
            raise SourceUnsupported(name, f"line {number} is no cue: it needs start_ms, end_ms and text")
        labels = record.get("labels") if isinstance(record.get("labels"), list) else []
        yield Seen(
            start_ms=start_ms,
            end_ms=end_ms,
            text=said,
            labels=tuple(str(label["name"]) for label in labels or [] if isinstance(label, dict) and "name" in label),
            confidence=_number(record.get("confidence")),
            shot=record["shot"] if isinstance(record.get("shot"), int) else None,
        )


def _record(line: str) -> dict[str, Any]:
    """Return the object on a line, or an empty one."""
    try:
        record = json.loads(line)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}


def _number(value: object) -> float | None:
    return float(value) if isinstance(value, (int, float)) and not isinstance(value, bool) else None


def _from_subtitles(name: str, text: str, form: str) -> Iterator[Seen]:
    import pysubs2

    try:
        events = pysubs2.SSAFile.from_string(text, format_=form).events
    except Exception as error:  # its parsers raise whatever a hostile file makes them stumble over
        raise SourceUnsupported(name, f"can't be read as a track: {one_line(str(error))[:200]}") from error
    for event in events:
        said = one_line(event.plaintext)
        if said and not event.is_comment and event.end > event.start >= 0:
            yield Seen(start_ms=event.start, end_ms=event.end, text=said)
