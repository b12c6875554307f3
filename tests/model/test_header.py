"""What the beginning of a model file says."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import pytest

from vidcap.errors import CheckpointError
from vidcap.model import DEFAULT, load_checkpoint, picture_size


def test_the_size_of_pictures_is_that_of_the_loaded_model() -> None:
    assert picture_size(DEFAULT) == load_checkpoint(DEFAULT).network.config.picture_px


@pytest.mark.parametrize(
    "config", ['{"picture_px": 0}', '{"picture_px": "9"}', '{"picture_px": 99999}', "[]", "{", "{}"]
)
def test_a_header_that_does_not_say_it_well_says_nothing(tmp_path: Path, config: str) -> None:
    header = json.dumps({"__metadata__": {"config": config}}).encode()
    path = tmp_path / "odd.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header)
    assert picture_size(path) is None


def test_a_pickle_is_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "model.pt"
    path.write_bytes(b"PK\x03\x04 and so on")
    with pytest.raises(CheckpointError, match="pickle"):
        picture_size(path)
