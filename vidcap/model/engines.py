"""The runtimes of the CNN: each makes a frozen encoder, batch norms folded, into a function of pictures.

In bf16 the first layers stay in fp32 on a processor, up to :data:`FINE_BLOCKS` in torch and :data:`FINE_GRAPH_BLOCKS`
in OpenVINO, which keeps biases in fp32: their rounding is what the later ones magnify. Features then agree with those
of fp32 (cosine above 0.999); all of it in bf16 they would not (0.965).
"""

from __future__ import annotations

import copy
import io
import threading
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vidcap.model.cores import Share
from vidcap.model.encoder import Encoder
from vidcap.model.graph import lite0_graphs
from vidcap.model.lite0 import Lite0
from vidcap.types import Pixels

Grids = Callable[[Pixels], Tensor]
"""Pictures ``(N, H, W, 3)`` to grids ``(N, D, h, w)``, fp32."""
FINE_BLOCKS = 8
FINE_GRAPH_BLOCKS = 3
_AT_ONCE = 16
"""Pictures that one call of a runtime is given."""
_IN_CACHE = 4
"""The same for OpenVINO: what the first layers make of more of them does not fit in a core's share of the cache."""


class Fine(nn.Module):
    """Pictures to what the first blocks make of them."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        assert isinstance(encoder.body, Lite0)
        self.normalised, self.stem, self.blocks = (
            encoder.normalised,
            encoder.body.stem,
            encoder.body.blocks[:FINE_BLOCKS],
        )

    def forward(self, pictures: Tensor) -> Tensor:  # noqa: D102
        grid: Tensor = self.blocks(self.stem(self.normalised(pictures)))
        return grid


class Coarse(nn.Module):
    """What the first blocks made to grids."""

    def __init__(self, encoder: Encoder) -> None:
        super().__init__()
        assert isinstance(encoder.body, Lite0)
        self.blocks, self.head = encoder.body.blocks[FINE_BLOCKS:], encoder.body.head

    def forward(self, grid: Tensor) -> Tensor:  # noqa: D102
        last: Tensor = self.head(self.blocks(grid))
        return last


def with_torch(encoder: Encoder, precision: str, _share: Share) -> Grids:
    """Return the encoder run by torch, channels last; on CUDA from pinned memory under autocast."""
    device = next(encoder.parameters()).device
    if device.type == "cpu":
        return _on_processor(encoder, precision)
    return on_accelerator(encoder, precision, device)


def _on_processor(encoder: Encoder, precision: str) -> Grids:
    encoder = encoder.to(memory_format=torch.channels_last)
    run: Callable[[Tensor], Tensor] = encoder
    if precision == "bf16":
        fine = Fine(encoder)
        coarse = copy.deepcopy(Coarse(encoder)).bfloat16().to(memory_format=torch.channels_last)

        def run(pictures: Tensor) -> Tensor:
            grid: Tensor = coarse(fine(pictures).bfloat16())
            return grid

    @torch.inference_mode()
    def grids(pictures: Pixels) -> Tensor:
        return torch.cat([run(batch).float() for batch in torch.from_numpy(pictures).split(_AT_ONCE // 2)])

    return grids


def on_accelerator(encoder: Encoder, precision: str, device: torch.device) -> Grids:
    """Return the encoder run under autocast; pictures go over while the ones before are worked on.

    Copies from pinned memory return at once, so the host only waits where results are read.
    """
    encoder = encoder.to(memory_format=torch.channels_last)
    kind = {"fp16": torch.float16, "bf16": torch.bfloat16}.get(precision, torch.float32)
    pins = device.type == "cuda"

    @torch.inference_mode()
    def grids(pictures: Pixels) -> Tensor:
        host = torch.from_numpy(pictures)
        host = host.pin_memory() if pins else host
        with torch.autocast(device.type, kind, enabled=kind != torch.float32):
            batches = (batch.to(device, non_blocking=pins) for batch in host.split(8 * _AT_ONCE))
            return torch.cat([encoder(batch).float() for batch in batches])

    return grids


def with_openvino(encoder: Encoder, precision: str, share: Share) -> Grids:
    """Return the encoder run by OpenVINO, as two models where precision is mixed; one request a thread.

    The first call is done alone: what OpenVINO's Python side makes ready once, in two threads that begin together, each
    of them waits for the other for ever (one holds a C++ guard and wants the interpreter, the other the reverse).
    """
    compiled: dict[int, list[Any]] = {}
    local = threading.local()
    lock = threading.Lock()

    def grids(pictures: Pixels) -> Tensor:
        side_px = pictures.shape[1]
        if side_px not in compiled:
            with lock:
                if side_px not in compiled:
                    models = _compiled_openvino(encoder, precision, side_px, share)
                    found = _inferred([model.create_infer_request() for model in models], pictures)
                    compiled[side_px] = models  # only now may others come in
                    return found
        requests = local.__dict__.get(f"{side_px}") or [model.create_infer_request() for model in compiled[side_px]]
        local.__dict__[f"{side_px}"] = requests
        return _inferred(requests, pictures)

    return grids


def _inferred(requests: Sequence[Any], pictures: Pixels) -> Tensor:
    """Return the grids that requests, one after another, make of pictures."""
    done: Any = None
    for at in range(0, len(pictures), _IN_CACHE):
        data: Any = np.ascontiguousarray(pictures[at : at + _IN_CACHE])
        for request in requests:
            data = next(iter(request.infer([data], share_inputs=True, share_outputs=True).values()))
        done = np.empty((len(pictures), *data.shape[1:]), np.float32) if done is None else done
        done[at : at + len(data)] = data  # the request's own memory is used again
    return torch.from_numpy(done)


def _compiled_openvino(encoder: Encoder, precision: str, side_px: int, share: Share) -> list[Any]:
    import openvino

    options = {
        "INFERENCE_NUM_THREADS": share.workers * share.threads,
        "NUM_STREAMS": share.workers,
        "ENABLE_CPU_PINNING": False,  # the decoder's threads may be on any core
    }
    if isinstance(encoder.body, Lite0):
        models = lite0_graphs(encoder, side_px, FINE_GRAPH_BLOCKS if precision == "bf16" else None)
    else:
        models = [_converted(encoder, side_px)]
    kinds = ["f32", "bf16"][: len(models)]
    return [
        openvino.compile_model(model, "CPU", {**options, "INFERENCE_PRECISION_HINT": kind})
        for model, kind in zip(models, kinds, strict=True)
    ]


def _converted(encoder: Encoder, side_px: int) -> Any:
    """Return any CNN as a model of OpenVINO, for any number of pictures."""
    import openvino

    example = torch.zeros(1, side_px, side_px, 3, dtype=torch.uint8)
    with warnings.catch_warnings(), torch.inference_mode():  # its way into torch, torch.jit.trace, is deprecated
        warnings.simplefilter("ignore")
        model = openvino.convert_model(copy.deepcopy(encoder).eval(), example_input=example)
    model.reshape([-1, *example.shape[1:]])
    return model


def with_onnx(encoder: Encoder, _precision: str, share: Share) -> Grids:
    """Return the encoder run by ONNX Runtime in fp32."""
    import onnxruntime

    sessions: dict[int, Any] = {}
    lock = threading.Lock()

    def session(side_px: int) -> Any:
        with lock:
            if side_px not in sessions:
                options = onnxruntime.SessionOptions()
                options.intra_op_num_threads, options.inter_op_num_threads = share.threads, 1
                sessions[side_px] = onnxruntime.InferenceSession(
                    _exported(encoder, side_px), options, providers=["CPUExecutionProvider"]
                )
            return sessions[side_px]

    def grids(pictures: Pixels) -> Tensor:
        run = session(pictures.shape[1]).run
        batches = [pictures[at : at + _AT_ONCE] for at in range(0, len(pictures), _AT_ONCE)]
        return torch.from_numpy(np.concatenate([run(None, {"pictures": batch})[0] for batch in batches]))

    return grids


def _exported(encoder: Encoder, side_px: int) -> bytes:
    """Return the encoder as an ONNX file, for any number of pictures."""
    file: Any = io.BytesIO()
    example = torch.zeros(2, side_px, side_px, 3, dtype=torch.uint8)
    with warnings.catch_warnings():  # exporting by tracing is deprecated; the other way needs onnxscript
        warnings.simplefilter("ignore")
        torch.onnx.export(
            copy.deepcopy(encoder).eval(),
            (example,),
            file,
            input_names=["pictures"],
            output_names=["grids"],
            dynamic_axes={"pictures": {0: "n"}, "grids": {0: "n"}},
            dynamo=False,
        )
    return bytes(file.getvalue())
