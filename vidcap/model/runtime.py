"""Chooses how the CNN is run on this machine, and says why: torch, OpenVINO or ONNX Runtime, and in which precision."""

from __future__ import annotations

import copy
import importlib.util
import logging
from collections.abc import Callable
from dataclasses import dataclass
from threading import Lock

import torch
from torch import Tensor

from vidcap.model.cores import FIRST_CALLS, Share, num_cores, share_out
from vidcap.model.encoder import Encoder
from vidcap.model.engines import Grids, with_onnx, with_openvino, with_torch
from vidcap.model.lite0 import Lite0, fold_batch_norm
from vidcap.types import Pixels

log = logging.getLogger(__name__)

RUNTIMES = ("auto", "torch", "openvino", "onnx")
PRECISIONS = ("auto", "fp32", "bf16", "fp16")
_PACKAGES = {"openvino": "openvino", "onnx": "onnxruntime"}
_ENGINES: dict[str, Callable[[Encoder, str, Share], Grids]] = {
    "torch": with_torch,
    "openvino": with_openvino,
    "onnx": with_onnx,
}


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


def plan_for(encoder: Encoder, runtime: str = "auto", precision: str = "auto") -> Plan:
    """Return how an encoder is best run where it lies.

    ``auto`` takes OpenVINO on a processor, else ONNX Runtime, where one is installed, else torch; and bf16 where the
    processor has instructions for it, fp16 on CUDA. ValueError for what is unknown, missing or does not fit.
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"a runtime is one of {', '.join(RUNTIMES)}: {runtime!r}")
    if precision not in PRECISIONS:
        raise ValueError(f"a precision is one of {', '.join(PRECISIONS)}: {precision!r}")
    kind = next(encoder.parameters()).device.type
    name, why = _runtime(runtime, kind)
    if not isinstance(encoder.body, Lite0) and kind == "cpu":
        return Plan(name, _whole(precision), f"{why}; fp32, as it is not the packaged kind of CNN", runtime != "auto")
    chosen, because = _precision(precision, kind, name)
    return Plan(name, chosen, f"{why}; {because}", runtime != "auto")


def _runtime(asked: str, kind: str) -> tuple[str, str]:
    if kind != "cpu":
        if asked in _PACKAGES:
            raise ValueError(f"the runtime {asked} is for the processor, not for {kind}")
        return "torch", f"the model is on {kind}"
    missing = [name for name, package in _PACKAGES.items() if importlib.util.find_spec(package) is None]
    if asked in missing:
        raise ValueError(f"the runtime {asked} is not installed: pip install 'vidcap[{asked}]'")
    if asked != "auto":
        return asked, "asked for"
    for name in _PACKAGES:
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
    checks = ("_is_amx_tile_supported", "_is_avx512_bf16_supported")
    return any(bool(getattr(torch.cpu, name, bool)()) for name in checks)


def is_soon_ready(encoder: Encoder, runtime: str) -> bool:
    """Whether a runtime is ready in a fraction of a second: torch, and OpenVINO where its graph need not be traced."""
    return runtime == "torch" or (runtime == "openvino" and isinstance(encoder.body, Lite0))


class Runner:
    """A frozen encoder, run by a plan; may be called from several threads.

    Where another runtime takes seconds to make ready and was not asked for by name, torch answers the first
    :data:`FIRST_CALLS` calls. So a short film never pays for it, and the first cue of a long one does not wait. Which
    call is answered by which never depends on the clock, so the same film gives the same captions.
    """

    def __init__(self, encoder: Encoder, plan: Plan) -> None:
        self.plan = plan
        self._encoder = encoder
        self._lock = Lock()
        self._calls = 0
        self._first = not plan.is_asked and not is_soon_ready(encoder, plan.runtime)
        self._share = share_out(num_cores())
        self._run = _ENGINES["torch" if self._first else plan.runtime](encoder, plan.precision, self._share)

    def __call__(self, pictures: Pixels) -> Tensor:
        """Return the grids ``(N, D, h, w)`` of pictures ``(N, H, W, 3)``: fp32, where the encoder is."""
        return self._engine()(pictures)

    def _engine(self) -> Grids:
        with self._lock:
            self._calls += 1
            if self._first and self._calls > FIRST_CALLS:
                self._run = _ENGINES[self.plan.runtime](self._encoder, self.plan.precision, self._share)
                self._first = False
            return self._run


def grid_function(encoder: Encoder, runtime: str = "auto") -> Grids:
    """Return a function from pictures ``(N, H, W, 3)`` to grids ``(N, D, h, w)`` in fp32, for a frozen encoder.

    For training: all layers in fp32, the same runtime from the first picture on, and grids on the processor.
    """
    plan = plan_for(encoder, runtime, "fp32")
    folded = copy.deepcopy(encoder).eval()
    fold_batch_norm(folded)
    run = _ENGINES[plan.runtime](folded, "fp32", Share(workers=1, threads=torch.get_num_threads()))
    return lambda pictures: run(pictures).cpu()
