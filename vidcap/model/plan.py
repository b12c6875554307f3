"""Which runtime a network is run by on this machine and in which precision, with the reason; loads none of them."""

from __future__ import annotations

import importlib.util
import platform
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

RUNTIMES = ("auto", "torch", "openvino", "onnx")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
PACKAGES = {"openvino": "openvino", "onnx": "onnxruntime"}
_BF16 = frozenset(["amx_bf16", "amx_tile", "avx512_bf16"])


@dataclass(frozen=True, slots=True)
class Plan:
    """How a CNN is run."""

    runtime: str
    """``torch``, ``openvino`` or ``onnx``."""
    precision: str
    """``fp32``; ``bf16`` or ``fp16``: on a processor of all but the first layers, on a GPU of all."""
    why: str
    is_asked: bool = False
    """The runtime was asked for by name: use it from the first picture."""


def plan_on(kind: str, runtime: str = "auto", precision: str = "auto", *, is_packaged: bool) -> Plan:
    """Return how a CNN is best run on a device of a ``kind`` (``cpu``, ``cuda``, ``mps``).

    ``is_packaged`` tells whether it is the packaged kind of CNN. ``auto`` takes OpenVINO on a processor, else ONNX
    Runtime, where one is installed, else torch; and bf16 where the processor has instructions for it, fp16 on CUDA.
    ValueError for what is unknown, missing or does not fit.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"a runtime is one of {', '.join(RUNTIMES)}: {runtime!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"a precision is one of {', '.join(PRECISIONS)}: {precision!r}")
    name, why = _runtime(runtime, kind)
    if not is_packaged and kind == "cpu":
        return Plan(name, _whole(precision), f"{why}; fp32, as it is not the packaged kind of CNN", runtime != "auto")
    chosen, because = _precision(precision, kind, name)
    return Plan(name, chosen, f"{why}; {because}", runtime != "auto")


def _runtime(asked: str, kind: str) -> tuple[str, str]:
    if kind != "cpu":
        if asked in PACKAGES:
            raise ValueError(f"the runtime {asked} is for the processor, not for {kind}")
        return "torch", f"the model is on {kind}"
    missing = [name for name, package in PACKAGES.items() if importlib.util.find_spec(package) is None]
    if asked in missing:
        raise ValueError(f"the runtime {asked} is not installed: pip install {PACKAGES[asked]}")
    if asked != "auto":
        return asked, "asked for"
    for name in PACKAGES:
        if name not in missing:
            return name, "installed, and faster than torch on a processor"
    return "torch", "neither openvino nor onnx is installed"


def _whole(precision: str) -> str:
    if precision not in ("auto", "fp32"):
        raise ValueError(f"only the packaged kind of CNN runs in {precision} on a processor")
    return "fp32"


def _precision(asked: str, kind: str, runtime: str) -> tuple[str, str]:
    if kind == "cpu" and (asked == "fp16" or (asked == "bf16" and runtime == "onnx")):
        raise ValueError(f"{asked} on a processor is not for the runtime {runtime}: choose fp32")
    if asked != "auto":
        return asked, f"{asked} was asked for"
    if kind == "cuda":
        return "fp16", "fp16, as GPUs gain by it"
    if kind == "cpu" and runtime != "onnx" and gains_by_bf16():
        return "bf16", "bf16 after the first layers, as the processor has instructions for it"
    return "fp32", "fp32, as nothing else is faster here" if kind == "cpu" else "fp32"


def gains_by_bf16() -> bool:
    """Whether the processor multiplies bf16 natively (AMX or AVX512-BF16): elsewhere it is emulated, and slower."""
    if platform.machine().lower() not in ("x86_64", "amd64"):
        return False
    flags = Path("/proc/cpuinfo")
    if flags.exists():
        return not _BF16.isdisjoint(word for line in _flags(flags) for word in line.split())
    if not has_torch():
        return False
    import torch  # where the system does not tell

    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, name, bool)()) for name in checks)


def _flags(file: Path) -> Iterator[str]:
    """Yield the lines of the first processor's flags."""
    with file.open() as lines:
        yield from (line for line, _ in zip((line for line in lines if line.startswith("flags")), "1", strict=False))


def has_torch() -> bool:
    """Whether torch is installed: it is an extra, as a processor with OpenVINO does without."""
    return importlib.util.find_spec("torch") is not None


def need_torch(why: str) -> None:
    """Raise ValueError where torch is not installed; ``why`` tells what for, for people."""
    if not has_torch():
        raise ValueError(f"torch is not installed, but needed: {why}; pip install 'vidcap[torch]'")


def may_have_gpu() -> bool:
    """Whether a device that torch could use beside the processor may be here; False only where there surely is none."""
    if sys.platform != "linux":
        return sys.platform != "darwin" or platform.machine() == "arm64"
    signs = ("nvidia*", "nvhost*", "nvmap", "kfd", "dxg")
    return any(next(Path("/dev").glob(sign), None) is not None for sign in signs)
