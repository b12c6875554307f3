"""What a model's file holds, read as plain arrays: enough to run the packaged kind of network without torch.

What the header claims is compared with what the configuration needs before memory is taken.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open

from vidcap.errors import CheckpointError
from vidcap.model.calibration import Calibration
from vidcap.model.config import ModelConfig, from_dict
from vidcap.model.header import MOST_PICTURE_PX, refuse_foreign
from vidcap.model.shapes import Shapes, expected_shapes
from vidcap.model.vocabulary import Vocabulary

FORMAT = "vidcap-1"
NUM_CLASSES = 1000
"""Of ImageNet."""
_MOST = {
    "width": 16384,
    "encoder_features": 16384,
    "concept_width": 16384,
    "num_concepts": 16384,
    "picture_px": MOST_PICTURE_PX,
    "max_tokens": 1024,
}


@dataclass(frozen=True, slots=True, eq=False)
class Described:
    """What the header of a model's file says."""

    config: ModelConfig
    vocabulary: Vocabulary
    concepts: tuple[str, ...]
    labels: tuple[str, ...] = ()
    """Everyday names of the encoder's 1000 classes; empty where unknown."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """Data, terms, recipe and scores."""
    calibration: Calibration | None = None
    """How far its numbers can be believed; None until that was measured."""


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """A model with its weights as arrays, floats in fp32, by the names that they have in the file."""

    described: Described
    weights: dict[str, NDArray[Any]]

    @property
    def labels(self) -> tuple[str, ...]:
        """Everyday names of the encoder's 1000 classes; empty where unknown."""
        return self.described.labels

    @property
    def record(self) -> Mapping[str, Any]:
        """Data, terms, recipe and scores."""
        return self.described.record

    @property
    def calibration(self) -> Calibration | None:
        """How far its numbers can be believed; None until that was measured."""
        return self.described.calibration


@contextmanager
def opened(name: str, framework: str) -> Iterator[Any]:
    """Hold a safetensors file open for ``framework``, ``np`` or ``pt``; CheckpointError where it is not whole."""
    refuse_foreign(name)
    try:
        with safe_open(name, framework=framework) as file:
            yield file
    except (SafetensorError, OSError) as error:
        raise CheckpointError(name, f"not a whole safetensors file ({error})") from error


def read_stored(path: str | os.PathLike[str]) -> Stored:
    """Read a checkpoint with the packaged kind of CNN; CheckpointError says what is wrong with any other file."""
    name = os.fspath(path)
    with opened(name, "np") as file:
        described = read_description(name, file.metadata() or {})
        check_shapes(name, _shapes(name, described), shapes_of(file))
        weights = {key: _plain(file.get_tensor(key)) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    for key, value in weights.items():
        check_numbers(name, key, is_finite=bool(np.isfinite(value).all()))
    return Stored(described, weights)


def _shapes(name: str, described: Described) -> Shapes:
    try:
        return expected_shapes(described.config, len(described.vocabulary), len(described.concepts))
    except ValueError as error:
        raise no_description(name, error) from error


def _plain(value: NDArray[Any]) -> NDArray[Any]:
    return value.astype(np.float32) if value.dtype.kind == "f" else value


def encoder_of(path: str | os.PathLike[str]) -> str | None:
    """Return the name of a model's CNN as its header has it, None where it does not say."""
    try:
        with safe_open(os.fspath(path), framework="np") as file:
            name = json.loads((file.metadata() or {})["config"])["encoder"]
    except (SafetensorError, OSError, ValueError, KeyError, TypeError):
        return None
    return name if isinstance(name, str) else None


def read_description(name: str, metadata: Mapping[str, str]) -> Described:
    """Return what a header says; CheckpointError, about the file ``name``, where that makes no sense."""
    if metadata.get("format") != FORMAT:
        raise CheckpointError(name, "a safetensors file, but not a vidcap model")
    try:
        config = from_dict(ModelConfig, json.loads(metadata["config"]))
        vocabulary = Vocabulary(tuple(json.loads(metadata["vocabulary"])))
        concepts: Sequence[str] = json.loads(metadata["concepts"])
        _check_bounds(config)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise no_description(name, error) from error
    labels = _names(name, metadata, "labels")
    if labels and len(labels) != NUM_CLASSES:
        raise CheckpointError(name, f"it names {len(labels)} classes of its encoder, not {NUM_CLASSES}")
    record, calibration = _record(name, metadata), _calibration(name, metadata)
    return Described(config, vocabulary, tuple(concepts), labels, record, calibration)


def no_description(name: str, error: Exception) -> CheckpointError:
    """Return the error for a file whose description can't be followed."""
    return CheckpointError(name, f"its description of the model is not valid ({error})")


def _check_bounds(config: ModelConfig) -> None:
    for key, most in _MOST.items():
        size = getattr(config, key)
        if not (isinstance(size, int) and (0 if key == "num_concepts" else 1) <= size <= most):
            raise ValueError(f"{key} is out of bounds: {size}")
    if len(config.mean) != 3 or len(config.std) != 3 or not all(one > 0 for one in config.std):
        raise ValueError(f"mean and std are three numbers, std above zero: {config.mean} {config.std}")


def _names(name: str, metadata: Mapping[str, str], key: str) -> tuple[str, ...]:
    """Return a list of strings from the header; CheckpointError where it is anything else."""
    try:
        found = json.loads(metadata.get(key, "[]"))
    except ValueError as error:
        raise CheckpointError(name, f"its {key} are not valid ({error})") from error
    if not (isinstance(found, list) and all(isinstance(one, str) for one in found)):
        raise CheckpointError(name, f"its {key} are not a list of words")
    return tuple(found)


def _record(name: str, metadata: Mapping[str, str]) -> dict[str, Any]:
    try:
        found = json.loads(metadata.get("record", "{}"))
    except ValueError as error:
        raise CheckpointError(name, f"its record is not valid ({error})") from error
    return found if isinstance(found, dict) else {}


def _calibration(name: str, metadata: Mapping[str, str]) -> Calibration | None:
    if "calibration" not in metadata:
        return None
    try:
        return Calibration.from_json(metadata["calibration"])
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise CheckpointError(name, f"its calibration is not valid ({error})") from error


def shapes_of(file: Any) -> Shapes:
    """Return the shape of each tensor of an opened file, from its header."""
    return {key: tuple(file.get_slice(key).get_shape()) for key in file.keys()}  # noqa: SIM118


def check_shapes(name: str, expected: Shapes, found: Shapes) -> None:
    """Raise CheckpointError unless a file has the tensors that its configuration needs."""
    if expected != found:
        wrong = sorted(k for k in expected.keys() | found.keys() if expected.get(k) != found.get(k))
        raise CheckpointError(name, f"its tensors do not fit its configuration ({', '.join(wrong[:3])})")


def check_numbers(name: str, key: str, *, is_finite: bool) -> None:
    """Raise CheckpointError for weights that are no numbers: every sentence made with them would be empty."""
    if not is_finite:
        raise CheckpointError(name, f"its weights are not all finite numbers ({key})")
