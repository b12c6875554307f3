"""The runtimes of the CNN: each makes a frozen encoder, batch norms folded, into a function of pictures.

In bf16 the first layers stay in fp32 on a processor, up to :data:`FINE_BLOCKS` in torch and three in OpenVINO, which
keeps biases in fp32: their rounding is what the later ones magnify. Features then agree with those
of fp32 (cosine above 0.999); all of it in bf16 they would not (0.965).
"""

from __future__ import annotations

import copy
import io
import threading
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from vidcap.model.compiled import Compiled, in_pieces, lite0_grids
from vidcap.model.cores import Share
from vidcap.model.encoder import Encoder
from vidcap.model.graph import Lite0Weights
from vidcap.model.lite0 import Lite0
from vidcap.model.quiet import imported_openvino
from vidcap.types import Pixels

Grids = Callable[[Pixels], Tensor]
"""Pictures ``(N, H, W, 3)`` to grids ``(N, D, h, w)``, fp32."""
FINE_BLOCKS = 8
_AT_ONCE = 16
"""Pictures that one call of a runtime is given."""


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
    """Return the encoder run by OpenVINO, as two models where precision is mixed; one request a thread."""
    if isinstance(encoder.body, Lite0):
        tensors = {name: value.numpy() for name, value in encoder.body.state_dict().items()}
        weights = Lite0Weights(tensors, encoder.mean.numpy(), encoder.std.numpy())
        run = lite0_grids(weights, precision, share)
        return lambda pictures: torch.from_numpy(run(pictures))
    compiled: dict[int, Compiled] = {}
    lock = threading.Lock()

    def grids(pictures: Pixels) -> Tensor:
        side_px = pictures.shape[1]
        with lock:
            if side_px not in compiled:
                compiled[side_px] = Compiled(_converted(encoder, side_px), "f32", share)
        return torch.from_numpy(in_pieces([compiled[side_px]], pictures))

    return grids


def _converted(encoder: Encoder, side_px: int) -> Any:
    """Return any CNN as a model of OpenVINO, for any number of pictures."""
    example = torch.zeros(1, side_px, side_px, 3, dtype=torch.uint8)
    with warnings.catch_warnings(), torch.inference_mode():  # its way into torch, torch.jit.trace, is deprecated
        warnings.simplefilter("ignore")
        model = imported_openvino().convert_model(copy.deepcopy(encoder).eval(), example_input=example)
    model.reshape([-1, *example.shape[1:]])
    return model


def with_onnx(encoder: Encoder, _precision: str, share: Share) -> Grids:
    """Return the encoder run by ONNX Runtime in fp32."""
    import onnxruntime

    onnxruntime.disable_telemetry_events()  # on Windows its builds leave traces for the system to collect
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
