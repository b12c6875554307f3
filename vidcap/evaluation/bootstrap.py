"""How sure a score is: intervals and comparisons by drawing the items again, with replacement.

Koehn, "Statistical Significance Tests for Machine Translation Evaluation", EMNLP 2004. The score of each item
is taken as it is: for CIDEr the document frequencies are those of the whole set and are not drawn again.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Scores1D = NDArray[np.float64]
_CHUNK = 256  # draws at a time: a chunk of 5,000 items takes 10 MB


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean, with the range that holds it with the given probability."""

    mean: float
    low: float
    high: float
    level: float = 0.95


@dataclass(frozen=True, slots=True)
class Comparison:
    """The first set of results minus the second, over the items that both hold."""

    items: int
    first: float
    second: float
    difference: Interval
    p_value: float
    """How often a difference at least this large comes from two equal models, at most (two-sided)."""
    better: int
    worse: int
    """Items that the first set does better, and worse."""

    def to_dict(self) -> dict[str, Any]:
        """Return the values as JSON has them."""
        return asdict(self)


def bootstrap(scores: Sequence[float], *, draws: int = 2000, level: float = 0.95, seed: int = 0) -> Interval:
    """Return the mean of ``scores`` and its percentile interval, the same for the same seed.

    ValueError where there are no scores.
    """
    values = _checked(scores, draws, level)
    low, high = _range(_means(values, draws, seed), level)
    return Interval(float(values.mean()), low, high, level)


def compare(
    first: Sequence[float],
    second: Sequence[float],
    *,
    draws: int = 10_000,
    level: float = 0.95,
    seed: int = 0,
) -> Comparison:
    """Return whether ``first`` beats ``second``, item by item in the same order.

    ValueError where they don't pair.
    """
    if len(first) != len(second):
        raise ValueError(f"scores must pair: {len(first)} and {len(second)}")
    a, b = _checked(first, draws, level), _checked(second, draws, level)
    differences = a - b
    means = _means(differences, draws, seed)
    low, high = _range(means, level)
    # The draws estimate the spread; under equality they would lie as far from 0 as they
    # now lie from the mean.
    extreme = int((np.abs(means - differences.mean()) >= abs(differences.mean())).sum())
    return Comparison(
        items=len(differences),
        first=float(a.mean()),
        second=float(b.mean()),
        difference=Interval(float(differences.mean()), low, high, level),
        p_value=(extreme + 1) / (draws + 1),
        better=int((differences > 0).sum()),
        worse=int((differences < 0).sum()),
    )


def _checked(scores: Sequence[float], draws: int, level: float) -> Scores1D:
    if not len(scores):
        raise ValueError("no scores to draw from")
    if draws < 1 or not 0 < level < 1:
        raise ValueError(f"draws are at least 1 and the level is between 0 and 1: {draws = } {level = }")
    return np.asarray(scores, dtype=np.float64)


def _range(means: Scores1D, level: float) -> tuple[float, float]:
    low, high = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)


def _means(values: Scores1D, draws: int, seed: int) -> Scores1D:
    """``(draws,)`` means of as many items as there are, drawn with replacement."""

    def chunks() -> Iterator[Scores1D]:
        generator = np.random.default_rng(seed)
        for start in range(0, draws, _CHUNK):
            size = (min(_CHUNK, draws - start), len(values))
            yield values[generator.integers(len(values), size=size)].mean(axis=1)

    return np.concatenate(list(chunks()))
