"""The decoder, word by word over a beam, as one graph: the numbers of ``model.stepping``."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from vidcap.model.compiled import Compiled
from vidcap.model.config import ModelConfig
from vidcap.model.cores import Share
from vidcap.model.light.layers import Layers, Weights
from vidcap.model.light.remembering import Memory
from vidcap.model.quiet import imported_openvino
from vidcap.model.search import Ids, Numbers


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """N sentences under way."""

    states: Numbers
    """``(N, 4 * width)``: hidden and cell state of the first LSTM, then of the second."""
    owners: Ids
    """``(N,)`` the clip that each belongs to."""
    looked: Memory
    """What each looks at, row by row; copied only when sentences end."""
    whole: Memory
    """The same for all clips, to pick rows from."""

    def select(self, rows: Ids) -> Running:
        """Return the sentences ``rows`` (with repeats)."""
        owners = self.owners[rows]
        looked = self.looked if np.array_equal(owners, self.owners) else _picked(self.whole, owners)
        return Running(self.states[rows], owners, looked, self.whole)


def _picked(memory: Memory, rows: Ids) -> Memory:
    return Memory(memory.keys[rows], memory.values[rows], memory.bias[rows], memory.told[rows], memory.state)


class Wording:
    """Takes running sentences one word further."""

    def __init__(self, config: ModelConfig, weights: Weights, share: Share) -> None:
        self._words = weights["decoder.words.weight"] * np.float32(config.width**0.5 / 4)
        self._graph = Compiled(_step_graph(config, weights), "f32", share)

    def start(self, memory: Memory) -> Running:
        """Return one sentence for each clip of ``memory``, before its first word."""
        return Running(memory.state, np.arange(len(memory.state)), memory, memory)

    def step(self, words: Ids, running: Running) -> tuple[Numbers, Running]:
        """Return log-probabilities ``(N, V)`` of the next words after ``words`` ``(N,)``, and the sentences."""
        logprobs, states, _ = self._run(words, running)
        return logprobs, Running(states, running.owners, running.looked, running.whole)

    def attention(self, words: Ids, memory: Memory) -> Numbers:
        """Return ``(B, L, M)``, averaged over heads: what is looked at after each of ``words`` ``(B, L)``."""
        running, found = self.start(memory), []
        for column in words.T:
            _, states, attention = self._run(column, running)
            found.append(attention.mean((1, 2)))  # of heads, and one place
            running = Running(states, running.owners, running.looked, running.whole)
        return np.stack(found, 1)

    def _run(self, words: Ids, running: Running) -> list[Any]:
        """Return log-probabilities, states and attention."""
        looked = running.looked
        x = self._words[words] + looked.told
        return self._graph([x, running.states, looked.keys, looked.values, looked.bias])


def _step_graph(config: ModelConfig, weights: Weights) -> Any:
    layers = Layers(weights, "decoder")
    ops, width, heads = layers.ops, config.width, config.heads
    depth = width // heads
    x, states = layers.input(-1, width), layers.input(-1, 4 * width)
    keys, values, bias = (
        layers.input(-1, heads, -1, depth),
        layers.input(-1, heads, -1, depth),
        layers.input(-1, 1, 1, -1),
    )
    h1, c1, h2, c2 = ops.split(states, np.int64(1), 4).outputs()
    h1, c1 = layers.lstm_step("reader", x, h1, c1)
    query = ops.reshape(layers.linear("query", h1), np.array([0, heads, 1, depth]), True)
    scores = ops.multiply(ops.matmul(query, keys, False, True), np.float32(depth**-0.5))
    attention = ops.softmax(ops.add(scores, bias), 3)  # (N, heads, 1, M)
    context = ops.reshape(ops.matmul(attention, values, False, False), np.array([0, width]), True)
    both = ops.concat([h1, context], 1)
    h2, c2 = layers.lstm_step("speaker", both, h2, c2)
    hidden = layers.norm("norm", layers.linear("out", ops.concat([h2, both], 1)), 1)
    logits = layers.affine(hidden, layers.weight("words.weight") * layers.weight("scale"), layers.weight("bias"))
    outs = [ops.log_softmax(logits, 1), ops.concat([h1, c1, h2, c2], 1), attention]
    return imported_openvino().Model(outs, [x, states, keys, values, bias])
