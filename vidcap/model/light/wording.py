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
class Looked:
    """What clips give to each of their words."""

    memory: Memory
    word_bias: Numbers
    """``(B, V)`` added to the logits of words, or ``(1, V)`` for all the same."""

    def rows(self, rows: Ids) -> Looked:
        """Return what ``rows`` (with repeats) look at."""
        of = self.memory
        memory = Memory(of.keys[rows], of.values[rows], of.bias[rows], of.told[rows], of.state)
        return Looked(memory, self.word_bias if len(self.word_bias) == 1 else self.word_bias[rows])


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """N sentences under way."""

    states: Numbers
    """``(N, 4 * width)``: hidden and cell state of the first LSTM, then of the second."""
    owners: Ids
    """``(N,)`` the clip that each belongs to."""
    looked: Looked
    """What each looks at, row by row; copied only when sentences end."""
    whole: Looked
    """The same for all clips, to pick rows from."""

    def select(self, rows: Ids) -> Running:
        """Return the sentences ``rows`` (with repeats)."""
        owners = self.owners[rows]
        looked = self.looked if np.array_equal(owners, self.owners) else self.whole.rows(owners)
        return Running(self.states[rows], owners, looked, self.whole)


class Wording:
    """Takes running sentences one word further."""

    def __init__(self, config: ModelConfig, weights: Weights, share: Share) -> None:
        self._words = weights["decoder.words.weight"] * np.float32(config.width**0.5 / 4)
        self._no_bias = np.zeros((1, len(self._words)), np.float32)
        self._graph = Compiled(_step_graph(config, weights), "f32", share)

    def start(self, memory: Memory, word_bias: Numbers | None = None) -> Running:
        """Return one sentence for each clip of ``memory``, before its first word.

        ``word_bias`` ``(B, V)`` is added to the logits of each clip's words.
        """
        whole = Looked(memory, self._no_bias if word_bias is None else np.ascontiguousarray(word_bias, np.float32))
        return Running(memory.state, np.arange(len(memory.state)), whole, whole)

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
        memory = running.looked.memory
        x = self._words[words] + memory.told
        return self._graph([x, running.states, memory.keys, memory.values, memory.bias, running.looked.word_bias])


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
    word_bias = layers.input(-1, weights["decoder.words.weight"].shape[0])
    h1, c1, h2, c2 = ops.split(states, np.int64(1), 4).outputs()
    h1, c1 = layers.lstm_step("reader", x, h1, c1)
    # Scaled by its weights: a product with the scores OpenVINO would move to the keys, which are far more numbers.
    scaled = [layers.weight(f"query.{part}") * np.float32(depth**-0.5) for part in ("weight", "bias")]
    query = ops.reshape(layers.affine(h1, *scaled), np.array([0, heads, 1, depth]), True)
    scores = ops.add(ops.matmul(query, keys, False, True), bias)
    attention = ops.softmax(scores, 3)  # (N, heads, 1, M)
    context = ops.reshape(ops.matmul(attention, values, False, False), np.array([0, width]), True)
    both = ops.concat([h1, context], 1)
    h2, c2 = layers.lstm_step("speaker", both, h2, c2)
    hidden = layers.norm("norm", layers.linear("out", ops.concat([h2, both], 1)), 1)
    logits = layers.affine(hidden, layers.weight("words.weight") * layers.weight("scale"), layers.weight("bias"))
    logprobs = ops.log_softmax(ops.add(logits, word_bias), 1)
    outs = [logprobs, ops.concat([h1, c1, h2, c2], 1), attention]
    return imported_openvino().Model(outs, [x, states, keys, values, bias, word_bias])
