"""Items from the lines of our JSON Lines manifests."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

from vidcap.errors import ManifestError
from vidcap.manifests.item import KINDS, Item
from vidcap.manifests.lines import numbered_lines, sentence
from vidcap.timeline import Seconds, parse_time

_OURS = {*KINDS, "captions", "split", "start_s", "end_s", "style"}
_NOT_TEXT = {"id", "url", "source", "license", "author", "guess"}


def jsonl_items(path: Path, root: Path, need_text: bool) -> Iterator[tuple[int, Item]]:
    """Yield each line's number, from 1, and item; ManifestError names the line that has none."""
    for number, line in numbered_lines(path):
        if not line.strip():
            continue
        try:
            yield number, _item(json_object(line), root, need_text)
        except ValueError as error:
            raise ManifestError(str(path), f"line {number}: {error}") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def json_object(line: str) -> dict[str, Any]:
    """Return the JSON object of a text, decimals kept exact; ValueError says what is wrong."""
    try:
        record = json.loads(line, parse_float=Decimal, parse_constant=_no_constant)
    except json.JSONDecodeError as error:
        raise ValueError(f"not JSON: {error.msg} at column {error.colno}") from error
    except RecursionError as error:
        raise ValueError("not a manifest: nested too deep") from error
    if not isinstance(record, dict):
        raise ValueError('not a JSON object like {"image": "a.jpg", "captions": ["..."]}')
    return record


def _item(record: dict[str, Any], root: Path, need_text: bool) -> Item:
    kinds = [kind for kind in KINDS if kind in record]
    if len(kinds) != 1:
        raise ValueError("has both image and video" if kinds else "has neither image nor video")
    if "caption" in record:
        raise ValueError('write "captions": ["..."], a list, instead of "caption"')
    item = Item(
        path=item_path(record[kinds[0]], root, kinds[0]),
        kind=kinds[0],
        captions=_sentences(record.get("captions", []), "captions"),
        split=name_of(record, "split"),
        start_s=_time(record.get("start_s"), "start_s"),
        end_s=_time(record.get("end_s"), "end_s"),
        style=name_of(record, "style"),
        texts=tuple(_texts(record)),
    )
    if need_text and not (item.captions or item.texts):
        raise ValueError("no captions")
    return item


def item_path(value: Any, root: Path, key: str) -> Path:
    """Return the absolute path that ``value`` means in ``root``; ValueError where it can't be one."""
    if not isinstance(value, str):
        raise ValueError(f"{key} is not a string: {value!r}")
    if not value.strip() or "\0" in value:
        raise ValueError(f"{key} is not a path: {value!r}")
    return Path(os.path.abspath(root / value))


def _sentences(value: Any, key: str) -> tuple[str, ...]:
    if not isinstance(value, list):
        raise ValueError(f"{key} is not a list of strings: {value!r}")
    for entry in value:
        if not isinstance(entry, str):
            raise ValueError(f"{key} holds something that is not a string: {entry!r}")
    return tuple(filter(None, map(sentence, value)))


def name_of(record: dict[str, Any], key: str) -> str | None:
    """Return the string under ``key``, None where there is none; ValueError where it is something else."""
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is not a string: {value!r}")
    return value


def _time(value: Any, key: str) -> Seconds | None:
    """Seconds from a number or from ``"1:30"`` or ``"1001/30"``; no exponents, as 1e999999999 never ends."""
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, str | int | Decimal):
        raise ValueError(f"{key} is not a time: {value!r}")
    text = str(value)
    if len(text) > 40 or re.search(r"[eE]", text):
        raise ValueError(f"{key} is not a time: {text[:40]!r} (try 90, 1:30 or 0:01:30.5)")
    try:
        return parse_time(text)
    except ValueError as error:
        raise ValueError(f"{key} is {error}") from error


def _texts(record: dict[str, Any]) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Other keys that hold a sentence or a list of them; numbers and the like are left out."""
    for key in [key for key in record if key not in _OURS | _NOT_TEXT]:
        values = [record[key]] if isinstance(record[key], str) else record[key]
        is_text = isinstance(values, list) and all(isinstance(entry, str) for entry in values)
        if is_text and (sentences := _sentences(values, key)):
            yield key, sentences
