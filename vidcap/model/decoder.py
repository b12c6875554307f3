"""Memory to words: an LSTM reads the words so far, attention looks, a second LSTM decides.

Attention is not fed back into the first LSTM, so with known words (teacher forcing) a caption costs two passes of an
LSTM and one batched matrix product; step by step it gives the same numbers.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidcap.model.config import ModelConfig
from vidcap.model.memory import Memory, split_heads

Pair = tuple[Tensor, Tensor]


@dataclass(frozen=True, slots=True, eq=False)
class DecoderState:
    """Hidden and cell states of both LSTMs, each ``(1, B, width)``."""

    reader: Pair
    speaker: Pair

    def select(self, rows: Tensor) -> DecoderState:
        """Return the states of ``rows`` (with repeats)."""
        (h1, c1), (h2, c2) = self.reader, self.speaker
        return DecoderState((h1[:, rows], c1[:, rows]), (h2[:, rows], c2[:, rows]))


class Decoder(nn.Module):
    """Two LSTMs with multi-head attention between them and an output tied to the word embedding."""

    def __init__(self, config: ModelConfig, num_words: int) -> None:
        super().__init__()
        width = config.width
        self.heads = config.heads
        self.words = nn.Embedding(num_words, width)
        nn.init.normal_(self.words.weight, std=width**-0.5)
        self.gist_to_input = nn.Linear(width, width)
        self.gist_to_state = nn.Linear(width, 2 * width)
        self.reader = nn.LSTM(width, width, batch_first=True)
        self.query = nn.Linear(width, width)
        self.speaker = nn.LSTM(2 * width, width, batch_first=True)
        self.out = nn.Linear(3 * width, width)
        self.norm = nn.LayerNorm(width)
        self.bias = nn.Parameter(torch.zeros(num_words))
        self.scale = nn.Parameter(torch.tensor(2.0))
        self.dropout = nn.Dropout(config.dropout)

    def start(self, memory: Memory) -> DecoderState:
        """Return the states before the first word."""
        h, c = torch.tanh(self.gist_to_state(memory.gist)).unsqueeze(0).chunk(2, -1)
        h, c = h.contiguous(), c.contiguous()
        return DecoderState((h, c), (h, c))

    def forward(self, words: Tensor, state: DecoderState, memory: Memory) -> tuple[Tensor, DecoderState, Tensor]:
        """Return hidden vectors ``(B, L, width)`` after each of ``words`` ``(B, L)``, the states, and attention.

        Attention is ``(B, heads, L, M)``; its rows sum to 1. :meth:`logits` turns hidden vectors into scores of words.
        """
        x = self.words(words) * self.words.embedding_dim**0.5 / 4 + self.gist_to_input(memory.gist).unsqueeze(1)
        read, reader = self.reader(self.dropout(x), state.reader)  # (B, L, width)
        query = split_heads(self.query(read), self.heads)  # (B, heads, L, d)
        scores = query @ memory.keys.transpose(-1, -2) * query.shape[-1] ** -0.5
        attention = (scores + memory.bias[:, None, None, :]).softmax(-1)  # (B, heads, L, M)
        context = (attention @ memory.values).transpose(1, 2).flatten(2)  # (B, L, width)
        both = self.dropout(torch.cat((read, context), -1))
        spoken, speaker = self.speaker(both, state.speaker)
        hidden = self.norm(self.out(torch.cat((spoken, both), -1)))
        return self.dropout(hidden), DecoderState(reader, speaker), attention

    def logits(self, hidden: Tensor) -> Tensor:
        """Return scores ``(..., V)`` of hidden vectors ``(..., width)``."""
        return hidden @ self.words.weight.t() * self.scale + self.bias
