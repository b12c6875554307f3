"""Runs the CNN as fast as this machine can: through OpenVINO where it is installed, else through torch."""

from __future__ import annotations

import copy
import importlib.util
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor

from vidcap.model.encoder import Encoder
from vidcap.model.lite0 import fold_batch_norm
from vidcap.types import Pixels

RUNTIMES = ("auto", "torch", "openvino")


def grid_function(encoder: Encoder, runtime: str = "auto") -> Callable[[Pixels], Tensor]:
    """Return a function from pictures ``(N, H, W, 3)`` to grids ``(N, D, h, w)`` in fp32, for a frozen encoder.

    ``auto`` takes OpenVINO where the package is installed and the encoder is on the CPU. Both give the same features to
    rounding (cosine above 0.999).
    """
    if runtime not in RUNTIMES:
        raise ValueError(f"a runtime is one of {', '.join(RUNTIMES)}: {runtime!r}")
    folded = copy.deepcopy(encoder).eval()
    fold_batch_norm(folded)
    if runtime == "openvino" or (runtime == "auto" and _openvino_fits(encoder)):
        return _with_openvino(folded)
    return _with_torch(folded)


def _openvino_fits(encoder: Encoder) -> bool:
    on_cpu = next(encoder.parameters()).device.type == "cpu"
    return on_cpu and importlib.util.find_spec("openvino") is not None


def _with_torch(encoder: Encoder) -> Callable[[Pixels], Tensor]:
    encoder = encoder.to(memory_format=torch.channels_last)
    device = next(encoder.parameters()).device

    @torch.inference_mode()
    def grids(pictures: Pixels) -> Tensor:
        batches = torch.from_numpy(pictures).split(16)
        return torch.cat([encoder(batch.to(device)).float().cpu() for batch in batches])

    return grids


def _with_openvino(encoder: Encoder) -> Callable[[Pixels], Tensor]:
    import openvino

    compiled: dict[int, Any] = {}

    def compile_for(side_px: int) -> Any:
        example = torch.zeros(1, side_px, side_px, 3, dtype=torch.uint8)
        with warnings.catch_warnings():  # its way into torch, torch.jit.trace, is deprecated
            warnings.simplefilter("ignore")
            model = openvino.convert_model(encoder, example_input=example)
        model.reshape([-1, side_px, side_px, 3])
        options = {"INFERENCE_PRECISION_HINT": "f32", "INFERENCE_NUM_THREADS": torch.get_num_threads()}
        return openvino.compile_model(model, "CPU", options)

    def grids(pictures: Pixels) -> Tensor:
        side_px = pictures.shape[1]
        if side_px not in compiled:
            compiled[side_px] = compile_for(side_px)
        batches = [pictures[i : i + 16] for i in range(0, len(pictures), 16)]
        return torch.from_numpy(np.concatenate([compiled[side_px](batch)[0] for batch in batches]))

    return grids
