"""BLEU and ROUGE-L in plain Python, as pycocoevalcap computes them.

Papineni et al., "BLEU", ACL 2002 (of the whole corpus, closest reference length); Lin, "ROUGE", 2004 (the
longest common subsequence, recall favoured by 1.2).
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import reduce
from itertools import pairwise
from operator import or_

from vidcap.evaluation.cider import Tokens, ngrams

_ORDER = 4
_BETA = 1.2
Pair = tuple[Tokens, Sequence[Tokens]]
"""A sentence and its references."""


def bleu(pairs: Iterable[Pair]) -> tuple[float, float, float, float]:
    """Return BLEU-1 to BLEU-4 of a corpus, 0 to 1."""
    correct, guesses = [0] * _ORDER, [0] * _ORDER
    length = reference_length = 0
    for hypothesis, references in pairs:
        length += len(hypothesis)
        reference_length += min((abs(len(r) - len(hypothesis)), len(r)) for r in references)[1]
        most = reduce(or_, map(ngrams, references))
        for ngram, count in ngrams(hypothesis).items():
            guesses[len(ngram) - 1] += count
            correct[len(ngram) - 1] += min(count, most[ngram])
    # The tiny terms are pycocoevalcap's, against division by zero.
    brevity = min(1.0, math.exp(1 - (reference_length + 1e-9) / length)) if length else 0.0
    products, product = [], 1.0
    for order in range(_ORDER):
        product *= (correct[order] + 1e-15) / (guesses[order] + 1e-9)
        products.append(product ** (1 / (order + 1)) * brevity)
    return products[0], products[1], products[2], products[3]


def rouge_l(hypothesis: Tokens, references: Sequence[Tokens]) -> float:
    """Return ROUGE-L of one sentence, 0 to 1: best precision and best recall, each over all references."""
    common = [_common_length(hypothesis, reference) for reference in references]
    precision = max(common) / max(1, len(hypothesis))
    recall = max(n / max(1, len(reference)) for n, reference in zip(common, references, strict=True))
    if not precision or not recall:
        return 0.0
    return (1 + _BETA**2) * precision * recall / (recall + _BETA**2 * precision)


def _common_length(a: Tokens, b: Tokens) -> int:
    """Length of the longest common subsequence, by the method of Hunt and Szymanski.

    ``ends[n]`` is the least place in ``b`` where a common subsequence of n + 1 tokens can end.
    """
    places: dict[str, list[int]] = {}
    for place in reversed(range(len(b))):
        places.setdefault(b[place], []).append(place)
    ends: list[int] = []
    for token in a:
        for place in places.get(token, ()):
            at = bisect_left(ends, place)
            ends[at : at + 1] = [place]
    return len(ends)


def has_repeat(tokens: Tokens) -> bool:
    """Return whether a word follows itself or a pair of words occurs twice."""
    pairs = Counter(pairwise(tokens))
    return any(a == b or count > 1 for (a, b), count in pairs.items())
