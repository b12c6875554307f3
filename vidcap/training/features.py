"""Features of a training set, computed once and kept on disk.

A still is kept as the grid of the whole picture and a wider grid of the same picture enlarged, whose windows stand for
crops (see :mod:`vidcap.training.views`). A video is kept as the grids of up to eight frames. Work that was interrupted
goes on where it stopped; files that changed, another encoder or another size make another cache.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from vidcap.items import clip_of_item
from vidcap.manifests import Item
from vidcap.model.encoder import Encoder
from vidcap.model.runtime import grid_function
from vidcap.types import Pixels

Half = NDArray[np.float16]
Report = Callable[[str, int, int], None]
"""Stage, done, total."""
_CHUNK = 32
_MANY = 500


@dataclass(frozen=True, slots=True, eq=False)
class FeatureSet:
    """Features of N items. Arrays are memory maps; rows of an item follow one another."""

    frames: Half
    """``(rows, h*w, D)`` grids of whole pictures."""
    wide: Half
    """``(rows, H*W, D)`` grids of enlarged pictures, one for each still; empty for videos."""
    imagenet: Half
    """``(rows, 1000)`` probabilities of the CNN's own classes, by ``frames``."""
    starts: NDArray[np.int64]
    """``(N + 1,)`` first row of each item in ``frames``."""

    def __len__(self) -> int:
        return len(self.starts) - 1

    def rows(self, index: int) -> slice:
        """Return the rows of item ``index``."""
        return slice(int(self.starts[index]), int(self.starts[index + 1]))

    @property
    def is_still(self) -> bool:
        """True where every item is a picture with a wide grid."""
        return len(self.wide) > 0


@dataclass(frozen=True, slots=True, kw_only=True)
class FeatureConfig:
    """What is kept."""

    picture_px: int
    wide_px: int
    max_frames: int = 8

    @classmethod
    def for_picture(cls, picture_px: int) -> FeatureConfig:
        """Return the config whose wide pictures are about 9/7 as wide, in whole cells of 32 pixels."""
        return cls(picture_px=picture_px, wide_px=32 * round(picture_px * 9 / 7 / 32))


def cached_features(
    items: Sequence[Item], encoder: Encoder, config: FeatureConfig, folder: Path, report: Report
) -> FeatureSet:
    """Return the features of ``items``, all pictures or all videos, computing what ``folder`` does not hold yet."""
    stills = items[0].kind == "image"
    if any((item.kind == "image") != stills for item in items):
        raise ValueError("pictures and videos are kept in caches of their own")
    cache = folder / f"features-{_key(items, encoder, config)}"
    if not (cache / "complete").exists():
        _fill(cache, items, encoder, config, report)
    return _opened(cache)


def _key(items: Sequence[Item], encoder: Encoder, config: FeatureConfig) -> str:
    digest = hashlib.sha256(repr(config).encode())
    for name, value in encoder.state_dict().items():
        digest.update(name.encode())
        digest.update(value.detach().cpu().contiguous().view(torch.uint8).numpy().tobytes() if value.ndim else b"")
    for item in items:
        status = item.path.stat()
        digest.update(f"{item.id} {item.start_s} {item.end_s} {status.st_size} {status.st_mtime_ns}".encode())
    return digest.hexdigest()[:16]


class _Store:
    """Append-only arrays on disk; what was appended before the last :meth:`commit` survives an interruption."""

    NAMES = ("frames", "wide", "imagenet")

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        self.progress = folder / "progress.json"
        state = json.loads(self.progress.read_text()) if self.progress.exists() else {}
        self.starts: list[int] = state.get("starts", [0])
        self.shapes: dict[str, list[int]] = state.get("shapes", {})
        self.files = {name: open(folder / f"{name}.f16", "ab") for name in self.NAMES}  # noqa: SIM115 (closed below)
        for name, file in self.files.items():
            shape = self.shapes.get(name, [0])
            file.truncate(2 * int(np.prod(shape)))

    @property
    def done(self) -> int:
        return len(self.starts) - 1

    def append(self, name: str, rows: Half) -> None:
        self.files[name].write(np.ascontiguousarray(rows).tobytes())
        count = self.shapes.get(name, [0])[0] + len(rows)
        self.shapes[name] = [count, *rows.shape[1:]]

    def commit(self) -> None:
        for file in self.files.values():
            file.flush()
        temporary = self.progress.with_suffix(".tmp")
        temporary.write_text(json.dumps({"starts": self.starts, "shapes": self.shapes}))
        os.replace(temporary, self.progress)

    def close(self, *, complete: bool) -> None:
        for file in self.files.values():
            file.close()
        if complete:
            (self.folder / "complete").touch()


def _fill(cache: Path, items: Sequence[Item], encoder: Encoder, config: FeatureConfig, report: Report) -> None:
    store = _Store(cache)
    complete = False
    # Making a faster runtime ready takes seconds: not worth it for a few pictures.
    grids_of = grid_function(encoder, "auto" if len(items) - store.done > _MANY else "torch")
    try:
        for start in range(store.done, len(items), _CHUNK):
            report("features", start, len(items))
            _append(store, items[start : start + _CHUNK], encoder, config, grids_of)
            store.commit()
        complete = True
    finally:
        store.close(complete=complete)
    report("features", len(items), len(items))


def _append(
    store: _Store,
    items: Sequence[Item],
    encoder: Encoder,
    config: FeatureConfig,
    grids_of: Callable[[Pixels], torch.Tensor],
) -> None:
    pictures, wide = zip(*(_pictures(item, config) for item in items), strict=True)
    grids = grids_of(np.concatenate(pictures))
    with torch.inference_mode():
        store.append("imagenet", encoder.recognise(grids).half().numpy())
    store.append("frames", _cells(grids))
    if items[0].kind == "image":
        store.append("wide", _cells(grids_of(np.concatenate(wide))))
    for group in pictures:
        store.starts.append(store.starts[-1] + len(group))


def _cells(grids: torch.Tensor) -> Half:
    return grids.flatten(2).transpose(1, 2).half().numpy()  # (N, h*w, D)


def _pictures(item: Item, config: FeatureConfig) -> tuple[Pixels, Pixels]:
    """Return the pictures ``(T, px, px, 3)`` of an item and, for a still, the enlarged one."""
    pictures = clip_of_item(item, config.picture_px, config.max_frames).pictures
    wide = clip_of_item(item, config.wide_px, 1).pictures if item.kind == "image" else pictures[:0]
    return pictures, wide


def _opened(cache: Path) -> FeatureSet:
    state = json.loads((cache / "progress.json").read_text())

    def mapped(name: str) -> Half:
        shape = state["shapes"].get(name)
        if not shape:
            return np.zeros((0, 0, 0), np.float16)
        return np.memmap(cache / f"{name}.f16", np.float16, "r", shape=tuple(shape))

    return FeatureSet(mapped("frames"), mapped("wide"), mapped("imagenet"), np.array(state["starts"], np.int64))
