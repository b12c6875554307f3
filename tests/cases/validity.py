"""Whether a track is one that programs can read, by the strictest reader at hand for each format."""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from xml.etree import ElementTree

import srt

from tests.formats.parsers import parse_vtt


def count_srt(text: str) -> int:
    cues = list(srt.parse(text))
    assert srt.compose(cues, reindex=False) == text
    return len(cues)


def count_jsonl(text: str) -> int:
    assert not text or text.endswith("\n")
    return len([json.loads(line)["text"] for line in text.splitlines()])


def count_dapt(text: str) -> int:
    root = ElementTree.fromstring(text)
    return len([each for each in root.iter("{http://www.w3.org/ns/ttml}div") if "begin" in each.attrib])


def count_ass(text: str) -> int:
    import pysubs2

    assert text.endswith("\n")
    return len(pysubs2.SSAFile.from_string(text).events)


def count_plain(text: str) -> int:
    assert not text or text.endswith("\n")
    assert all(re.match(r"\[?\d", line) for line in text.splitlines())
    return len(text.splitlines())


def count_csv(text: str) -> int:
    rows = list(csv.reader(text.splitlines(keepends=True)))
    assert len({len(row) for row in rows}) == 1
    return len(rows) - 1


def count_edl(text: str) -> int:
    assert text.startswith("TITLE: ")
    assert text.endswith("\n")
    return len(re.findall(r"^\d+ .*(?: \d\d:\d\d:\d\d[:;]\d\d){4}$", text, re.MULTILINE))


def count_otio(text: str) -> int:
    from opentimelineio import adapters

    return text.count('"Marker.') if adapters.read_from_string(text, "otio_json") else 0


COUNTS: dict[str, Callable[[str], int]] = {
    "srt": count_srt,
    "vtt": lambda text: len(parse_vtt(text)),
    "jsonl": count_jsonl,
    "dapt": count_dapt,
    "ass": count_ass,
    "txt": count_plain,
    "csv": count_csv,
    "edl": count_edl,
    "otio": count_otio,
}
"""How many cues a track holds; an exception where it is not valid."""
NEEDS_AN_END = frozenset({"dapt", "otio"})
"""Formats of which a part is valid only where vidcap could end it."""
