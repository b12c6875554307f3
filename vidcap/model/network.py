"""The whole network: encoder, recogniser, memory, decoder; batched over clips everywhere."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidcap.model.concepts import Recogniser, mean_max
from vidcap.model.config import ModelConfig
from vidcap.model.decoder import Decoder
from vidcap.model.encoder import build_encoder
from vidcap.model.memory import Memory, MemoryBuilder, Visual
from vidcap.model.vocabulary import Vocabulary


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the CNN says of B clips; enough for all that follows."""

    visual: Visual
    mean_max: Tensor
    """``(B, 2 * D)`` mean and maximum over cells, averaged over frames."""
    imagenet: Tensor
    """``(B, 1000)`` averaged over frames."""


class CaptionNetwork(nn.Module):
    """CNN encoder, temporal LSTM, attention decoder, with the words and concepts they speak of."""

    def __init__(self, config: ModelConfig, vocabulary: Vocabulary, concepts: Sequence[str] = ()) -> None:
        super().__init__()
        self.config = config
        self.vocabulary = vocabulary
        self.concepts = tuple(concepts)
        self.encoder = build_encoder(config)
        shown = bool(concepts) and config.num_concepts > 0
        self.recogniser = Recogniser(config, len(self.concepts)) if shown else None
        self.memory = MemoryBuilder(config, len(self.concepts))
        self.decoder = Decoder(config, len(vocabulary))

    def features(self, grids: Tensor, lengths: Sequence[int]) -> Features:
        """Return the features of B clips from the grids of all their frames ``(sum(lengths), D, h, w)``."""
        pooled = nn.utils.rnn.pad_sequence(list(grids.mean((2, 3)).split(list(lengths))), batch_first=True)
        counts = torch.tensor(lengths, device=grids.device)
        mask = torch.arange(pooled.shape[1], device=grids.device) < counts[:, None]
        average = clip_average(counts)
        cells = (average @ grids.flatten(1)).unflatten(1, grids.shape[1:]).flatten(2).transpose(1, 2)
        visual = Visual(pooled, mask, cells.contiguous())
        return Features(visual, average @ mean_max(grids), average @ self.encoder.recognise(grids))

    def remember(self, features: Features, styles: Tensor) -> tuple[Memory, Tensor | None]:
        """Return the decoder's memory and the concepts' probabilities ``(B, C)``, if there are concepts."""
        if self.recogniser is None:
            return self.memory(features.visual, None, styles), None
        known = self.recogniser.probabilities(features.mean_max, features.imagenet)
        return self.memory(features.visual, self.recogniser.show(known, styles), styles), known


def clip_average(lengths: Tensor) -> Tensor:
    """Return the ``(B, sum(lengths))`` matrix that averages each clip's frames."""
    owner = torch.repeat_interleave(torch.arange(len(lengths), device=lengths.device), lengths)
    rows = torch.arange(len(lengths), device=lengths.device)[:, None] == owner
    return rows.float() / lengths[:, None]
