"""A training set that a small model learns in seconds: coloured pictures that say their colour."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np

from vidcap.training import DataSource, Recipe, TextSource, TrainConfig, TrainPaths

COLOURS = {"red": (220, 30, 30), "green": (30, 200, 40), "blue": (30, 40, 220), "white": (240, 240, 240)}
MODEL = {"picture_px": 64, "width": 32, "heads": 4, "concept_width": 32, "num_concepts": 3, "dropout": 0.1}


def picture(colour: str, seed: int, side_px: int = 64) -> np.ndarray[Any, np.dtype[np.uint8]]:
    rng = np.random.default_rng(seed)
    noise = rng.integers(-20, 20, (side_px, side_px, 3))
    return np.clip(np.array(COLOURS[colour]) + noise, 0, 255).astype(np.uint8)


def write_png(path: Path, pixels: np.ndarray[Any, np.dtype[np.uint8]]) -> None:
    with av.open(str(path), "w", format="image2", options={"update": "1"}) as container:
        stream = container.add_stream("png", rate=1)
        stream.height, stream.width, stream.pix_fmt = *pixels.shape[:2], "rgb24"
        container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))


def write_video(path: Path, colour: str, num_frames: int = 12) -> None:
    with av.open(str(path), "w") as container:
        stream = container.add_stream("mpeg4", rate=Fraction(6))
        stream.height, stream.width, stream.pix_fmt = 64, 64, "yuv420p"
        for k in range(num_frames):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(picture(colour, k), format="rgb24")))
        container.mux(stream.encode(None))


def captions(colour: str) -> list[str]:
    return [f"A {colour} wall.", f"There is a {colour} wall here.", f"a wall painted {colour}"]


def write_toy(folder: Path, per_colour: int = 4) -> Path:
    """Write pictures and a clip of each colour with a manifest and a text, and return the manifest."""
    rows: list[dict[str, Any]] = []
    for colour in COLOURS:
        for k in range(per_colour):
            write_png(folder / f"{colour}{k}.png", picture(colour, k))
            split = "dev" if k == per_colour - 1 else "train"
            rows.append({"image": f"{colour}{k}.png", "captions": captions(colour), "split": split})
        write_video(folder / f"{colour}.mp4", colour)
        rows.append({"video": f"{colour}.mp4", "captions": captions(colour), "split": "train"})
    manifest = folder / "toy.jsonl"
    manifest.write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [line for colour in COLOURS for line in captions(colour)] * 3
    (folder / "lines.txt").write_text("\n".join(lines))
    return manifest


def toy_recipe(manifest: Path, **changes: Any) -> Recipe:
    settings: dict[str, Any] = {
        "steps": 8,
        "pictures": 6,
        "head_epochs": 20,
        "min_word": 1,
        "min_concept": 1,
        "folds": 2,
        "eval_every": 4,
        **changes,
    }
    text = TextSource(path=manifest.parent / "lines.txt", style="video", min_count=1)
    return Recipe(TrainConfig(data=(DataSource(path=manifest),), texts=(text,), **settings), dict(MODEL))


def toy_paths(folder: Path, name: str = "model") -> TrainPaths:
    return TrainPaths(out=folder / f"{name}.safetensors", work=folder / f"{name}.work")
