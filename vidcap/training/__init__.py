"""Training: from manifests of pictures, clips and text to a checkpoint (torch, loaded when a name is first used)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidcap.lazy import getter
from vidcap.training.config import DataSource, Recipe, TextSource, TrainConfig, read_recipe

if TYPE_CHECKING:
    from vidcap.training.api import TrainPaths, prepare, train
    from vidcap.training.loop import Progress

__all__ = [
    "DataSource",
    "Progress",
    "Recipe",
    "TextSource",
    "TrainConfig",
    "TrainPaths",
    "prepare",
    "read_recipe",
    "train",
]

__getattr__ = getter(
    __name__,
    {"vidcap.training.api": ("TrainPaths", "prepare", "train"), "vidcap.training.loop": ("Progress",)},
)
