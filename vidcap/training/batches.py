"""What each step trains on: drawn from (seed, step) alone, so a resumed training sees what it would have seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from vidcap.model.concepts import ConceptHead, Recogniser
from vidcap.model.memory import Seen, Visual
from vidcap.model.vocabulary import BOS, EOS, PAD
from vidcap.training.config import TrainConfig
from vidcap.training.corpus import Captioned, Corpus, Told
from vidcap.training.evidence import EvidenceMaker, Observed
from vidcap.training.features import FeatureSet
from vidcap.training.recognition import fold_of
from vidcap.training.views import View, plain_view, random_view, tensor_of

_CAPTIONS = 5
_SEVERAL = 3
"""Captions that a clip needs on average, for what is said of it to be compared with what people agree on."""
_OBSERVED = 8000
"""Pictures of each group that the recogniser is watched on."""


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """Captions of B clips: what is known of the clips, and N captions with the clip that each belongs to."""

    visual: Visual | None
    seen: Seen | None
    styles: Tensor
    """``(B,)``."""
    owners: Tensor
    """``(N,)``."""
    words: Tensor
    """``(N, L)`` from the begin token on."""
    targets: Tensor
    """``(N, L)`` the next word, padded."""


def stack_views(views: Sequence[View]) -> tuple[Visual, Tensor]:
    """Return B views as :class:`Visual` with their mean-max features ``(B, 2 * D)``."""
    lengths = [len(view.pooled) for view in views]
    pooled = np.zeros((len(views), max(lengths), views[0].pooled.shape[1]), np.float32)
    for row, view in enumerate(views):
        pooled[row, : lengths[row]] = view.pooled
    mask = torch.arange(max(lengths)) < torch.tensor(lengths)[:, None]
    cells = tensor_of(np.stack([view.cells for view in views]))
    return Visual(tensor_of(pooled), mask, cells), tensor_of(np.stack([v.mean_max for v in views]))


def padded(captions: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """Return inputs and targets ``(N, L)`` of captions of different lengths."""
    width = max(len(caption) for caption in captions) + 1
    words = np.full((len(captions), width), PAD, np.int64)
    targets = np.full((len(captions), width), PAD, np.int64)
    for row, caption in enumerate(captions):
        words[row, : len(caption) + 1] = (BOS, *caption)
        targets[row, : len(caption) + 1] = (*caption, EOS)
    return tensor_of(words), tensor_of(targets)


class PictureBatches:
    """Pictures or clips of one group with up to five of their captions, as the fold's own head recognises them."""

    def __init__(
        self,
        number: int,
        group: Captioned,
        features: FeatureSet,
        recogniser: Recogniser | None,
        heads: Sequence[ConceptHead],
    ) -> None:
        self.number, self.group, self.features = number, group, features
        self.recogniser, self.heads = recogniser, heads
        self.usable = np.array([i for i, captions in enumerate(group.captions) if captions])
        self.captions_each = sum(map(len, group.captions)) / max(1, len(self.usable))

    def draw(self, config: TrainConfig, rng: np.random.Generator) -> Batch:
        """Return a random batch."""
        count = min(config.pictures, len(self.usable))
        chosen = rng.choice(self.usable, count, replace=False)
        views = [random_view(self.features, int(i), rng) for i in chosen]
        visual, mean_max = stack_views(views)
        styles = torch.full((count,), self.group.style)
        seen = self.recognised(chosen, mean_max)
        captions = [some_captions(self.group.captions[i], rng) for i in chosen]
        owners = [row for row, of_item in enumerate(captions) for _ in of_item]
        words, targets = padded([caption for of_item in captions for caption in of_item])
        blind = seen is not None and rng.random() < config.blind_share
        return Batch(None if blind else visual, seen, styles, torch.tensor(owners), words, targets)

    def recognised(self, chosen: NDArray[np.int64], mean_max: Tensor) -> Seen | None:
        """Return the concepts of items as a head reports them that has not seen these items."""
        if self.recogniser is None:
            return None
        with torch.inference_mode():
            known = self.probabilities(self.recogniser, chosen, mean_max)
            seen = self.recogniser.show(known, torch.full((len(chosen),), self.group.style))
        return Seen(seen.ids.clone(), seen.scores.clone())

    def probabilities(self, recogniser: Recogniser, chosen: NDArray[np.int64], mean_max: Tensor) -> Tensor:
        """Return ``(B, C)`` the probability of every concept by heads that have not seen the items."""
        imagenet = np.stack([self.features.imagenet[self.features.rows(i)].astype(np.float32).mean(0) for i in chosen])
        folds = np.array([fold_of(self.number, int(i), len(self.heads) - 1) for i in chosen])
        heard = torch.zeros(len(chosen), recogniser.prior.shape[1])
        for fold in np.unique(folds):
            of_fold = tensor_of(np.flatnonzero(folds == fold))
            heard[of_fold] = self.heads[fold](mean_max[of_fold]).sigmoid()
        return recogniser.join(heard, tensor_of(imagenet))


def some_captions(captions: Sequence[tuple[int, ...]], rng: np.random.Generator) -> list[tuple[int, ...]]:
    """Return all captions of an item, or five of them."""
    if len(captions) <= _CAPTIONS:
        return list(captions)
    return [captions[i] for i in rng.choice(len(captions), _CAPTIONS, replace=False)]


class ToldBatches:
    """Scenes known by their captions, with what might have been recognised of them.

    In some batches each scene borrows the features of the picture that its report began with, so that what is seen and
    the way video is spoken of meet.
    """

    def __init__(self, told: Told, evidence: EvidenceMaker, pictures: Sequence[tuple[FeatureSet, int]]) -> None:
        self.told, self.evidence, self.pictures = told, evidence, pictures
        self.captions_each = min(_CAPTIONS, max(1, round(told.num_captions / max(1, len(told.captions)))))

    def draw(self, config: TrainConfig, rng: np.random.Generator) -> Batch:
        """Return a random batch of about ``5 * config.pictures`` captions."""
        count = min(_CAPTIONS * config.pictures // self.captions_each, len(self.told.captions))
        chosen = rng.choice(len(self.told.captions), count, replace=False)
        drawn = [self.evidence.draw(self.told.concepts[i], self.told.sizes[i], self.told.style, rng) for i in chosen]
        visual = None
        if self.captions_each > 1 and rng.random() < config.borrowed_share:
            visual, _ = stack_views([random_view(*self.pictures[report.picture], rng) for report in drawn])
        seen = Seen(
            tensor_of(np.stack([report.ids for report in drawn])),
            tensor_of(np.stack([report.scores for report in drawn]).astype(np.float32)),
        )
        captions = [some_captions(self.told.captions[i], rng) for i in chosen]
        owners = [row for row, of_scene in enumerate(captions) for _ in of_scene]
        words, targets = padded([caption for of_scene in captions for caption in of_scene])
        styles = torch.full((count,), self.told.style)
        return Batch(visual, seen, styles, torch.tensor(owners), words, targets)


class Batches:
    """Draws the batch of every step."""

    def __init__(
        self,
        corpus: Corpus,
        features: Sequence[FeatureSet],
        recogniser: Recogniser | None,
        heads: Sequence[ConceptHead],
        config: TrainConfig,
    ) -> None:
        self.config = config
        kinds: list[PictureBatches | ToldBatches] = []
        weights: list[float] = []
        pictures = [
            PictureBatches(number, group, stored, recogniser, heads)
            for number, (group, stored) in enumerate(zip(corpus.groups, features, strict=True))
        ]
        taught = [batches for batches in pictures if len(batches.usable) and batches.group.source.weight > 0]
        kinds += taught
        weights += _shares([batches.group.source.weight for batches in taught], 1 - self._text_share(corpus))
        if corpus.texts and recogniser is not None:
            prior = recogniser.prior.numpy()
            evidence = EvidenceMaker(observed(pictures, recogniser), prior, recogniser.num_shown)
            sources = [(batches.features, int(i)) for batches in pictures for i in batches.usable[:_OBSERVED]]
            kinds += [ToldBatches(told, evidence, sources) for told in corpus.texts]
            weights += _shares([told.source.weight for told in corpus.texts], self._text_share(corpus))
        if not kinds:
            raise ValueError("nothing to train on: no captions in any training split")
        self.kinds, self.weights = kinds, np.array(weights) / sum(weights)

    def _text_share(self, corpus: Corpus) -> float:
        return self.config.text_share if corpus.texts else 0.0

    def __getitem__(self, step: int) -> Batch:
        return self._drawn(step, self.weights)

    def of_scenes(self, step: int) -> Batch:
        """Return the batch of a rewarded step: of a source with several captions a clip, if there is one."""
        told = np.array([kind.captions_each >= _SEVERAL for kind in self.kinds])
        return self._drawn(step, self.weights * told if told.any() else self.weights)

    def _drawn(self, step: int, weights: NDArray[np.float64]) -> Batch:
        rng = np.random.default_rng([self.config.seed, 3, step])
        kind = self.kinds[rng.choice(len(self.kinds), p=weights / weights.sum())]
        return kind.draw(self.config, rng)


def _shares(weights: Sequence[float], total: float) -> list[float]:
    return [weight / sum(weights) * total for weight in weights]


def observed(pictures: Sequence[PictureBatches], recogniser: Recogniser) -> Observed:
    """Return what the cross-fitted heads report of captioned pictures and clips."""
    logits, shares = [], []
    for batches in pictures:
        for start in range(0, len(batches.usable[:_OBSERVED]), 64):
            rows = batches.usable[:_OBSERVED][start : start + 64]
            _, mean_max = stack_views([plain_view(batches.features, int(i)) for i in rows])
            with torch.inference_mode():
                known = batches.probabilities(recogniser, rows, mean_max)
            logits.append(torch.logit(known.clamp(1e-6, 1 - 1e-6)).half().numpy())
            shares += [_shares_of(batches.group, int(i), known.shape[1]) for i in rows]
    return Observed(np.concatenate(logits), np.stack(shares))


def _shares_of(group: Captioned, index: int, num_concepts: int) -> NDArray[np.float16]:
    """Return the share of an item's captions that mention each concept; weaker texts count as one of them."""
    found = np.zeros(num_concepts, np.float16)
    size = len(group.items[index].captions)
    for concept, count in group.concepts[index].items():
        found[concept] = min(1, count / size)
    return found
