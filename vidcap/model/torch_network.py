"""The network run by torch, behind the same calls as the one without: for GPUs, training, any CNN, and comparison."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vidcap.model.checkpoint import Checkpoint
from vidcap.model.config import SearchConfig
from vidcap.model.features import Features
from vidcap.model.lite0 import fold_batch_norm
from vidcap.model.memory import Memory, Visual
from vidcap.model.network import CaptionNetwork
from vidcap.model.network import Features as TorchFeatures
from vidcap.model.runtime import Runner, plan_for
from vidcap.model.search import Ids, Numbers, Sentence, beam_search
from vidcap.model.stepping import Running, Stepper
from vidcap.types import Pixels


class TorchNetwork:
    """A network of torch on any device; see :class:`vidcap.model.running.Network`."""

    engine = "torch"

    def __init__(self, checkpoint: Checkpoint, device: str, runtime: str, precision: str) -> None:
        self.torch = checkpoint.network.to(device).eval()
        self.config = self.torch.config
        self.vocabulary = self.torch.vocabulary
        self.concepts = self.torch.concepts
        self._device = torch.device(device)
        fold_batch_norm(self.torch.encoder)
        self.plan = plan_for(self.torch.encoder, runtime, precision)
        self._run = Runner(self.torch.encoder, self.plan)
        self._words = Words(self.torch)

    def grids(self, pictures: Pixels) -> Tensor:
        """Return the grids ``(N, D, h, w)`` of pictures ``(N, H, W, 3)``, fp32, where the network is."""
        return self._run(pictures)

    @torch.inference_mode()
    def stacked(self, grids: Sequence[Tensor]) -> Tensor:
        """Return a copy of grids ``(D, h, w)`` as one tensor ``(N, D, h, w)``."""
        return torch.stack(list(grids))

    @torch.inference_mode()
    def features(self, grids: Tensor, lengths: Sequence[int]) -> Features:
        """Return what is known of B clips from the grids of all their frames ``(sum(lengths), D, h, w)``."""
        found = self.torch.features(grids, lengths)
        recogniser = self.torch.recogniser
        known = None if recogniser is None else recogniser.probabilities(found.mean_max, found.imagenet)
        return Features(
            _array(found.visual.pooled),
            np.array(lengths),
            _array(found.visual.cells.transpose(1, 2)),
            _array(found.mean_max),
            _array(found.imagenet),
            None if known is None else _array(known),
        )

    @torch.inference_mode()
    def remember(self, features: Features, styles: NDArray[np.intp]) -> Memory:
        """Return what is to be looked at while B clips are worded in ``styles`` ``(B,)``."""
        cells = self._tensor(features.cells).transpose(1, 2).contiguous()
        visual = Visual(self._tensor(features.pooled), self._tensor(features.frame_mask), cells)
        found = TorchFeatures(visual, self._tensor(features.mean_max), self._tensor(features.imagenet))
        memory, _ = self.torch.remember(found, self._tensor(styles))
        return memory

    def start(self, memory: Memory, word_bias: Numbers | None = None) -> Rows:
        """Return one sentence for each clip, before its first word; ``word_bias`` ``(B, V)`` is added to its logits."""
        return self._words.start(memory, None if word_bias is None else self._tensor(word_bias))

    def step(self, words: Ids, running: Rows) -> tuple[Numbers, Rows]:
        """Return log-probabilities ``(N, V)`` of the words that may follow ``words`` ``(N,)``, and the sentences."""
        return self._words.step(words, running)

    @torch.inference_mode()
    def attention(self, words: Ids, memory: Memory) -> Numbers:
        """Return ``(B, L, M)``, averaged over heads: what is looked at before each word after ``words`` ``(B, L)``."""
        decoder = self.torch.decoder
        _, _, found = decoder(self._tensor(words), decoder.start(memory), memory)
        return _array(found.mean(1))

    def _tensor(self, value: NDArray[np.generic]) -> Tensor:
        return torch.from_numpy(value).to(self._device)


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Sentences under way in torch, rows of which are picked by arrays."""

    running: Running

    @torch.inference_mode()
    def select(self, rows: Ids) -> Rows:
        """Return the sentences ``rows`` (with repeats)."""
        return Rows(self.running.select(torch.from_numpy(rows)))


class Words:
    """A decoder of torch, as a search wants it."""

    def __init__(self, network: CaptionNetwork) -> None:
        self._stepper = Stepper(network.decoder)

    @torch.inference_mode()
    def start(self, memory: Memory, word_bias: Tensor | None = None) -> Rows:
        """Return one sentence for each clip of ``memory``, before its first word; see :meth:`Stepper.start`."""
        return Rows(self._stepper.start(memory, word_bias))

    @torch.inference_mode()
    def step(self, words: Ids, rows: Rows) -> tuple[Numbers, Rows]:
        """Return log-probabilities ``(N, V)`` of the next words, and the sentences."""
        logprobs, running = self._stepper(torch.from_numpy(words), rows.running)
        return _array(logprobs), Rows(running)


def search_sentences(network: CaptionNetwork, memory: Memory, config: SearchConfig) -> list[list[Sentence]]:
    """Return the sentences found for each clip of ``memory``, best first; none where the network gives no numbers."""
    words = Words(network)
    return beam_search(words.step, words.start(memory), len(memory.gist), config)


def _array(value: Tensor) -> Numbers:
    found: Numbers = value.float().cpu().numpy()
    return found
