"""Items to our JSON Lines."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from fractions import Fraction
from pathlib import Path
from typing import Any

from vidcap.errors import OutputError
from vidcap.manifests.item import Item


def write_manifest(path: str | Path, items: Iterable[Item]) -> None:
    """Write ``items`` as our JSON Lines, atomically, so that :func:`read_manifest` gives them back equal.

    Paths below the manifest's folder are written relative to it, others absolute.
    """
    path = Path(os.path.abspath(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        # A file name that is not UTF-8 holds lone surrogates; "backslashreplace" writes them as JSON escapes.
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            for item in items:
                file.write(json.dumps(_record(item, path.parent), ensure_ascii=False) + "\n")
        part.replace(path)
    except OSError as error:
        raise OutputError(str(path), error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def _record(item: Item, folder: Path) -> dict[str, Any]:
    """The line that means ``item`` in a manifest in ``folder``."""
    inside = item.path.is_relative_to(folder)
    record: dict[str, Any] = {
        item.kind: (item.path.relative_to(folder) if inside else item.path).as_posix(),
        "split": item.split,
        "start_s": _number(item.start_s),
        "end_s": _number(item.end_s),
        "style": item.style,
    }
    record = {key: value for key, value in record.items() if value is not None}
    return record | {"captions": list(item.captions)} | {key: list(texts) for key, texts in item.texts}


def _number(time_s: Fraction | None) -> int | str | None:
    if time_s is None:
        return None
    return time_s.numerator if time_s.denominator == 1 else str(time_s)
