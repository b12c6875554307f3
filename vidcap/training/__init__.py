"""Training: from manifests of pictures, clips and text to a checkpoint."""

from vidcap.training.api import TrainPaths, prepare, train
from vidcap.training.config import DataSource, Recipe, TextSource, TrainConfig, read_recipe
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
