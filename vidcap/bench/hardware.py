"""Names what was measured on: figures without it say nothing."""

from __future__ import annotations

import os
import platform
from collections.abc import Sequence
from contextlib import suppress
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from vidcap.model.cores import num_cores

_LIBRARIES = ("vidcap", "torch", "av", "numpy", "openvino", "onnxruntime")


def hardware(devices: Sequence[str]) -> dict[str, Any]:
    """Return processor, cores, memory, GPUs among ``devices``, and the versions of what does the work."""
    return {
        "processor": processor(),
        "cores": num_cores(),
        "memory_gib": _memory_gib(),
        "gpus": gpus(devices),
        "system": f"{platform.system()} {platform.release()}",
        "python": platform.python_version(),
        "libraries": {name: found for name in _LIBRARIES if (found := _version(name))},
    }


def processor() -> str:
    """Return the processor's name as it gives it itself, else its architecture."""
    with suppress(OSError):
        for line in Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    return platform.processor() or platform.machine()


def gpus(devices: Sequence[str]) -> dict[str, str]:
    """Return the names of those ``devices`` that are GPUs."""
    if not any(device.startswith("cuda") for device in devices):
        return {}
    import torch

    names = dict.fromkeys(device for device in devices if device.startswith("cuda"))
    return {name: torch.cuda.get_device_name(torch.device(name)) for name in names}


def _memory_gib() -> float | None:
    with suppress(OSError, ValueError, AttributeError):
        return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30, 1)
    return None


def _version(name: str) -> str | None:
    try:
        return version(name)
    except PackageNotFoundError:
        return None
