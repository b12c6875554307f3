"""What to train from, and how."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vidcap.errors import ManifestError
from vidcap.model.config import from_dict
from vidcap.training.scenes import check_rule


@dataclass(frozen=True, slots=True, kw_only=True)
class DataSource:
    """A manifest of pictures or clips with captions."""

    path: Path
    style: str = "still"
    """How its captions are worded."""
    weight: float = 1.0
    """Share of the steps that train on it, relative to the others; 0 only teaches recognition."""
    images: Path | None = None
    """Folder of the pictures of a COCO captions file."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TextSource:
    """Captions without pictures, one a line."""

    path: Path
    style: str = "still"
    weight: float = 1.0
    """Share of the text steps that train on it, relative to the other texts."""
    min_count: int = 8
    """A word enters the vocabulary when this text has it so often."""
    scene: str = "line"
    """Which lines speak of one scene: ``line`` (none do), a number of lines, or ``auto`` (found by their words)."""

    def __post_init__(self) -> None:
        check_rule(self.scene)


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainConfig:
    """The recipe of a training."""

    data: tuple[DataSource, ...]
    texts: tuple[TextSource, ...] = ()
    steps: int = field(default=2000, metadata={"help": "Steps of the decoder's training."})
    reward_steps: int = field(
        default=0, metadata={"help": "Steps after these that are rewarded by CIDEr-D (self-critical training)."}
    )
    reward_rate: float = field(default=1.5e-4, metadata={"help": "Peak learning rate of the rewarded steps."})
    pictures: int = field(default=40, metadata={"help": "Pictures or clips a step, each with up to five captions."})
    learning_rate: float = field(default=2e-3, metadata={"help": "Peak of the one-cycle schedule."})
    weight_decay: float = field(default=0.01, metadata={"help": "Of AdamW."})
    label_smoothing: float = field(default=0.1, metadata={"help": "Of the words' cross-entropy."})
    text_share: float = field(default=0.5, metadata={"help": "Share of the steps on text without pictures."})
    blind_share: float = field(default=0.1, metadata={"help": "Share of picture steps that see concepts only."})
    borrowed_share: float = field(
        default=0.3, metadata={"help": "Share of the steps on scenes without pictures that borrow those of others."}
    )
    head_epochs: int = field(default=12, metadata={"help": "Epochs of the concept head."})
    min_word: int = field(default=4, metadata={"help": "Least count of a word in the captions of pictures."})
    min_concept: int = field(default=15, metadata={"help": "Least count of a concept in the texts of pictures."})
    folds: int = field(default=3, metadata={"help": "Parts of the pictures for cross-fitted concepts."})
    eval_every: int = field(default=0, metadata={"help": "Steps between scores on the dev split; 0 is an epoch."})
    eval_items: int = field(default=300, metadata={"help": "Items of the dev split scored while training."})
    terms: str = field(default="", metadata={"help": "What the data's terms are; kept in the model's record."})
    seed: int = field(default=0, metadata={"help": "Fixes every random choice."})

    def __post_init__(self) -> None:
        if not self.data:
            raise ValueError("nothing to train on: no manifest given")
        if self.steps < 1 or self.pictures < 1 or self.reward_steps < 0:
            raise ValueError(
                f"steps and pictures must be positive: {self.steps = } {self.reward_steps = } {self.pictures = }"
            )
        for name in ("text_share", "blind_share", "borrowed_share"):
            if not 0 <= getattr(self, name) < 1:
                raise ValueError(f"{name} lies in [0, 1): {getattr(self, name)}")
        if self.folds < 2:
            raise ValueError(f"folds must be at least 2: {self.folds}")

    @property
    def all_steps(self) -> int:
        """Steps in all."""
        return self.steps + self.reward_steps

    @property
    def paths(self) -> tuple[Path, ...]:
        """Every file that is read."""
        return (*(source.path for source in self.data), *(source.path for source in self.texts))

    @property
    def styles(self) -> tuple[str, ...]:
        """Styles in the order of their first mention."""
        return tuple(dict.fromkeys([s.style for s in self.data] + [s.style for s in self.texts]))


@dataclass(frozen=True, slots=True)
class Recipe:
    """A training as a file describes it: the recipe, and fields of the model that differ from the defaults."""

    train: TrainConfig
    model: dict[str, Any]


def read_recipe(path: Path, data_root: Path | None = None) -> Recipe:
    """Read a TOML recipe; its paths are relative to ``data_root``, or else to the recipe itself.

    Tables ``[[data]]``, ``[[text]]``, ``[train]`` and ``[model]`` hold the fields of :class:`DataSource`,
    :class:`TextSource`, :class:`TrainConfig` and the model's configuration. ManifestError names an unknown key.
    """
    root = data_root or path.parent
    try:
        with path.open("rb") as file:
            tables = tomllib.load(file)
        unknown = sorted(set(tables) - {"data", "text", "train", "model"})
        if unknown:
            raise ValueError(f"unknown table {', '.join(unknown)}")
        data = tuple(_source(DataSource, table, root) for table in tables.get("data", []))
        texts = tuple(_source(TextSource, table, root) for table in tables.get("text", []))
        train = from_dict(TrainConfig, {**tables.get("train", {}), "data": data, "texts": texts})
    except OSError as error:
        raise ManifestError(str(path), error.strerror or str(error)) from error
    except (ValueError, TypeError) as error:
        raise ManifestError(str(path), f"not a valid recipe ({error})") from error
    return Recipe(train, dict(tables.get("model", {})))


def _source(kind: Any, table: dict[str, Any], root: Path) -> Any:
    source = from_dict(kind, table)
    changes = {name: root / table[name] for name in ("path", "images") if table.get(name)}
    return replace(source, **changes)
