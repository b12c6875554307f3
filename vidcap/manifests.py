"""Manifests of training and evaluation data: which pictures and videos there are, and what people said about them.

Two forms are read: our JSON Lines, one item a line ::

    {"video": "clips/a.mp4", "captions": ["A man runs."], "split": "train", "start_s": 1.5, "end_s": "0:07"}
    {"image": "images/b.jpg", "captions": ["A red bus.", "A bus on a street."], "scene": "in a town"}

with paths relative to the manifest, and the captions JSON of COCO (``images`` and ``annotations``) with a folder of
pictures. Keys of a line that are not ours hold weaker text about the item, and are kept by name in ``Item.texts``.
"""

from __future__ import annotations

import gzip
import json
import logging
import os
import re
import tempfile
import zlib
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import IO, Any

from vidcap.errors import ManifestError, OutputError
from vidcap.text import one_line
from vidcap.timeline import Seconds, parse_time

logger = logging.getLogger(__name__)

KINDS = ("image", "video")
_OURS = {*KINDS, "captions", "split", "start_s", "end_s", "style"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One picture, video or segment of a video, with what people said about it."""

    path: Path
    """Absolute."""
    kind: str
    """``image`` or ``video``."""
    captions: tuple[str, ...] = ()
    """Sentences about the whole item; each one line, none empty."""
    split: str | None = None
    start_s: Seconds | None = None
    """Where the segment starts in the video; None is the video's start."""
    end_s: Seconds | None = None
    """Where the segment ends; None is the video's end."""
    style: str | None = None
    """How the captions are worded, for models that can choose."""
    texts: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """Weaker texts by the name of their key: ``(("phrases", ("teal car",)), ("scene", ("at the beach",)))``."""

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"an item is an image or a video: {self.kind = }")
        if not self.path.is_absolute():
            raise ValueError(f"an item's path is absolute: {self.path = !s}")
        if self.kind == "image" and (self.start_s is not None or self.end_s is not None):
            raise ValueError("only a video has start_s and end_s")
        if (self.start_s or 0) < 0 or (self.end_s is not None and self.end_s <= (self.start_s or 0)):
            raise ValueError(f"a segment must last: {self.start_s = !s} {self.end_s = !s}")
        for sentence in (*self.captions, *(text for _, texts in self.texts for text in texts)):
            if not sentence or sentence != sentence.strip() or "\n" in sentence:
                raise ValueError(f"a caption is one line and not empty: {sentence!r}")

    @property
    def id(self) -> str:
        """A short name for tables and results: the last folder and the file, with the segment where there is one."""
        name = f"{self.path.parent.name}/{self.path.name}"
        if self.start_s is None and self.end_s is None:
            return name
        return f"{name}@{self.start_s or 0}-{'' if self.end_s is None else self.end_s}"

    def text(self, key: str) -> tuple[str, ...]:
        """Return the weaker texts that stood under ``key``; empty where there are none."""
        return dict(self.texts).get(key, ())


def read_manifest(
    path: str | Path,
    image_root: str | Path | None = None,
    *,
    need_text: bool = True,
    check_files: bool = True,
) -> list[Item]:
    """Return the items of a manifest, in its order.

    ``image_root`` is what paths are relative to (default: the manifest's folder; for COCO the folder beside it that
    holds the first picture). ``need_text=False`` accepts items that nothing was said about, ``check_files=False``
    items whose files are not here. Raises ManifestError naming the file, the line and the reason.
    """
    path = Path(os.path.abspath(path))
    root = None if image_root is None else Path(os.path.abspath(image_root))
    coco = _parse_coco(path) if path.suffix.lower() == ".json" else None
    if coco is not None:
        items = [(0, item) for item in _coco_items(coco, path, root, need_text)]
    else:
        items = list(_jsonl_items(path, root or path.parent, need_text))
    if not items:
        raise ManifestError(str(path), "holds no items")
    if check_files:
        _check_files(path, items)
    return [item for _, item in items]


def select_split(items: Sequence[Item], split: str | None, subject: str | Path = "manifest") -> list[Item]:
    """Return the items of ``split`` (all of them for None); ManifestError, naming the splits there are, where there are none."""
    chosen = [item for item in items if split is None or item.split == split]
    if not chosen:
        names = sorted({item.split for item in items if item.split is not None})
        raise ManifestError(
            str(subject), f"no item has split {split!r} (there are: {', '.join(names) or 'none named'})"
        )
    return chosen


def write_manifest(path: str | Path, items: Iterable[Item]) -> None:
    """Write ``items`` as our JSON Lines, atomically, so that :func:`read_manifest` gives them back equal.

    Paths below the manifest's folder are written relative to it, others absolute.
    """
    path = Path(os.path.abspath(path))
    try:
        with tempfile.NamedTemporaryFile(
            "w",
            encoding="utf-8",
            newline="\n",
            dir=path.parent,
            prefix=path.name,
            suffix=".part",
            delete=False,
        ) as file:
            part = Path(file.name)
            try:
                file.writelines(
                    json.dumps(_record(item, path.parent), ensure_ascii=False) + "\n" for item in items
                )
                file.close()
                os.chmod(part, 0o666 & ~_umask())
                part.replace(path)
            except BaseException:
                part.unlink(missing_ok=True)
                raise
    except OSError as error:
        raise OutputError(str(path), error.strerror or str(error)) from error


def read_text_lines(path: str | Path) -> Iterator[str]:
    """Yield the captions of a text file (``.txt`` or ``.txt.gz``, UTF-8), one a line, blank lines left out.

    Raises ManifestError, on ``next()``, naming the file, the line and the reason.
    """
    for _, line in _lines(Path(path)):
        sentence = _sentence(line)
        if sentence:
            yield sentence


# ---------------------------------------------------------------------------------------------------------- lines


def _open(path: Path) -> IO[bytes] | gzip.GzipFile:
    return gzip.open(path, "rb") if path.suffix.lower() == ".gz" else path.open("rb")


def _lines(path: Path) -> Iterator[tuple[int, str]]:
    """Yield ``(number from 1, text)`` of each line of a UTF-8 file, without its end; a byte order mark is left out."""
    number = 0
    try:
        with _open(path) as file:
            for raw in file:
                number += 1
                yield number, raw.decode("utf-8-sig" if number == 1 else "utf-8").rstrip("\r\n")
    except UnicodeDecodeError as error:
        raise ManifestError(str(path), f"line {number}: not UTF-8 text") from error
    except (EOFError, zlib.error) as error:
        raise ManifestError(str(path), f"damaged gzip file after line {number}: {error}") from error
    except OSError as error:
        raise ManifestError(str(path), _why(error)) from error


def _why(error: OSError) -> str:
    if isinstance(error, FileNotFoundError):
        return "no such file"
    if isinstance(error, IsADirectoryError):
        return "is a folder, not a manifest"
    return error.strerror or str(error)


def _sentence(text: str) -> str:
    """``text`` as one clean line; the usual plain ASCII takes a short cut."""
    if text.isascii() and text.isprintable():
        return " ".join(text.split())
    return one_line(text)


# ------------------------------------------------------------------------------------------------ our JSON Lines


def _jsonl_items(path: Path, root: Path, need_text: bool) -> Iterator[tuple[int, Item]]:
    for number, line in _lines(path):
        if not line.strip():
            continue
        try:
            yield number, _item(_object(line), root, need_text)
        except ValueError as error:
            raise ManifestError(str(path), f"line {number}: {error}") from error


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _object(line: str) -> dict[str, Any]:
    """The JSON object of a line, decimals kept exact; ValueError says what is wrong."""
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
        path=_path(record[kinds[0]], root, kinds[0]),
        kind=kinds[0],
        captions=_sentences(record.get("captions", []), "captions"),
        split=_name(record, "split"),
        start_s=_time(record.get("start_s"), "start_s"),
        end_s=_time(record.get("end_s"), "end_s"),
        style=_name(record, "style"),
        texts=tuple(_texts(record)),
    )
    if need_text and not (item.captions or item.texts):
        raise ValueError("no captions")
    return item


def _path(value: Any, root: Path, key: str) -> Path:
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
    return tuple(filter(None, map(_sentence, value)))


def _name(record: dict[str, Any], key: str) -> str | None:
    value = record.get(key)
    if value is not None and not isinstance(value, str):
        raise ValueError(f"{key} is not a string: {value!r}")
    return value


def _time(value: Any, key: str) -> Seconds | None:
    """Seconds from a number or from ``"1:30"`` or ``"1001/30"``. Exponents are bounded: 1e999999999 would be an endless number."""
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
    """Other keys that hold a sentence or a list of them; numbers and the like are of no use here and left out."""
    for key, value in record.items():
        values = [value] if isinstance(value, str) else value
        if (
            key in _OURS
            or not isinstance(values, list)
            or not all(isinstance(entry, str) for entry in values)
        ):
            continue
        if sentences := _sentences(values, key):
            yield key, sentences


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


def _umask() -> int:
    """The process's file mode mask (reading it means setting it for an instant)."""
    mask = os.umask(0o077)
    os.umask(mask)
    return mask


# ----------------------------------------------------------------------------------------------------------- COCO


def _parse_coco(path: Path) -> dict[str, Any] | None:
    """The object of a COCO file, or None where it is JSON Lines under the name .json."""
    text = "\n".join(line for _, line in _lines(path))
    try:
        coco = _object(text)
    except ValueError as error:
        if text.lstrip().partition("\n")[0].rstrip().endswith("}"):
            return None
        raise ManifestError(str(path), str(error)) from error
    if any(kind in coco for kind in KINDS):
        return None
    if not isinstance(coco.get("images"), list) or not isinstance(coco.get("annotations"), list):
        raise ManifestError(str(path), "neither COCO captions (images and annotations) nor JSON Lines")
    return coco


def _coco_items(coco: dict[str, Any], path: Path, root: Path | None, need_text: bool) -> Iterator[Item]:
    try:
        captions = _coco_captions(coco["annotations"])
        names = [
            (_field(image, "id", "image"), _field(image, "file_name", "image")) for image in coco["images"]
        ]
        root = root or _guess_root(path, [str(name) for _, name in names])
        bare = [name for key, name in names if key not in captions]
        if bare and need_text:
            logger.warning("%s: %d pictures without captions are left out", path, len(bare))
        for (key, name), image in zip(names, coco["images"], strict=True):
            if key in captions or not need_text:
                said = tuple(captions.get(key, ()))
                yield Item(
                    path=_path(name, root, "file_name"),
                    kind="image",
                    captions=said,
                    split=_name(image, "split"),
                )
    except ValueError as error:
        raise ManifestError(str(path), str(error)) from error


def _field(record: Any, key: str, what: str) -> Any:
    if not isinstance(record, dict) or not isinstance(record.get(key), int | str):
        raise ValueError(f"an {what} without {key}: {str(record)[:80]}")
    return record[key]


def _coco_captions(annotations: list[Any]) -> dict[Any, list[str]]:
    captions: dict[Any, list[str]] = {}
    for annotation in annotations:
        sentence = _sentence(str(_field(annotation, "caption", "annotation")))
        if sentence:
            captions.setdefault(_field(annotation, "image_id", "annotation"), []).append(sentence)
    return captions


def _guess_root(path: Path, names: list[str]) -> Path:
    """The folder that holds the first picture, among those where the set is usually unpacked."""
    split = re.search(r"(train|val|test)\d*", path.stem)
    subfolders = ["", "images", *([split[0], f"images/{split[0]}"] if split else [])]
    folders = [base / sub for base in (path.parent, path.parent.parent) for sub in subfolders]
    return next((folder for folder in folders if names and (folder / names[0]).is_file()), path.parent)


# ---------------------------------------------------------------------------------------------------------- files


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
