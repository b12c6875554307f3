"""CIDEr-D in plain Python: how well a sentence agrees with what people said about the same thing.

Vedantam, Zitnick and Parikh, "CIDEr: Consensus-based Image Description Evaluation", CVPR 2015
(arXiv:1411.5726). The class ``Cider`` of pycocoevalcap, whose numbers papers report as "CIDEr", is CIDEr-D in
truth: it clips the counts and damps by length. This one agrees with it to rounding, its peculiarities
included: an n-gram that no reference holds counts as if one item held it, and one lone item scores 0.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

Tokens = Sequence[str]
_ORDER = 4
_SIGMA = 6.0
_Weights = dict[tuple[str, ...], float]
# Weights of the n-grams, norm of each order, number of bigrams (it tells the length as well as that of words).
_Vector = tuple[_Weights, list[float], int]


def ngrams(tokens: Tokens, order: int = _ORDER) -> Counter[tuple[str, ...]]:
    """Return how often each n-gram of 1 to ``order`` tokens occurs."""
    tokens = tuple(tokens)
    return Counter(tokens[i : i + n] for n in range(1, order + 1) for i in range(len(tokens) - n + 1))


class CiderD:
    """Scores tokenised sentences against tokenised references, whose document frequencies it counts once.

    Making one takes about 0.1 ms a reference, a score afterwards as much: one scorer serves a whole training.
    """

    def __init__(self, references: Mapping[str, Sequence[Tokens]]) -> None:
        counts = {key: [ngrams(reference) for reference in group] for key, group in references.items()}
        empty = [key for key, group in counts.items() if not group]
        if empty:
            raise ValueError(f"an item without references: {empty[0]!r}")
        self._log_items = math.log(max(1, len(counts)))
        frequency = Counter(ngram for group in counts.values() for ngram in set().union(*group))
        # An n-gram of one item has the logarithm 0, as one of none: leaving it out saves most of the memory.
        self._log_frequency = {ngram: math.log(count) for ngram, count in frequency.items() if count > 1}
        self._references = {key: [self._vector(c) for c in group] for key, group in counts.items()}

    def score(self, key: str, hypothesis: Tokens) -> float:
        """Return CIDEr-D of one sentence for the item ``key``: 0 to 10 (papers print the mean times 100)."""
        return self._score(hypothesis, self._references[key])

    def score_against(self, hypothesis: Tokens, references: Sequence[Tokens]) -> float:
        """Return CIDEr-D of one sentence against references that need not be those counted."""
        return self._score(hypothesis, [self._vector(ngrams(reference)) for reference in references])

    def _score(self, hypothesis: Tokens, references: Sequence[_Vector]) -> float:
        vector = self._vector(ngrams(hypothesis))
        return 10.0 / _ORDER / len(references) * sum(_similarity(vector, reference) for reference in references)

    def scores(self, hypotheses: Mapping[str, Tokens]) -> NDArray[np.float64]:
        """Return :meth:`score` of every hypothesis, in their order."""
        return np.array([self.score(key, tokens) for key, tokens in hypotheses.items()], dtype=np.float64)

    def _vector(self, counts: Counter[tuple[str, ...]]) -> _Vector:
        weights: _Weights = {}
        squares = [0.0] * _ORDER
        bigrams = 0
        for ngram, count in counts.items():
            weight = count * (self._log_items - self._log_frequency.get(ngram, 0.0))
            weights[ngram] = weight
            squares[len(ngram) - 1] += weight * weight
            bigrams += count if len(ngram) == 2 else 0
        return weights, [math.sqrt(square) for square in squares], bigrams


def _similarity(hypothesis: _Vector, reference: _Vector) -> float:
    """Sum over the orders of the clipped cosine, damped by the difference in length."""
    weights, norms, bigrams = hypothesis
    reference_weights, reference_norms, reference_bigrams = reference
    dots = [0.0] * _ORDER
    for ngram, weight in weights.items():
        other = reference_weights.get(ngram)
        if other is not None:
            dots[len(ngram) - 1] += min(weight, other) * other
    cosines = (
        dot / (norm * other) for dot, norm, other in zip(dots, norms, reference_norms, strict=True) if norm and other
    )
    return sum(cosines) * math.exp(-((bigrams - reference_bigrams) ** 2) / (2 * _SIGMA**2))


def cider_d(hypotheses: Mapping[str, Tokens], references: Mapping[str, Sequence[Tokens]]) -> float:
    """Return the mean CIDEr-D times 100, as papers print it."""
    if hypotheses.keys() != references.keys():
        raise ValueError("hypotheses and references must name the same items")
    return 100.0 * float(CiderD(references).scores(hypotheses).mean())
