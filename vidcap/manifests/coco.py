"""Items from the captions JSON of COCO (https://cocodataset.org/#format-data)."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from vidcap.errors import ManifestError
from vidcap.manifests.item import KINDS, Item
from vidcap.manifests.jsonl import item_path, json_object, name_of
from vidcap.manifests.lines import numbered_lines, sentence

logger = logging.getLogger(__name__)


def parse_coco(path: Path) -> dict[str, Any] | None:
    """Return the object of a COCO file, or None where it is JSON Lines under the name .json."""
    text = "\n".join(line for _, line in numbered_lines(path))
    try:
        coco = json_object(text)
    except ValueError as error:
        if text.lstrip().partition("\n")[0].rstrip().endswith("}"):
            return None
        raise ManifestError(str(path), str(error)) from error
    if any(kind in coco for kind in KINDS):
        return None
    if not isinstance(coco.get("images"), list) or not isinstance(coco.get("annotations"), list):
        raise ManifestError(str(path), "neither COCO captions (images and annotations) nor JSON Lines")
    return coco


def coco_items(coco: dict[str, Any], path: Path, root: Path | None, need_text: bool) -> Iterator[tuple[int, Item]]:
    """Yield the captioned pictures of a COCO file, each with line number 0; or raise ManifestError."""
    try:
        captions = _captions(coco["annotations"])
        images = [image for image in coco["images"] if _field(image, "id", "image") in captions or not need_text]
        if len(images) < len(coco["images"]):
            left_out = len(coco["images"]) - len(images)
            logger.warning("%s: %d pictures without captions are left out", path, left_out)
        root = root or _guess_root(path, [str(_field(image, "file_name", "image")) for image in images[:1]])
        for image in images:
            yield 0, _coco_item(image, tuple(captions.get(image["id"], ())), root)
    except ValueError as error:
        raise ManifestError(str(path), str(error)) from error


def _coco_item(image: dict[str, Any], captions: tuple[str, ...], root: Path) -> Item:
    path = item_path(_field(image, "file_name", "image"), root, "file_name")
    return Item(path=path, kind="image", captions=captions, split=name_of(image, "split"))


def _field(record: Any, key: str, what: str) -> Any:
    if not isinstance(record, dict) or not isinstance(record.get(key), int | str):
        raise ValueError(f"an {what} without {key}: {str(record)[:80]}")
    return record[key]


def _captions(annotations: list[Any]) -> dict[Any, list[str]]:
    captions: dict[Any, list[str]] = {}
    for annotation in annotations:
        text = sentence(str(_field(annotation, "caption", "annotation")))
        if text:
            captions.setdefault(_field(annotation, "image_id", "annotation"), []).append(text)
    return captions


def _guess_root(path: Path, names: list[str]) -> Path:
    """The folder that holds the first picture, among those where the set is usually unpacked."""
    split = re.search(r"(train|val|test)\d*", path.stem)
    subfolders = ["", "images", *([split[0], f"images/{split[0]}"] if split else [])]
    folders = [base / sub for base in (path.parent, path.parent.parent) for sub in subfolders]
    return next((folder for folder in folders if names and (folder / names[0]).is_file()), path.parent)
