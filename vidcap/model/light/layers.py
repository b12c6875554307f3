"""Layers as nodes of an OpenVINO graph, with the weights that a checkpoint has for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcap.model.quiet import imported_openvino

Weights = Mapping[str, NDArray[Any]]
_NORM_EPS = 1e-5


class Layers:
    """Makes nodes; ``prefix`` is where the names of its weights begin."""

    def __init__(self, weights: Weights, prefix: str) -> None:
        self.ops: Any = imported_openvino().opset13
        self._weights, self._prefix = weights, prefix

    def weight(self, name: str) -> NDArray[Any]:
        """Return a tensor by its name behind the prefix."""
        return self._weights[f"{self._prefix}.{name}"]

    def constant(self, value: NDArray[Any]) -> Any:
        """Return an array as a node: left to do it itself, OpenVINO would make a list of numbers of it first."""
        return self.ops.constant(np.ascontiguousarray(value))

    def input(self, *shape: int) -> Any:
        """Return an input in fp32; -1 is any size."""
        return self.ops.parameter(list(shape), np.float32)

    def affine(self, x: Any, weight: NDArray[Any], bias: NDArray[Any]) -> Any:
        """Return ``x`` times the transpose of ``weight``, plus ``bias``."""
        product = self.ops.matmul(x, self.constant(weight), False, True)
        return self.ops.add(product, self.constant(bias))

    def linear(self, name: str, x: Any) -> Any:
        """Return ``x`` after a linear layer."""
        return self.affine(x, self.weight(f"{name}.weight"), self.weight(f"{name}.bias"))

    def norm(self, name: str, x: Any, axis: int) -> Any:
        """Return ``x`` after a layer norm over its last axis, which is ``axis``."""
        even = self.ops.mvn(x, np.array([axis]), True, _NORM_EPS, "inside_sqrt")
        scaled = self.ops.multiply(even, self.constant(self.weight(f"{name}.weight")))
        return self.ops.add(scaled, self.constant(self.weight(f"{name}.bias")))

    def heads(self, x: Any, heads: int, width: int) -> Any:
        """``(B, N, width)`` to ``(B, heads, N, width / heads)``."""
        parts = self.ops.reshape(x, np.array([0, 0, heads, width // heads]), True)
        return self.ops.transpose(parts, np.array([0, 2, 1, 3]))

    def lstm_step(self, name: str, x: Any, h: Any, c: Any) -> tuple[Any, Any]:
        """Return hidden and cell state ``(N, width)`` after one more input ``(N, ...)``; one product serves both."""
        parts = [self.weight(f"{name}.{kind}_l0") for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        ops, joined = self.ops, self.ops.concat([x, h], 1)
        gates = self.affine(joined, np.concatenate(parts[:2], 1), parts[2] + parts[3])
        let_in, forget, new, out = ops.split(gates, np.int64(1), 4).outputs()
        kept = ops.multiply(ops.sigmoid(forget), c)
        c = ops.add(kept, ops.multiply(ops.sigmoid(let_in), ops.tanh(new)))
        return ops.multiply(ops.sigmoid(out), ops.tanh(c)), c

    def recurrence(self, name: str, kind: str, x: Any, first: Any, lengths: Any) -> Any:
        """Return the states ``(B, T, width)`` of an LSTM or a GRU (``kind``) that reads ``x`` ``(B, T, ...)``.

        ``first`` ``(B, 1, width)`` is the state before, ``lengths`` ``(B,)`` how much of each row is read.
        """
        ops, parts = self.ops, [self.weight(f"{name}.weight_{part}_l0") for part in ("ih", "hh")]
        ins, hidden = (self.weight(f"{name}.bias_{part}_l0") for part in ("ih", "hh"))
        width = parts[0].shape[0] // (4 if kind == "lstm" else 3)
        if kind == "lstm":  # torch: in, forget, new, out; OpenVINO: forget, in, new, out
            weights = [self.constant(_regated(part, width, (1, 0, 2, 3))[None]) for part in parts]
            bias = self.constant(_regated(ins + hidden, width, (1, 0, 2, 3))[None])
            return _squeezed(ops, ops.lstm_sequence(x, first, first, lengths, *weights, bias, width, "forward"))
        # torch: reset, update, new; OpenVINO: update, reset, new, and the bias of the state's part of new by itself
        weights = [self.constant(_regated(part, width, (1, 0, 2))[None]) for part in parts]
        both = _regated(ins + hidden, width, (1, 0))
        bias = self.constant(np.concatenate((both, ins[2 * width :], hidden[2 * width :]))[None])
        made = ops.gru_sequence(x, first, lengths, *weights, bias, width, "forward", linear_before_reset=True)
        return _squeezed(ops, made)


def _regated(value: NDArray[Any], width: int, order: tuple[int, ...]) -> NDArray[Any]:
    return np.concatenate([value[gate * width : (gate + 1) * width] for gate in order])


def _squeezed(ops: Any, made: Any) -> Any:
    """Return the states of a recurrence in one direction, ``(B, 1, T, width)``, without the axis of directions."""
    return ops.squeeze(made.output(0), np.array([1]))
