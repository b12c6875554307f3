"""One safetensors file holds all of a model: weights, shape, words, concepts, ImageNet names and how it was trained.

Never a pickle: a file that looks like one is refused before a byte of it is interpreted. What the header claims is
compared with what the configuration needs before memory is taken.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from vidcap.errors import OutputError
from vidcap.model.calibration import Calibration
from vidcap.model.network import CaptionNetwork
from vidcap.model.stored import (
    FORMAT,
    Described,
    check_numbers,
    check_shapes,
    no_description,
    opened,
    read_description,
    shapes_of,
)


@dataclass(frozen=True, slots=True, eq=False)
class Checkpoint:
    """A network with the names of its ImageNet classes and the record of its training."""

    network: CaptionNetwork
    labels: tuple[str, ...] = ()
    """Everyday names of the encoder's 1000 classes; empty where unknown."""
    record: Mapping[str, Any] = field(default_factory=dict)
    """Data, terms, recipe and scores."""
    calibration: Calibration | None = None
    """How far its numbers can be believed; None until that was measured."""


def save_checkpoint(checkpoint: Checkpoint, path: str | os.PathLike[str]) -> None:
    """Write ``checkpoint`` whole or not at all: to a temporary name, then renamed. Weights are stored as fp16."""
    network = checkpoint.network
    metadata = {
        "format": FORMAT,
        "config": json.dumps(asdict(network.config)),
        "vocabulary": json.dumps(network.vocabulary.words),
        "concepts": json.dumps(network.concepts),
        "labels": json.dumps(checkpoint.labels),
        "record": json.dumps(checkpoint.record),
    }
    if checkpoint.calibration is not None:
        metadata["calibration"] = checkpoint.calibration.to_json()
    tensors = {name: _stored(name, value) for name, value in network.state_dict().items()}
    write_tensors(tensors, metadata, path)


def write_tensors(tensors: Mapping[str, Tensor], metadata: Mapping[str, str], path: str | os.PathLike[str]) -> None:
    """Write a safetensors file atomically; OutputError when the disk or the folder does not allow it."""
    target = Path(path)
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    try:
        # Not safetensors' own save_file: it lets nobody else read what it writes, whatever the umask.
        with open(temporary, "wb") as file:
            file.write(save(dict(tensors), dict(metadata)))
            file.flush()
            os.fsync(file.fileno())
        os.replace(temporary, target)
    except (OSError, SafetensorError) as error:
        raise OutputError(str(target), getattr(error, "strerror", None) or str(error)) from error
    finally:
        temporary.unlink(missing_ok=True)


def _stored(name: str, value: Tensor) -> Tensor:
    value = value.detach().cpu().contiguous()
    # Variances of batch norm span more than fp16 holds; they are few.
    small = name.endswith(("running_mean", "running_var")) or value.ndim == 0
    return value.half() if value.is_floating_point() and not small else value


def load_checkpoint(path: str | os.PathLike[str]) -> Checkpoint:
    """Read a checkpoint written by :func:`save_checkpoint`; CheckpointError says what is wrong with any other file."""
    name = os.fspath(path)
    with opened(name, "pt") as file:
        described = read_description(name, file.metadata() or {})
        network = _empty_network(name, described)
        expected = {key: tuple(value.shape) for key, value in network.state_dict().items()}
        check_shapes(name, expected, shapes_of(file))
        state = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    for key, value in state.items():
        check_numbers(name, key, is_finite=bool(torch.isfinite(value).all()))
    _take_memory(network)
    network.load_state_dict(state)
    return Checkpoint(network.eval(), described.labels, described.record, described.calibration)


def with_calibration(source: str | os.PathLike[str], calibration: Calibration, path: str | os.PathLike[str]) -> None:
    """Write the checkpoint ``source`` with another calibration to ``path``, even to itself: weights bit by bit."""
    load_checkpoint(source)  # says what is wrong with another file
    with safe_open(os.fspath(source), framework="pt") as file:
        metadata = dict(file.metadata())
        tensors = {key: file.get_tensor(key) for key in file.keys()}  # noqa: SIM118 (not a mapping)
    write_tensors(tensors, metadata | {"calibration": calibration.to_json()}, path)


def _empty_network(name: str, described: Described) -> CaptionNetwork:
    try:
        with torch.device("meta"), _Unfilled():
            return CaptionNetwork(described.config, described.vocabulary, described.concepts)
    except (KeyError, TypeError, ValueError, RuntimeError) as error:
        raise no_description(name, error) from error


_DRAWS = (
    nn.init.normal_,
    nn.init.uniform_,
    nn.init.kaiming_uniform_,
    nn.init.xavier_uniform_,
    Tensor.uniform_,
    Tensor.normal_,
)


class _Unfilled(TorchFunctionMode):
    """Leaves parameters without their random start: they are about to be read, and on the meta device drawing them
    imports torch's compiler, which takes longer than all the rest of loading."""

    def __torch_function__(
        self, func: Any, types: Any, args: tuple[Any, ...] = (), kwargs: dict[str, Any] | None = None
    ) -> Any:
        kwargs = kwargs or {}
        if func in _DRAWS:
            return args[0] if args else kwargs["tensor"]
        return func(*args, **kwargs)


def _take_memory(network: CaptionNetwork) -> None:
    """Give the network memory for its tensors; not before they are known to be those of the file."""
    # Module.to_empty() does the same, but imports sympy on its way.
    network._apply(lambda tensor: torch.empty(tensor.shape, dtype=tensor.dtype))  # type: ignore[no-untyped-call]
    _restore_constants(network)


def _restore_constants(network: CaptionNetwork) -> None:
    """Fill the buffers that are not stored, since ``to_empty`` left them undefined."""
    config, encoder = network.config, network.encoder
    encoder.mean.copy_(255 * torch.tensor(config.mean))
    encoder.std.copy_(255 * torch.tensor(config.std))
