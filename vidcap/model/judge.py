"""Sentences found for a clip become its caption: with a chance to be right, or with what is surely seen instead."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidcap.model.confidence import chance, sentence_features
from vidcap.model.config import DescriberConfig
from vidcap.model.fallback import Sureness, instead
from vidcap.model.grounding import Evidence
from vidcap.model.neutral import neutral
from vidcap.model.search import Sentence
from vidcap.model.vocabulary import Vocabulary
from vidcap.types import Attention, Caption, Clip, Hypothesis, Label


@dataclass(frozen=True, slots=True, eq=False)
class Found:
    """All that is known of one clip."""

    sentences: tuple[Sentence, ...]
    """Best first; none where the network gave no numbers."""
    logits: NDArray[np.float32] | None
    """``(C,)`` calibrated log-odds of its concepts; None where the model has no calibration."""
    steadiness: float
    labels: tuple[Label, ...]
    gist: NDArray[np.float32]
    """``(D,)`` the CNN's features, averaged over frames."""
    gender: float = 1.0
    """How one-sided the evidence of gender is, 0.5 to 1."""
    attention: Attention | None = None
    """What the words of the best sentence looked at, where that was asked for."""


class Judge:
    """Makes captions of what was found."""

    def __init__(self, vocabulary: Vocabulary, evidence: Evidence | None, config: DescriberConfig) -> None:
        self.vocabulary, self.evidence, self.config = vocabulary, evidence, config

    def caption(self, clip: Clip, found: Found) -> Caption:
        """Return the caption of ``clip``."""
        is_neutral = self.config.neutral or found.gender < self.config.min_gender
        best, *others = self.hypotheses(found.sentences, neutral if is_neutral else str)
        confidence = self.confidence(found)
        if self.evidence is None or found.logits is None or not self._is_in_doubt(confidence):
            said = (best.text, confidence, best.token_logprobs)
            return Caption(clip.span, *said, found.labels, tuple(others), found.attention)
        text, sure = instead(self.evidence, found.logits, Sureness(self.config.sure, self.config.sure_person))
        kept = tuple(h for h in (best, *others) if h.token_logprobs)
        return Caption(clip.span, text, sure, (), found.labels, kept)

    def hypotheses(self, sentences: Sequence[Sentence], word: Callable[[str], str] = str) -> list[Hypothesis]:
        """Return as many of ``sentences`` as are wanted, worded anew by ``word``; an empty one where there is none."""
        kept = sentences[: self.config.search.n_best or None]
        return [Hypothesis(word(self.vocabulary.decode(s.ids)), s.logprobs) for s in kept] or [Hypothesis("", ())]

    def confidence(self, found: Found) -> float:
        """Return the calibrated chance that the best sentence is right, or the geometric mean of its probabilities."""
        if not found.sentences:
            return 0.0
        if self.evidence is None or found.logits is None:
            best = found.sentences[0]
            return math.exp(best.logprob / len(best.logprobs))
        features = sentence_features(found.sentences, self.evidence, found.logits, found.steadiness)
        return chance(features, self.evidence.calibration)

    def _is_in_doubt(self, confidence: float) -> bool:
        return self.config.fallback and confidence < self.config.floor
