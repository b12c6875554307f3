"""The chance that a sentence is right, from what the model knew when it said it.

* ``fluency``: mean log-probability of its words; ``content``: the same of words that stand for concepts.
* ``agreement``: how much of its content the other sentences found share with it, weighted by their probability.
* ``evidence``, ``weakest``: mean and least log-odds, calibrated, that the concepts it names are seen.
* ``words``: how many concepts it names; each is a chance to be wrong.
* ``steadiness``: how alike the clip's frames are; one sentence rarely fits a clip that changes.

A logistic regression, fitted on captions that the model had not seen, joins them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidcap.model.calibration import FEATURES, Calibration
from vidcap.model.features import Features
from vidcap.model.grounding import Evidence
from vidcap.model.search import Sentence

_NOTHING_NAMED = -9.0


def sentence_features(
    sentences: Sequence[Sentence], evidence: Evidence, logits: NDArray[np.float32], steadiness: float
) -> dict[str, float]:
    """Return the features of the first of a clip's ``sentences``; ``logits`` ``(C,)`` are its concepts' log-odds."""
    best, *others = sentences
    named = [int(evidence.words[index]) for index in best.ids]
    seen = evidence.of_words(best.ids, logits) or [_NOTHING_NAMED]
    content = [logprob for logprob, concept in zip(best.logprobs, named, strict=False) if concept >= 0]
    return {
        "fluency": best.logprob / len(best.logprobs),
        "content": sum(content) / len(content) if content else best.logprob / len(best.logprobs),
        "agreement": _agreement(best, others, evidence),
        "evidence": sum(seen) / len(seen),
        "weakest": min(seen),
        "words": float(len(content)),
        "steadiness": steadiness,
    }


def _agreement(best: Sentence, others: Sequence[Sentence], evidence: Evidence) -> float:
    """Return the mean overlap (Jaccard) of concepts with the other sentences; 1 where there are none."""
    if not others:
        return 1.0
    mine = _named(best, evidence)
    top = max(other.score for other in others)
    weights = [math.exp(other.score - top) for other in others]
    overlaps = [_overlap(mine, _named(other, evidence)) for other in others]
    return sum(w * o for w, o in zip(weights, overlaps, strict=True)) / sum(weights)


def _named(sentence: Sentence, evidence: Evidence) -> frozenset[int]:
    return frozenset(int(evidence.words[index]) for index in sentence.ids) - {-1}


def _overlap(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / len(one | other) if one | other else 1.0


def steadiness(features: Features) -> list[float]:
    """Return how alike the frames of each clip are: the least cosine of one with the clip's mean, 1 for one frame."""
    return [_least_cosine(of_clip[:count]) for of_clip, count in zip(features.pooled, features.num_frames, strict=True)]


def _least_cosine(frames: NDArray[np.float32]) -> float:
    mean = frames.mean(0)
    lengths = np.linalg.norm(frames, axis=1) * np.linalg.norm(mean)
    return float(((frames * mean).sum(1) / np.maximum(lengths, 1e-8)).min())


def chance(features: dict[str, float], calibration: Calibration) -> float:
    """Return the chance, 0 to 1, that a sentence with these features is right."""
    log_odds = calibration.bias + sum(
        calibration.weights[name] * (features[name] - calibration.centre[name]) / calibration.scale[name]
        for name in FEATURES
    )
    return 1 / (1 + math.exp(-max(-50.0, min(50.0, log_odds))))
