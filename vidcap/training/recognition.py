"""Teaches the concept head, and keeps honest what the decoder will see of it.

The decoder is trained on concepts that were recognised by a head which had not seen the picture (cross-fitting): the
pictures are parted into folds and each fold's concepts come from a head trained on the others. Otherwise the decoder
would learn to trust a recogniser that is right far more often than it is on new pictures.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import load_file
from torch import Tensor
from torch.nn import functional as F  # noqa: N812

from vidcap.model.checkpoint import write_tensors
from vidcap.model.concepts import ConceptHead
from vidcap.model.config import ModelConfig
from vidcap.training.config import TrainConfig
from vidcap.training.corpus import Captioned, Corpus
from vidcap.training.features import FeatureSet, Report
from vidcap.training.views import plain_view, random_view, tensor_of

_VIEWS = 4
_BATCH = 256
_TRUSTED_PICTURES = 100
_WEAK_ABSENCE = 0.25
"""Weight of "not mentioned" where only a few weak texts describe a picture."""


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """What the head learns from, item after item over all groups."""

    inputs: NDArray[np.float16]
    """``(N, views, 2 * D)`` mean-max features."""
    targets: NDArray[np.float16]
    """``(N, C)``: how sure it is that a viewer would mention the concept."""
    weights: NDArray[np.float16]
    """``(N, C)``."""
    folds: NDArray[np.int64]
    """``(N,)``."""


def fold_of(group: int, index: int, folds: int) -> int:
    """Return the fold of an item; the same whenever it is asked."""
    return (index * 2654435761 + group * 40503) % 2**32 % folds


def examples(
    groups: Sequence[Captioned], features: Sequence[FeatureSet], config: TrainConfig, num_concepts: int
) -> Examples:
    """Return the head's training examples: each item as it is, and in a few random views."""
    inputs, targets, weights, folds = [], [], [], []
    for number, (group, stored) in enumerate(zip(groups, features, strict=True)):
        for index, mentions in enumerate(group.concepts):
            rng = np.random.default_rng([config.seed, 1, number, index])
            views = [plain_view(stored, index), *(random_view(stored, index, rng) for _ in range(_VIEWS - 1))]
            inputs.append(np.stack([view.mean_max for view in views]).astype(np.float16))
            target = np.zeros(num_concepts, np.float16)
            for concept, count in mentions.items():
                target[concept] = 1 - 0.5**count if group.items[index].captions else 1
            weight = np.full(num_concepts, 1 if group.items[index].captions else _WEAK_ABSENCE, np.float16)
            weight[target > 0] = 1
            targets.append(target)
            weights.append(weight)
            folds.append(fold_of(number, index, config.folds))
    return Examples(np.stack(inputs), np.stack(targets), np.stack(weights), np.array(folds))


def heads_key(corpus: Corpus, model: ModelConfig, config: TrainConfig) -> str:
    """Return a key that changes with whatever changes the heads."""
    items = [item.id for group in corpus.groups for item in group.items]
    counts = [sorted(mentions.items()) for group in corpus.groups for mentions in group.concepts]
    settings = (config.seed, config.folds, config.head_epochs, model.encoder, model.picture_px, model.concept_width)
    return hashlib.sha256(repr((settings, corpus.concepts, items, counts)).encode()).hexdigest()[:16]


def train_heads(
    make: Callable[[], Examples],
    model: ModelConfig,
    config: TrainConfig,
    folder: Path,
    report: Report,
) -> list[ConceptHead]:
    """Return ``folds`` heads, each trained without one fold, and last the head trained on everything.

    Heads are kept in ``folder``; an interrupted training goes on with those that are done.
    """
    folder.mkdir(parents=True, exist_ok=True)
    found: Examples | None = None
    heads = []
    for number in range(config.folds + 1):
        path = folder / f"head-{number}.safetensors"
        if not path.exists():
            found = found or make()
            chosen = np.flatnonzero(found.folds != number) if number < config.folds else np.arange(len(found.folds))
            head = _train(found, chosen, model, config, number, report)
            write_tensors(head.state_dict(), {}, path)
        state = load_file(path)
        head = ConceptHead(model, state["layers.5.bias"].shape[0])
        head.load_state_dict(state)
        heads.append(head.eval())
    return heads


def _train(
    found: Examples, chosen: NDArray[np.int64], model: ModelConfig, config: TrainConfig, number: int, report: Report
) -> ConceptHead:
    rng = np.random.default_rng([config.seed, 2, number])
    steps = config.head_epochs * (len(chosen) // _BATCH + 1)
    with torch.random.fork_rng():
        torch.manual_seed(config.seed * 1000 + number)
        head = ConceptHead(model, found.targets.shape[1])
        # Begin at how often each concept is mentioned, so that the first epochs need not learn it.
        share = tensor_of(found.targets[chosen].astype(np.float32).mean(0)).clamp(1e-4, 0.9)
        head.layers[5].bias.data.copy_(torch.logit(share))  # type: ignore[operator]
        optimizer = torch.optim.AdamW(head.parameters(), lr=1e-3, weight_decay=0.02)
        schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1.5e-3, total_steps=steps, pct_start=0.15)
        head.train()
        for step in range(steps):
            rows = rng.choice(chosen, min(_BATCH, len(chosen)), replace=False)
            views = rng.integers(0, found.inputs.shape[1], len(rows))
            loss = _loss(head, found, rows, views)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            if step % 20 == 0 or step == steps - 1:
                report(f"concept head {number + 1}", step + 1, steps)
    return head.eval()


def _loss(head: ConceptHead, found: Examples, rows: NDArray[np.int64], views: NDArray[np.int64]) -> Tensor:
    logits = head(tensor_of(found.inputs[rows, views].astype(np.float32)))
    targets = tensor_of(found.targets[rows].astype(np.float32))
    weights = tensor_of(found.weights[rows].astype(np.float32))
    return F.binary_cross_entropy_with_logits(logits, targets, weights, reduction="sum") / len(rows)


def style_prior(corpus: Corpus, usual: NDArray[np.float32]) -> Tensor:
    """Return what is added to the logits of concepts for each style ``(S, C)``.

    A part of the logarithm of how much more often the style's captions mention a concept than the head does on the
    training pictures (``usual``, ``(C,)``), at most 2 either way, centred so that on the whole as much is recognised as
    before. Styles other than the first, which are mostly known from text, are moved further. A shift upwards is
    trusted as far as pictures taught the concept: what was seen in a handful of them would be seen everywhere.
    """
    prior = corpus.prior
    shift = np.log(prior) - np.log(usual[None])
    shift = shift - (shift * prior).sum(1, keepdims=True) / prior.sum(1, keepdims=True)
    strength = np.where(np.arange(len(prior)) == 0, 0.5, 0.75)[:, None]
    taught = _pictures_of_concepts(corpus)
    trust = np.where(shift > 0, taught / (taught + _TRUSTED_PICTURES), 1)
    return tensor_of(np.clip(strength * shift * trust, -2, 2).astype(np.float32))


def _pictures_of_concepts(corpus: Corpus) -> NDArray[np.float64]:
    """Return how many training pictures and clips mention each concept ``(C,)``."""
    counts = np.zeros(len(corpus.concepts))
    for group in corpus.groups:
        for mentions in group.concepts:
            counts[list(mentions)] += 1
    return counts
