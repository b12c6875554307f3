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
from vidcap.training.corpus import Captioned, Corpus, Lines
from vidcap.training.evidence import EvidenceMaker, Observed
from vidcap.training.features import FeatureSet
from vidcap.training.recognition import fold_of
from vidcap.training.views import View, plain_view, random_view, tensor_of

_CAPTIONS = 5


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

    def draw(self, config: TrainConfig, rng: np.random.Generator) -> Batch:
        """Return a random batch."""
        count = min(config.pictures, len(self.usable))
        chosen = rng.choice(self.usable, count, replace=False)
        views = [random_view(self.features, int(i), rng) for i in chosen]
        visual, mean_max = stack_views(views)
        styles = torch.full((count,), self.group.style)
        seen = self.recognised(chosen, mean_max)
        captions = [self._captions(int(i), rng) for i in chosen]
        owners = [row for row, of_item in enumerate(captions) for _ in of_item]
        words, targets = padded([caption for of_item in captions for caption in of_item])
        blind = seen is not None and rng.random() < config.blind_share
        return Batch(None if blind else visual, seen, styles, torch.tensor(owners), words, targets)

    def recognised(self, chosen: NDArray[np.int64], mean_max: Tensor) -> Seen | None:
        """Return the concepts of items as a head reports them that has not seen these items."""
        if self.recogniser is None:
            return None
        rows = np.array([self.features.starts[i] for i in chosen])
        ends = np.array([self.features.starts[i + 1] for i in chosen])
        imagenet = [self.features.imagenet[a:b].astype(np.float32).mean(0) for a, b in zip(rows, ends, strict=True)]
        folds = np.array([fold_of(self.number, int(i), len(self.heads) - 1) for i in chosen])
        heard = torch.zeros(len(chosen), self.recogniser.prior.shape[1])
        with torch.inference_mode():
            for fold in np.unique(folds):
                of_fold = tensor_of(np.flatnonzero(folds == fold))
                heard[of_fold] = self.heads[fold](mean_max[of_fold]).sigmoid()
            known = self.recogniser.join(heard, tensor_of(np.stack(imagenet)))
            seen = self.recogniser.show(known, torch.full((len(chosen),), self.group.style))
        return Seen(seen.ids.clone(), seen.scores.clone())

    def _captions(self, index: int, rng: np.random.Generator) -> list[tuple[int, ...]]:
        captions = self.group.captions[index]
        if len(captions) <= _CAPTIONS:
            return list(captions)
        return [captions[i] for i in rng.choice(len(captions), _CAPTIONS, replace=False)]


class TextBatches:
    """Lines of text with concepts made of their own words; lines of like length go together."""

    def __init__(self, lines: Lines, evidence: EvidenceMaker) -> None:
        self.lines, self.evidence = lines, evidence
        self.by_length = np.argsort([len(ids) for ids in lines.ids], kind="stable")

    def draw(self, config: TrainConfig, rng: np.random.Generator) -> Batch:
        """Return a random batch of ``5 * config.pictures`` lines."""
        count = min(_CAPTIONS * config.pictures, len(self.by_length))
        # A random window over the lines by length: little padding, and every line is as likely as another.
        centre = rng.integers(len(self.by_length))
        span = min(len(self.by_length), 40 * count)
        start = int(np.clip(centre - span // 2, 0, len(self.by_length) - span))
        chosen = rng.choice(self.by_length[start : start + span], count, replace=False)
        others = rng.integers(len(self.lines.ids), size=count)
        drawn = [
            self.evidence.draw(self.lines.concepts[i], self.lines.concepts[j], rng)
            for i, j in zip(chosen, others, strict=True)
        ]
        ids, scores = (np.stack(column) for column in zip(*drawn, strict=True))
        words, targets = padded([self.lines.ids[i] for i in chosen])
        styles = torch.full((count,), self.lines.style)
        seen = Seen(tensor_of(ids), tensor_of(scores))
        return Batch(None, seen, styles, torch.arange(count), words, targets)


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
        kinds: list[PictureBatches | TextBatches] = []
        weights: list[float] = []
        pictures = [
            PictureBatches(number, group, stored, recogniser, heads)
            for number, (group, stored) in enumerate(zip(corpus.groups, features, strict=True))
        ]
        taught = [batches for batches in pictures if len(batches.usable) and batches.group.source.weight > 0]
        kinds += taught
        weights += _shares([batches.group.source.weight for batches in taught], 1 - self._text_share(corpus))
        if corpus.texts and recogniser is not None:
            evidence = EvidenceMaker(observed(pictures))
            kinds += [TextBatches(lines, evidence) for lines in corpus.texts]
            weights += _shares([lines.source.weight for lines in corpus.texts], self._text_share(corpus))
        if not kinds:
            raise ValueError("nothing to train on: no captions in any training split")
        self.kinds, self.weights = kinds, np.array(weights) / sum(weights)

    def _text_share(self, corpus: Corpus) -> float:
        return self.config.text_share if corpus.texts else 0.0

    def __getitem__(self, step: int) -> Batch:
        rng = np.random.default_rng([self.config.seed, 3, step])
        kind = self.kinds[rng.choice(len(self.kinds), p=self.weights)]
        return kind.draw(self.config, rng)


def _shares(weights: Sequence[float], total: float) -> list[float]:
    return [weight / sum(weights) * total for weight in weights]


def observed(pictures: Sequence[PictureBatches], at_most: int = 4000) -> Observed:
    """Return what the cross-fitted heads report of captioned pictures of the largest group."""
    largest = max(pictures, key=lambda batches: len(batches.usable))
    chosen = largest.usable[:at_most]
    ids, scores, right = [], [], []
    for start in range(0, len(chosen), 64):
        rows = chosen[start : start + 64]
        _, mean_max = stack_views([plain_view(largest.features, int(i)) for i in rows])
        seen = largest.recognised(rows, mean_max)
        assert seen is not None
        ids.append(seen.ids.numpy())
        scores.append(seen.scores.numpy())
        right += [
            [int(c) in largest.group.concepts[i] for c in of_item] for i, of_item in zip(rows, ids[-1], strict=True)
        ]
    return Observed(np.concatenate(ids), np.concatenate(scores), np.array(right))
