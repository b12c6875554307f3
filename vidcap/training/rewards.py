"""Self-critical training: the decoder says captions of its own, and those that people agree with more become likelier.

Rennie et al., "Self-critical Sequence Training for Image Captioning", CVPR 2017 (arXiv:1612.00563); the baseline of a
sample is the mean reward of the clip's other samples (Luo, "A Better Variant of Self-Critical Sequence Training",
arXiv:2003.09971). The reward is CIDEr-D, the end of the sentence counted as a word, so that sentences are finished.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from vidcap.evaluation.cider import CiderD
from vidcap.model.memory import Memory
from vidcap.model.network import CaptionNetwork
from vidcap.model.vocabulary import BOS, EOS, PAD, UNK
from vidcap.training.batches import Batch, padded

SAMPLES = 5
"""Captions said of each clip."""
TEMPERATURE = 0.8
LIKELY = 20
"""Each word is drawn from so many. Label smoothing leaves a tenth of the chance to all the others: most sentences would
have a word from there, and what is learnt would be to leave it, not to say what is seen."""
_SCENES = 6000
"""Scenes of each source that frequencies of n-grams are counted in."""

Ids = tuple[int, ...]


class Rewarder:
    """Scores captions, as word ids, by CIDEr-D with the document frequencies of a corpus."""

    def __init__(self, scenes: Iterable[Sequence[Ids]]) -> None:
        self.cider = CiderD({str(number): [_ended(c) for c in scene] for number, scene in enumerate(scenes)})

    def scores(self, said: Sequence[Ids], references: Sequence[Sequence[Ids]]) -> list[float]:
        """Return the reward of each caption against its clip's references."""
        ended = [[_ended(reference) for reference in group] for group in references]
        return [self.cider.score_against(_ended(caption), group) for caption, group in zip(said, ended, strict=True)]


def _ended(caption: Ids) -> tuple[str, ...]:
    return tuple(map(str, (*caption, EOS)))


@dataclass(frozen=True, slots=True, eq=False)
class Sampled:
    """Captions drawn from the decoder."""

    captions: list[Ids]
    owners: Tensor
    """``(N,)`` the clip of each."""


@torch.no_grad()
def sample(network: CaptionNetwork, memory: Memory, max_tokens: int) -> Sampled:
    """Return ``SAMPLES`` captions of each clip, drawn word by word from the decoder's likeliest words."""
    owners = torch.arange(len(memory.gist)).repeat_interleave(SAMPLES)
    seen = memory.select(owners)
    state = network.decoder.start(seen)
    words = torch.full((len(owners),), BOS)
    said: list[Tensor] = []
    ended = torch.zeros(len(owners), dtype=torch.bool)
    for _ in range(max_tokens):
        hidden, state, _ = network.decoder(words[:, None], state, seen)
        logits = network.decoder.logits(hidden[:, 0])
        logits[:, [PAD, BOS, UNK]] = -torch.inf
        words = _drawn(logits)
        words[ended] = EOS
        said.append(words)
        ended |= words == EOS
        if bool(ended.all()):
            break
    return Sampled([_until_end(row) for row in torch.stack(said, 1).tolist()], owners)


def _drawn(logits: Tensor) -> Tensor:
    """Return one of the likeliest words for each row of ``logits`` ``(N, V)``."""
    best, words = (logits / TEMPERATURE).topk(min(LIKELY, logits.shape[1]), dim=1)
    return words.gather(1, best.softmax(-1).multinomial(1))[:, 0]


def _until_end(row: list[int]) -> Ids:
    return tuple(row[: row.index(EOS)] if EOS in row else row)


def reward_loss(network: CaptionNetwork, batch: Batch, rewarder: Rewarder, max_tokens: int) -> tuple[Tensor, float]:
    """Return the self-critical loss of a batch, and the mean reward.

    The batch's own captions are the references. The network should be in evaluation mode: what is sampled and what is
    made likelier must be one distribution.
    """
    memory = network.memory(batch.visual, batch.seen, batch.styles)
    drawn = sample(network, memory, max_tokens)
    references = _references(batch)
    rewards = np.array(rewarder.scores(drawn.captions, [references[o] for o in drawn.owners.tolist()]), np.float32)
    by_clip = torch.from_numpy(rewards).view(-1, SAMPLES)
    others = (by_clip.sum(1, keepdim=True) - by_clip) / (SAMPLES - 1)
    advantage = (by_clip - others).flatten()
    words, targets = padded(drawn.captions)
    seen = memory.select(drawn.owners)
    hidden, _, _ = network.decoder(words, network.decoder.start(seen), seen)
    spoken = targets != PAD
    nll = F.cross_entropy(network.decoder.logits(hidden[spoken]), targets[spoken], reduction="none")
    weights = advantage[:, None].expand_as(targets)[spoken]
    return (nll * weights).sum() / spoken.sum(), float(rewards.mean())


def _references(batch: Batch) -> list[list[Ids]]:
    """Return the captions of each clip of a batch."""
    found: list[list[Ids]] = [[] for _ in batch.styles]
    for owner, row in zip(batch.owners.tolist(), batch.targets.tolist(), strict=True):
        found[owner].append(tuple(row[: row.index(EOS)]))
    return found


def rewarder_of(sources: Iterable[Sequence[Sequence[Ids]]]) -> Rewarder:
    """Return a rewarder whose frequencies come from the first scenes of each source."""
    return Rewarder([scene for source in sources for scene in source[:_SCENES] if scene])
