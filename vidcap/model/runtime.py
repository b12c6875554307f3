"""Runs an encoder of torch as planned: by torch, OpenVINO or ONNX Runtime."""

from __future__ import annotations

import copy
from collections.abc import Callable
from threading import Lock

import torch
from torch import Tensor

from vidcap.model.cores import FIRST_CALLS, Share, num_cores, share_out
from vidcap.model.encoder import Encoder
from vidcap.model.engines import Grids, with_onnx, with_openvino, with_torch
from vidcap.model.lite0 import Lite0, fold_batch_norm
from vidcap.model.plan import Plan, plan_on
from vidcap.types import Pixels

_ENGINES: dict[str, Callable[[Encoder, str, Share], Grids]] = {
    "torch": with_torch,
    "openvino": with_openvino,
    "onnx": with_onnx,
}


def plan_for(encoder: Encoder, runtime: str = "auto", precision: str = "auto") -> Plan:
    """Return how an encoder is best run where it lies; ValueError for what is unknown, missing or does not fit."""
    kind = next(encoder.parameters()).device.type
    return plan_on(kind, runtime, precision, is_packaged=isinstance(encoder.body, Lite0))


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
