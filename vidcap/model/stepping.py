"""The decoder made ready to go word by word over a beam: the same numbers as :class:`Decoder`, a fraction of the work.

What does not change from word to word is worked out once: the part of the first LSTM's input that comes from the clip,
and the memory of each running sentence, which is picked again only when sentences end. One product serves input and
state of an LSTM: for a few rows, fixed costs of a library's LSTM are most of its time.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812 (the name everybody knows)

from vidcap.model.decoder import Decoder
from vidcap.model.memory import Memory

_LSTM_PARTS = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """What N running sentences look at, row by row."""

    owners: Tensor
    """``(N,)`` the clip that each belongs to, on the CPU."""
    memory: Memory
    told: Tensor
    """``(N, width)`` what the clip adds to every word that is read."""
    word_bias: Tensor | None
    """``(N, V)`` what it adds to the logits of words that are said, if anything."""


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """N sentences under way."""

    states: Tensor
    """``(N, 4 * width)``: hidden and cell state of the first LSTM, then of the second."""
    looked: Looked
    whole: Looked
    """The same for all clips, to pick rows from."""

    def select(self, rows: Tensor) -> Running:
        """Return the sentences ``rows`` (with repeats)."""
        states = self.states[rows.to(self.states.device)]
        owners = self.looked.owners[rows]
        if torch.equal(owners, self.looked.owners):
            return Running(states, self.looked, self.whole)
        places = owners.to(self.states.device)
        word_bias = None if self.whole.word_bias is None else self.whole.word_bias[places]
        looked = Looked(owners, self.whole.memory.select(places), self.whole.told[places], word_bias)
        return Running(states, looked, self.whole)


class Stepper:
    """Takes running sentences one word further."""

    def __init__(self, decoder: Decoder) -> None:
        self._decoder = decoder
        self._reader = _joined(decoder.reader)
        self._speaker = _joined(decoder.speaker)
        self._scaled = decoder.words.embedding_dim**0.5 / 4

    def start(self, memory: Memory, word_bias: Tensor | None = None) -> Running:
        """Return one sentence for each clip of ``memory``, before its first word.

        ``word_bias`` ``(B, V)`` is added to the logits of each clip's words.
        """
        h, c = self._decoder.start(memory).reader
        state = torch.cat((h[0], c[0]), -1)
        told = self._decoder.gist_to_input(memory.gist)
        whole = Looked(torch.arange(len(memory.gist)), memory, told, word_bias)
        return Running(torch.cat((state, state), -1), whole, whole)

    def __call__(self, words: Tensor, running: Running) -> tuple[Tensor, Running]:
        """Return log-probabilities ``(N, V)`` of the next words after ``words`` ``(N,)``, and the sentences."""
        decoder, memory = self._decoder, running.looked.memory
        h1, c1, h2, c2 = running.states.chunk(4, -1)
        x = decoder.words(words.to(h1.device)) * self._scaled + running.looked.told
        h1, c1 = _lstm(self._reader, x, h1, c1)
        query = decoder.query(h1).unflatten(-1, (decoder.heads, 1, -1))  # (N, heads, 1, d)
        scores = query @ memory.keys.transpose(-1, -2) * query.shape[-1] ** -0.5
        attention = (scores + memory.bias[:, None, None, :]).softmax(-1)
        both = torch.cat((h1, (attention @ memory.values).flatten(1)), -1)
        h2, c2 = _lstm(self._speaker, both, h2, c2)
        hidden = decoder.norm(decoder.out(torch.cat((h2, both), -1)))
        logits = F.linear(hidden * decoder.scale, decoder.words.weight, decoder.bias)  # as Decoder.logits, in one pass
        if running.looked.word_bias is not None:
            logits = logits + running.looked.word_bias
        logprobs = logits.float().log_softmax(-1)
        return logprobs, Running(torch.cat((h1, c1, h2, c2), -1), running.looked, running.whole)


def _joined(lstm: nn.LSTM) -> tuple[Tensor, Tensor]:
    """Return weight and bias of an LSTM for its input and state side by side."""
    weights: list[Tensor] = [getattr(lstm, f"{kind}_l0").detach() for kind in _LSTM_PARTS]
    return torch.cat(weights[:2], 1), weights[2] + weights[3]


def _lstm(joined: tuple[Tensor, Tensor], x: Tensor, h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """Return hidden and cell state after one more step."""
    let_in, forget, new, out = F.linear(torch.cat((x, h), -1), *joined).chunk(4, -1)
    c = torch.sigmoid(forget) * c + torch.sigmoid(let_in) * torch.tanh(new)
    return torch.sigmoid(out) * torch.tanh(c), c
