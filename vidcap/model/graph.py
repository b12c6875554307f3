"""The packaged CNN as graphs of OpenVINO, layer by layer: ready in a fraction of the time that converting torch takes.

What a general conversion leaves slow is written out: bytes are scaled by the first convolution's own weights, and the
uneven padding of strides of two is the convolution's, not a copy before it.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from torch import nn

from vidcap.model.encoder import Encoder
from vidcap.model.lite0 import InvertedResidual, Lite0, SameConv

_NO_LIMIT = 1e30
"""Reached by nothing; see :meth:`_Writer.conv`."""


def lite0_graphs(encoder: Encoder, side_px: int, fine_blocks: int | None) -> list[Any]:
    """Return OpenVINO models that, one after another, make pictures ``(N, side_px, side_px, 3)`` into grids.

    With ``fine_blocks`` there are two: the first goes up to that block, the second, for bf16, does the rest. The batch
    norms of ``encoder`` must be folded.
    """
    body = encoder.body
    assert isinstance(body, Lite0)
    writer = _Writer(encoder, side_px)
    split = len(body.blocks) if fine_blocks is None else fine_blocks
    for block in body.blocks[:split]:
        writer.block(block)
    if fine_blocks is not None:
        writer.cut()
    for block in body.blocks[split:]:
        writer.block(block)
    writer.layers(body.head)
    return writer.models()


class _Writer:
    """Writes layers behind one another; knows the size of the picture that they see."""

    def __init__(self, encoder: Encoder, side_px: int) -> None:
        import openvino
        from openvino import opset8

        self._ops: Any = opset8
        self._model: Any = openvino.Model
        self._models: list[Any] = []
        self._is_coarse = False
        self._side_px = side_px
        self._start: Any = self._ops.parameter([-1, side_px, side_px, 3], np.uint8)
        self._x: Any = self._start
        assert isinstance(encoder.body, Lite0)
        self._stem(encoder, encoder.body.stem)

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

    def _stem(self, encoder: Encoder, layers: nn.Sequential) -> None:
        """Write the first layers, which see bytes: mean and spread of the normalisation go into the weights.

        A border that is 0 after normalisation is the mean before it.
        """
        conv = layers[0]
        assert isinstance(conv, SameConv)
        mean, std = (value.numpy() for value in (encoder.mean, encoder.std))
        weight, bias = _weights(conv)
        weight = weight / std[:, None, None]
        bias = bias - (weight * mean[:, None, None]).sum((1, 2, 3))
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
            self._x = self.conv(conv, shifted, weight, _weights(conv)[1], (before, after))
        self._x = self._ops.clamp(self._x, 0, 6)

    def block(self, block: nn.Module) -> None:
        """Write an inverted residual."""
        assert isinstance(block, InvertedResidual)
        entered = self._x
        self.layers(block.layers)
        if block.shortcut:
            self._x = self._ops.add(entered, self._x)

    def layers(self, layers: nn.Sequential) -> None:
        """Write convolutions and what bounds them."""
        for layer in layers:
            if isinstance(layer, SameConv):
                self._x = self.conv(layer, self._x, *_weights(layer), _padding(layer, self._side_px))
            elif isinstance(layer, nn.ReLU6):
                self._x = self._ops.clamp(self._x, 0, 6)

    def conv(self, layer: SameConv, x: Any, weight: Any, bias: Any, padding: tuple[int, int]) -> Any:
        """Return ``x`` after a convolution.

        OpenVINO rounds a bias that it joins to a convolution in bf16 to bf16, which costs as much precision as all
        else that it rounds. A bound between them that nothing reaches makes it add the bias in fp32, in the same pass.
        """
        groups, stride = layer.groups, layer.stride[0]
        before, after = ([size, size] for size in padding)
        where = ([stride, stride], before, after, [1, 1])
        if groups > 1:
            weight = weight.reshape(groups, weight.shape[0] // groups, *weight.shape[1:])
            x = self._ops.group_convolution(x, weight, *where)
        else:
            x = self._ops.convolution(x, weight, *where)
        self._side_px = -(-self._side_px // stride)
        if self._is_coarse:
            x = self._ops.clamp(x, -_NO_LIMIT, _NO_LIMIT)
        return self._ops.add(x, bias.reshape(1, -1, 1, 1))


def _weights(layer: SameConv) -> tuple[Any, Any]:
    assert layer.bias is not None, "batch norms must be folded"
    return layer.weight.detach().contiguous().numpy(), layer.bias.detach().numpy()


def _padding(layer: SameConv, side_px: int) -> tuple[int, int]:
    kernel, stride = layer.kernel_size[0], layer.stride[0]
    if stride == 1:
        return kernel // 2, kernel // 2
    total = max((-(-side_px // stride) - 1) * stride + kernel - side_px, 0)
    return total // 2, total - total // 2
