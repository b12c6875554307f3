"""Features to memory: recognition, the recurrence over frames, keys and values; the numbers of ``model.memory``."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcap.model.compiled import Compiled
from vidcap.model.config import IMAGENET_TRUST, ModelConfig
from vidcap.model.cores import Share
from vidcap.model.features import Features
from vidcap.model.light.layers import Layers, Weights
from vidcap.model.quiet import imported_openvino
from vidcap.model.search import Numbers, best_of


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """All that can be looked at, for B clips."""

    keys: Numbers
    """``(B, heads, M, d)``."""
    values: Numbers
    """``(B, heads, M, d)``."""
    bias: Numbers
    """``(B, 1, 1, M)`` added to the scores; -inf where there is nothing."""
    told: Numbers
    """``(B, width)`` what the clip adds to every word that is read."""
    state: Numbers
    """``(B, 4 * width)``: hidden and cell state of the first LSTM, then of the second, before the first word."""


class Recognising:
    """Pooled grids to ImageNet classes, and mean and maximum to what a recogniser hears."""

    def __init__(self, config: ModelConfig, weights: Weights, share: Share) -> None:
        self._graph = Compiled(_recogniser_graph(config, weights), "f32", share)
        self._classes = weights.get("recogniser.classes")

    def __call__(self, pooled: Numbers, mean_max: Numbers, average: Numbers) -> tuple[Numbers, Numbers | None]:
        """Return ImageNet classes ``(B, 1000)``, averaged over frames, and probabilities of concepts ``(B, C)``.

        ``pooled`` ``(N, D)`` is of frames, ``mean_max`` ``(B, 2 * D)`` of clips, ``average`` ``(B, N)`` of each clip's.
        """
        if self._classes is None:
            (of_frames,) = self._graph([pooled])
            return averaged(of_frames, average), None
        of_frames, heard = self._graph([pooled, mean_max])
        imagenet = averaged(of_frames, average)
        named = np.flatnonzero(self._classes >= 0)
        evidence = np.zeros_like(heard)
        np.add.at(evidence.T, self._classes[named], imagenet[:, named].T)
        return imagenet, 1 - (1 - heard) * (1 - np.float32(IMAGENET_TRUST) * evidence.clip(max=1))


def averaged(of_frames: Numbers, average: Numbers) -> Numbers:
    """Return what frames ``(N, ...)`` say of clips ``(B, ...)``; ``average`` ``(B, N)``."""
    found: Numbers = np.einsum("bn,nk->bk", average, of_frames)
    return found


def _recogniser_graph(config: ModelConfig, weights: Weights) -> Any:
    encoder = Layers(weights, "encoder")
    pooled = encoder.input(-1, config.encoder_features)
    imagenet = encoder.ops.softmax(encoder.linear("classifier", pooled), 1)
    if "recogniser.classes" not in weights:
        return imported_openvino().Model([imagenet], [pooled])
    head = Layers(weights, "recogniser.head.layers")
    mean_max = head.input(-1, 2 * config.encoder_features)
    hidden = head.ops.relu(head.linear("2", head.norm("0", mean_max, 1)))
    return imported_openvino().Model([imagenet, head.ops.sigmoid(head.linear("5", hidden))], [pooled, mean_max])


_LOOKED_UP = (
    "memory.concepts.weight",
    "memory.score.weight",
    "memory.score.bias",
    "memory.styles.weight",
    "memory.group_bias",
    "recogniser.prior",
)


class Remembering:
    """Features and styles to memory."""

    def __init__(self, config: ModelConfig, weights: Weights, share: Share) -> None:
        self._config = config
        self._shown = min(config.num_concepts, weights["memory.concepts.weight"].shape[0])
        self._knows = "recogniser.classes" in weights
        # What is looked up by number stays; the rest is in the graph, and its arrays can go.
        self._weights = {name: weights[name] for name in _LOOKED_UP if name in weights}
        self._graph = Compiled(_memory_graph(config, weights, knows=self._knows), "f32", share)

    def __call__(self, features: Features, styles: NDArray[np.intp]) -> Memory:
        """Return the memory of B clips in ``styles`` ``(B,)``."""
        mask = features.frame_mask
        gist = self._weights["memory.styles.weight"][styles]
        weigh = self._weights["memory.group_bias"]
        num_cells = features.cells.shape[2]
        cells = np.full((len(mask), num_cells), -math.log(num_cells), np.float32)
        bias = [_log_share(mask) + weigh[0], cells + weigh[1]]
        tokens: list[Numbers] = []
        if features.known is not None and self._knows:
            seen, present = self._concepts(features.known, styles)
            tokens, bias = [seen], [*bias, _zero_or_minus_inf(present) + weigh[2]]
            gist = gist + _masked_mean(seen, present)
        first = np.zeros((len(mask), 1, self._config.width), np.float32)
        lengths = np.full(len(mask), mask.shape[1], np.int64)
        weights = mask / features.num_frames[:, None]
        arrays = [features.pooled, first, lengths, weights.astype(np.float32), features.cells, gist, *tokens]
        keys, values, told, state = self._graph(list(map(np.ascontiguousarray, arrays)))
        return Memory(keys, values, np.concatenate(bias, 1)[:, None, None], told, state)

    def _concepts(self, known: Numbers, styles: NDArray[np.intp]) -> tuple[Numbers, NDArray[np.bool_]]:
        """Return tokens ``(B, K, width)`` of the strongest concepts, and which there are."""
        held = known.clip(1e-6, 1 - 1e-6)
        logits = np.log(held / (1 - held)) + self._weights["recogniser.prior"][styles]
        scores, ids = best_of(_sigmoid(logits), self._shown)
        score = scores.clip(1e-3, 1 - 1e-3)
        evidence = np.stack((score, np.log(score / (1 - score)) / 4), -1)  # (B, K, 2)
        layer = [self._weights[f"memory.score.{part}"] for part in ("weight", "bias")]
        said = evidence[..., :1] * layer[0][:, 0] + evidence[..., 1:] * layer[0][:, 1] + layer[1]
        return self._weights["memory.concepts.weight"][ids] + said, scores > 0


def _memory_graph(config: ModelConfig, weights: Weights, *, knows: bool) -> Any:
    """Return the graph of what is multiplied: see :meth:`Remembering.__call__` for what goes in."""
    layers, decoder = Layers(weights, "memory"), Layers(weights, "decoder")
    ops, width = layers.ops, config.width
    pooled, first = layers.input(-1, -1, config.encoder_features), layers.input(-1, 1, width)
    lengths, weigh = ops.parameter([-1], np.int64), layers.input(-1, -1)
    grid, given = layers.input(-1, config.encoder_features, -1), layers.input(-1, width)
    inward = layers.linear("temporal.inward", pooled)
    context = layers.recurrence("temporal.recurrence", config.temporal, inward, first, lengths)
    frames = layers.norm("temporal.norm", ops.add(inward, context), 2)  # (B, T, width)
    cells = layers.norm("cells.1", layers.linear("cells.0", ops.transpose(grid, np.array([0, 2, 1]))), 2)
    groups, inputs = [frames, cells], [pooled, first, lengths, weigh, grid, given]
    if knows:
        tokens = layers.input(-1, -1, width)
        groups, inputs = [*groups, tokens], [*inputs, tokens]
    both = ops.concat([layers.linear(f"key_value.{number}", group) for number, group in enumerate(groups)], 1)
    keys, values = (layers.heads(half, config.heads, width) for half in ops.split(both, np.int64(2), 2).outputs())
    mean = ops.squeeze(ops.matmul(ops.unsqueeze(weigh, np.array([1])), frames, False, False), np.array([1]))
    gist = ops.add(given, mean)
    start = ops.tanh(decoder.linear("gist_to_state", gist))  # hidden and cell state, the same for both LSTMs
    outs = [keys, values, decoder.linear("gist_to_input", gist), ops.concat([start, start], 1)]
    return imported_openvino().Model(outs, inputs)


def _log_share(mask: NDArray[np.bool_]) -> Numbers:
    """Return -log n for the n things of each row, -inf for what is not there: many frames weigh as much as one."""
    count = np.maximum(mask.sum(1, keepdims=True), 1).astype(np.float32)
    return np.where(mask, -np.log(count), np.float32(-np.inf))


def _zero_or_minus_inf(mask: NDArray[np.bool_]) -> Numbers:
    # A row without any concept keeps its first place: softmax over nothing would be NaN.
    keep = mask | (~mask.any(1, keepdims=True) & (np.arange(mask.shape[1]) == 0))
    return np.where(keep, np.float32(0), np.float32(-np.inf))


def _masked_mean(x: Numbers, mask: NDArray[np.bool_]) -> Numbers:
    count = np.maximum(mask.sum(1, keepdims=True), 1)
    found: Numbers = ((x * mask[..., None]).sum(1) / count).astype(np.float32)
    return found


def _sigmoid(x: Numbers) -> Numbers:
    found: Numbers = np.reciprocal(1 + np.exp(-x))
    return found


def clip_average(lengths: Sequence[int]) -> Numbers:
    """Return the ``(B, sum(lengths))`` matrix that averages each clip's frames."""
    owners = np.repeat(np.arange(len(lengths)), lengths)
    rows = np.arange(len(lengths))[:, None] == owners
    return np.asarray(rows / np.array(lengths)[:, None], np.float32)
