"""Reads a manifest of either form, checks that its files are there, and picks splits."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from vidcap.errors import ManifestError
from vidcap.manifests.coco import coco_items, parse_coco
from vidcap.manifests.item import Item
from vidcap.manifests.jsonl import jsonl_items


def read_manifest(
    path: str | os.PathLike[str],
    image_root: str | os.PathLike[str] | None = None,
    *,
    need_text: bool = True,
    check_files: bool = True,
) -> list[Item]:
    """Return the items of a manifest, in its order.

    ``image_root`` is what paths are relative to (default: the manifest's folder; for COCO the folder beside
    it that holds the first picture). ``need_text=False`` accepts items that nothing was said about,
    ``check_files=False`` items whose files are not here. Raises ManifestError naming the file, the line and
    the reason.
    """
    path = Path(os.path.abspath(path))
    root = None if image_root is None else Path(os.path.abspath(image_root))
    coco = parse_coco(path) if path.suffix.lower() == ".json" else None
    if coco is not None:
        items = list(coco_items(coco, path, root, need_text))
    else:
        items = list(jsonl_items(path, root or path.parent, need_text))
    if not items:
        raise ManifestError(str(path), "holds no items")
    if check_files:
        _check_files(path, items)
    return [item for _, item in items]


def select_split(items: Sequence[Item], split: str | None, subject: str | Path = "manifest") -> list[Item]:
    """Return the items of ``split``, all for None; ManifestError, naming the splits, where none has it."""
    chosen = [item for item in items if split is None or item.split == split]
    if not chosen:
        names = sorted({item.split for item in items if item.split is not None})
        raise ManifestError(
            str(subject), f"no item has split {split!r} (there are: {', '.join(names) or 'none named'})"
        )
    return chosen


def _check_files(path: Path, items: list[tuple[int, Item]]) -> None:
    missing = [(number, item) for number, item in items if not _is_file(item.path)]
    if missing:
        number, item = missing[0]
        place = f"line {number}: " if number else ""
        count = f"{len(missing)} of {len(items)} files are missing"
        raise ManifestError(str(path), f"{place}no such file: {item.path} ({count})")


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False
