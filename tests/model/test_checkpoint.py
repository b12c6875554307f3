"""A model's file: whole or refused, never a pickle."""

from __future__ import annotations

import json
import pickle
import struct
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.model.tiny import random_clip, tiny_checkpoint
from vidcap.errors import CheckpointError, OutputError
from vidcap.model import Checkpoint, Describer, save_checkpoint
from vidcap.model import load_checkpoint as load_with_torch
from vidcap.model.stored import read_stored


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    return path


def test_a_saved_model_says_the_same_when_loaded(path: Path) -> None:
    made = tiny_checkpoint()
    loaded = load_checkpoint(path)
    assert (loaded.labels, loaded.record, loaded.network.config) == (made.labels, made.record, made.network.config)
    clips = [random_clip(3), random_clip(1, 1)]
    said = [caption.text for caption in Describer(made).describe(clips)]
    assert [caption.text for caption in Describer(loaded).describe(clips)] == said
    torch.testing.assert_close(loaded.network.encoder.mean, tiny_checkpoint().network.encoder.mean)


def load_checkpoint(path: Path) -> Checkpoint:
    """Read a checkpoint in both ways: what is wrong with it must be told alike."""
    said = told_by(read_stored, path)
    assert told_by(load_with_torch, path) == said
    return load_with_torch(path)


def told_by(read: Callable[[Path], object], path: Path) -> str:
    try:
        read(path)
    except CheckpointError as error:
        return str(error)
    return ""


def test_saving_leaves_one_file_that_others_may_read(path: Path) -> None:
    assert [p.name for p in path.parent.iterdir()] == ["model.safetensors"]
    plain = path.with_name("plain")
    plain.touch()
    assert path.stat().st_mode == plain.stat().st_mode


def test_a_folder_that_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="No such file"):
        save_checkpoint(tiny_checkpoint(), tmp_path / "missing" / "model.safetensors")


class _Bomb:
    def __reduce__(self) -> tuple[object, tuple[str]]:
        return (pytest.fail, ("a pickle was loaded",))


def test_a_pickle_is_refused_unread(tmp_path: Path) -> None:
    plain = tmp_path / "model.safetensors"
    plain.write_bytes(pickle.dumps(_Bomb()))
    zipped = tmp_path / "model.pt"
    torch.save({"a": torch.zeros(2)}, zipped)
    for path in (plain, zipped):
        with pytest.raises(CheckpointError, match="pickle"):
            load_checkpoint(path)


def test_a_header_whose_length_begins_as_pickles_do_is_no_pickle(path: Path) -> None:
    whole = path.read_bytes()
    length = struct.unpack("<Q", whole[:8])[0]
    padded = whole[8 : 8 + length] + b" " * (-(length - 0x80) % 256)  # a header may end in spaces
    path.write_bytes(struct.pack("<Q", len(padded)) + padded + whole[8 + length :])
    assert path.read_bytes()[:1] == b"\x80"
    assert load_checkpoint(path).labels == tiny_checkpoint().labels


@pytest.mark.parametrize("content", [b"", b"x" * 100, struct.pack("<Q", 2**62) + b"{" + b"x" * 50, b"<html></html>"])
def test_what_is_no_safetensors_file_is_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "model.safetensors"
    path.write_bytes(content)
    with pytest.raises(CheckpointError, match="not a safetensors file"):
        load_checkpoint(path)


def test_a_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(CheckpointError, match="no such model file"):
        load_checkpoint(tmp_path / "none.safetensors")


def test_a_truncated_file_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1000])
    with pytest.raises(CheckpointError, match="not a whole safetensors file"):
        load_checkpoint(path)


def test_somebody_elses_safetensors_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "other.safetensors"
    save_file({"a": torch.zeros(2)}, path)
    with pytest.raises(CheckpointError, match="not a vidcap model"):
        load_checkpoint(path)


def _rewritten(path: Path, **changes: str) -> Path:
    with safe_open(path, framework="pt") as file:
        metadata = dict(file.metadata())
    save_file(load_file(path), path, metadata | changes)
    return path


@pytest.mark.parametrize("width", [64, 1_000_000])
def test_sizes_that_do_not_fit_are_refused_before_memory_is_taken(path: Path, width: int) -> None:
    with safe_open(path, framework="pt") as file:
        config = json.loads(file.metadata()["config"])
    changed = _rewritten(path, config=json.dumps(config | {"width": width}))
    with pytest.raises(CheckpointError, match=r"do not fit|not valid"):
        load_checkpoint(changed)


@pytest.mark.parametrize("changes", [{"config": "{"}, {"config": '{"colour": 1}'}, {"vocabulary": '["a"]'}])
def test_a_description_that_makes_no_sense_is_refused(path: Path, changes: dict[str, str]) -> None:
    with pytest.raises(CheckpointError, match="not valid"):
        load_checkpoint(_rewritten(path, **changes))


def rewritten(path: Path, **metadata: str) -> Path:
    with safe_open(path, "pt") as file:
        old = file.metadata()
    save_file(load_file(path), path, old | metadata)
    return path


def config_with(path: Path, **values: object) -> str:
    with safe_open(path, "pt") as file:
        return json.dumps(json.loads(file.metadata()["config"]) | values)


@pytest.mark.parametrize(
    "values",
    [{"picture_px": 16384}, {"max_tokens": 10**9}, {"heads": 0}, {"mean": [1]}, {"std": [0, 0, 0]}, {"picture_px": "9"},
     {"num_concepts": 10**9}, {"num_concepts": -1}, {"width": None}],
)  # fmt: skip
def test_sizes_that_would_take_memory_without_bound_are_refused(path: Path, values: dict[str, object]) -> None:
    with pytest.raises(CheckpointError, match="description of the model is not valid"):
        load_checkpoint(rewritten(path, config=config_with(path, **values)))


@pytest.mark.parametrize("labels", ['{"a": 1}', "nonsense", "[1]", '["one"]', "null"])
def test_names_of_classes_that_do_not_fit_are_refused(path: Path, labels: str) -> None:
    with pytest.raises(CheckpointError, match=r"labels|classes"):
        load_checkpoint(rewritten(path, labels=labels))


def test_a_record_that_is_no_json_is_refused(path: Path) -> None:
    with pytest.raises(CheckpointError, match="record"):
        load_checkpoint(rewritten(path, record="{"))


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_weights_that_are_no_numbers_are_refused(path: Path, number: float) -> None:
    tensors = load_file(path)
    name = next(key for key, value in tensors.items() if value.is_floating_point() and value.ndim > 1)
    tensors[name].view(-1)[-1] = number
    with safe_open(path, "pt") as file:
        save_file(tensors, path, file.metadata())
    with pytest.raises(CheckpointError, match="not all finite"):
        load_checkpoint(path)
