"""What the beginning of a model file says, read without torch: whether it is one, and which pictures it wants."""

from __future__ import annotations

import json
import os
import struct
from pathlib import Path

from vidcap.errors import CheckpointError

DEFAULT = Path(__file__).resolve().parents[1] / "weights" / "default.safetensors"
"""The model that comes with the package."""
MOST_PICTURE_PX = 1024
_MAX_HEADER_BYTES = 64 << 20


def picture_size(path: str | os.PathLike[str]) -> int | None:
    """Return the side of the pictures that a model wants; None where its header does not say.

    CheckpointError where the file is of another kind.
    So decoding can begin while torch and the weights are being loaded.
    """
    name = os.fspath(path)
    refuse_foreign(name)
    try:
        with open(name, "rb") as file:
            (size,) = struct.unpack("<Q", file.read(8))
            header = json.loads(file.read(size))
        side_px = json.loads(header["__metadata__"]["config"])["picture_px"]
    except (OSError, ValueError, KeyError, TypeError):
        return None  # whoever loads it will say what is wrong
    return side_px if isinstance(side_px, int) and 1 <= side_px <= MOST_PICTURE_PX else None


def refuse_foreign(name: str) -> None:
    """Raise CheckpointError unless the file begins as a safetensors file of believable size does."""
    try:
        size = os.path.getsize(name)
        with open(name, "rb") as file:
            head = file.read(9)
    except FileNotFoundError as error:
        raise CheckpointError(name, "no such model file") from error
    except OSError as error:
        raise CheckpointError(name, error.strerror or str(error)) from error
    # The length of a safetensors header may begin with any byte, 0x80 included; what tells is the brace after it.
    if head[:2] == b"PK" or (head[:1] == b"\x80" and head[8:9] != b"{"):
        raise CheckpointError(name, "looks like a pickle, which could run code: only safetensors files are read")
    header_bytes = struct.unpack("<Q", head[:8])[0] if len(head) == 9 else 0
    if head[8:9] != b"{" or not 2 <= header_bytes <= min(_MAX_HEADER_BYTES, size - 8):
        raise CheckpointError(name, "not a safetensors file")
