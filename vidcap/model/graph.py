"""The packaged CNN as graphs of OpenVINO, layer by layer: ready in a fraction of the time that converting torch takes.

What a general conversion leaves slow is written out: bytes are scaled by the first convolution's own weights, and the
uneven padding of strides of two is the convolution's, not a copy before it. Arrays are made constants by name: what is
left to OpenVINO's Python side becomes a list of numbers first, which takes longer than all the rest.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcap.model.config import ModelConfig
from vidcap.model.quiet import imported_openvino
from vidcap.model.shapes import HEAD_CONV, STEM_CONV, Block, Conv, lite0_blocks

_NO_LIMIT = 1e30
"""Reached by nothing; see :meth:`_Writer.conv`."""
_BN_EPS = 1e-3


@dataclass(frozen=True, slots=True, eq=False)
class Lite0Weights:
    """The weights of the packaged kind of CNN as arrays, by their names in it, and how its pictures are normalised."""

    tensors: Mapping[str, NDArray[Any]]
    mean: NDArray[np.float32]
    """``(3,)`` of bytes."""
    std: NDArray[np.float32]
    """``(3,)``."""

    @classmethod
    def of(cls, config: ModelConfig, tensors: Mapping[str, NDArray[Any]]) -> Lite0Weights:
        """Return the weights ``tensors`` with what ``config`` says of pictures."""
        mean, std = (np.array([255 * value for value in values], np.float32) for values in (config.mean, config.std))
        return cls(tensors, mean, std)

    def folded(self, conv: Conv) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        """Return weight and bias of a convolution with the batch norm behind it, whether that was merged or not."""
        weight = self.tensors[f"{conv.name}.weight"]
        if f"{conv.name}.bias" in self.tensors:
            return weight, self.tensors[f"{conv.name}.bias"]
        norm = {key: self.tensors[f"{conv.norm}.{key}"] for key in ("weight", "bias", "running_mean", "running_var")}
        scale = (norm["weight"] / np.sqrt(norm["running_var"] + np.float32(_BN_EPS))).astype(np.float32)
        return weight * scale[:, None, None, None], norm["bias"] - norm["running_mean"] * scale


def lite0_graphs(weights: Lite0Weights, side_px: int, fine_blocks: int | None) -> list[Any]:
    """Return OpenVINO models that, one after another, make pictures ``(N, side_px, side_px, 3)`` into grids.

    With ``fine_blocks`` there are two: the first goes up to that block, the second, for bf16, does the rest.
    """
    blocks = lite0_blocks()
    writer = _Writer(weights, side_px)
    split = len(blocks) if fine_blocks is None else fine_blocks
    for block in blocks[:split]:
        writer.block(block)
    if fine_blocks is not None:
        writer.cut()
    for block in blocks[split:]:
        writer.block(block)
    writer.layer(HEAD_CONV)
    return writer.models()


class _Writer:
    """Writes layers behind one another; knows the size of the picture that they see."""

    def __init__(self, weights: Lite0Weights, side_px: int) -> None:
        openvino = imported_openvino()
        self._ops: Any = openvino.opset13
        self._model: Any = openvino.Model
        self._models: list[Any] = []
        self._weights = weights
        self._is_coarse = False
        self._side_px = side_px
        self._start: Any = self._ops.parameter([-1, side_px, side_px, 3], np.uint8)
        self._x: Any = self._start
        self._stem(STEM_CONV)

    def models(self) -> list[Any]:
        """Return what was written."""
        return [*self._models, self._model([self._x], [self._start])]

    def cut(self) -> None:
        """Begin another model, for bf16; between the two lie channels last, as both want them."""
        last = self._ops.transpose(self._x, np.array([0, 2, 3, 1]))
        self._models.append(self._model([last], [self._start]))
        self._start = self._ops.parameter(last.get_output_partial_shape(0), np.float32)
        self._x = self._ops.transpose(self._start, np.array([0, 3, 1, 2]))
        self._is_coarse = True

    def _stem(self, conv: Conv) -> None:
        """Write the first layers, which see bytes: mean and spread of the normalisation go into the weights.

        A border that is 0 after normalisation is the mean before it.
        """
        mean, std = self._weights.mean, self._weights.std
        weight, plain_bias = self._weights.folded(conv)
        weight = weight / std[:, None, None]
        bias = plain_bias - (weight * mean[:, None, None]).sum((1, 2, 3))
        channels = self._ops.transpose(self._x, np.array([0, 3, 1, 2]))
        shifted = self._ops.convert(channels, np.float32)
        before, after = _padding(conv, self._side_px)
        # One value pads all channels: they differ only where the mean does.
        if np.ptp(mean) == 0:
            ends = [np.array([0, 0, size, size]) for size in (before, after)]
            shifted = self._ops.pad(shifted, *ends, "constant", np.float32(mean[0]))
            self._x = self.conv(conv, shifted, weight, bias, (0, 0))
        else:
            shifted = self._ops.subtract(shifted, mean.reshape(1, -1, 1, 1))
            self._x = self.conv(conv, shifted, weight, plain_bias, (before, after))
        self._x = self._ops.clamp(self._x, 0, 6)

    def block(self, block: Block) -> None:
        """Write an inverted residual."""
        entered = self._x
        for conv in block.convs:
            self.layer(conv)
        if block.has_shortcut:
            self._x = self._ops.add(entered, self._x)

    def layer(self, conv: Conv) -> None:
        """Write a convolution and what bounds it."""
        self._x = self.conv(conv, self._x, *self._weights.folded(conv), _padding(conv, self._side_px))
        if conv.is_bounded:
            self._x = self._ops.clamp(self._x, 0, 6)

    def conv(self, layer: Conv, x: Any, weight: Any, bias: Any, padding: tuple[int, int]) -> Any:
        """Return ``x`` after a convolution.

        OpenVINO rounds a bias that it joins to a convolution in bf16 to bf16, which costs as much precision as all
        else that it rounds. A bound between them that nothing reaches makes it add the bias in fp32, in the same pass.
        """
        before, after = ([size, size] for size in padding)
        where = ([layer.stride, layer.stride], before, after, [1, 1])
        if layer.is_depthwise:
            weight = self._ops.constant(weight.reshape(layer.c_out, 1, *weight.shape[1:]))
            x = self._ops.group_convolution(x, weight, *where)
        else:
            x = self._ops.convolution(x, self._ops.constant(weight), *where)
        self._side_px = -(-self._side_px // layer.stride)
        if self._is_coarse:
            x = self._ops.clamp(x, -_NO_LIMIT, _NO_LIMIT)
        return self._ops.add(x, self._ops.constant(bias.reshape(1, -1, 1, 1)))


def _padding(conv: Conv, side_px: int) -> tuple[int, int]:
    if conv.stride == 1:
        return conv.kernel // 2, conv.kernel // 2
    total = max((-(-side_px // conv.stride) - 1) * conv.stride + conv.kernel - side_px, 0)
    return total // 2, total - total // 2
