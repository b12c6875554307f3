"""Concepts for lines of text: what a recogniser might have reported, had there been a picture.

Some of the line's own concepts are missed, others that are not meant are reported, all with scores such as the
recogniser gives to what is right and to what is wrong on pictures it has not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Scores = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Reports of the recogniser on pictures it has not seen."""

    ids: NDArray[np.int64]
    """``(N, K)`` the concepts shown, most probable first."""
    scores: Scores
    """``(N, K)``."""
    right: NDArray[np.bool_]
    """``(N, K)`` whether a caption mentions it."""


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """How the concepts of a line are disturbed."""

    keep: tuple[float, float] = (0.3, 0.95)
    """Range of the share of a line's concepts that are recognised."""
    from_neighbour: float = 0.25
    """Chance of each false concept to come from another line instead of a report on a picture."""


class EvidenceMaker:
    """Draws disturbed concepts for lines of text."""

    def __init__(self, observed: Observed, config: EvidenceConfig | None = None) -> None:
        self.observed = observed
        self.config = config or EvidenceConfig()
        self.places = observed.ids.shape[1]
        # A tiny set may hold no report of one kind; all reports stand in for it then.
        self.right = observed.scores[observed.right] if observed.right.any() else observed.scores.ravel()
        self.wrong = observed.scores[~observed.right] if not observed.right.all() else observed.scores.ravel()

    def draw(
        self, concepts: Sequence[int], other: Sequence[int], rng: np.random.Generator
    ) -> tuple[NDArray[np.int64], Scores]:
        """Return ``(K,)`` concepts with scores for a line; ``other`` are the concepts of another line."""
        share = rng.uniform(*self.config.keep)
        kept = [c for c in concepts if rng.random() < share][: self.places]
        row = rng.integers(len(self.observed.ids))
        reported = [int(c) for c in self.observed.ids[row]]
        strange = list(other)
        chosen = set(kept) | set(concepts)  # what was missed stays missed
        false: list[int] = []
        while len(kept) + len(false) < self.places and (reported or strange):
            pool = strange if strange and (not reported or rng.random() < self.config.from_neighbour) else reported
            concept = pool.pop(0)
            if concept not in chosen:
                chosen.add(concept)
                false.append(concept)
        scores = np.concatenate((rng.choice(self.right, len(kept)), rng.choice(self.wrong, len(false))))
        return self._padded(np.array(kept + false, np.int64), scores.astype(np.float32))

    def _padded(self, ids: NDArray[np.int64], scores: Scores) -> tuple[NDArray[np.int64], Scores]:
        order = np.argsort(-scores, kind="stable")
        missing = self.places - len(ids)
        return np.pad(ids[order], (0, missing)), np.pad(scores[order], (0, missing))
