"""Concepts for scenes without a picture: what a recogniser might have reported, had there been one.

The report on a scene begins with that on a real picture which shares some of its concepts, and is then made to fit:
what the scene's captions mention is scored as that very concept was where it was there, what they do not mention as
it was where it was not. A part of what is there is missed. So the mistakes are those that the recogniser makes: of
things that go together, of concepts that it knows badly.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Single = NDArray[np.float32]
_FEW = 8
_RARITIES = 4


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Reports of the recogniser on N captioned pictures that it has not seen."""

    logits: NDArray[np.float16]
    """``(N, C)``, before they are moved towards a style."""
    shares: NDArray[np.float16]
    """``(N, C)`` share of the picture's captions that mention the concept."""


@dataclass(frozen=True, slots=True, eq=False)
class Report:
    """What might be recognised of a scene."""

    ids: NDArray[np.int64]
    """``(places,)`` concepts, most probable first."""
    scores: Single
    """``(places,)`` their probabilities."""
    picture: int
    """The observed picture that the report began with."""


@dataclass(frozen=True, slots=True)
class EvidenceConfig:
    """How the concepts of a scene are disturbed."""

    keep: tuple[float, float] = (0.8, 1.0)
    """Range of the share of a scene's concepts that are recognised as well as on the recogniser's own pictures."""
    alike: float = 0.7
    """Chance that the report begins with a picture like the scene, rather than with any."""
    tries: int = 64
    """Pictures looked at for one that is like the scene."""


class EvidenceMaker:
    """Draws what might be recognised of scenes; ``prior`` ``(styles, C)`` is added as the recogniser adds it."""

    def __init__(self, observed: Observed, prior: Single, places: int, config: EvidenceConfig | None = None) -> None:
        self.logits = observed.logits.astype(np.float32)
        self.shares = observed.shares.astype(np.float32)
        self.prior, self.places = prior, places
        self.config = config or EvidenceConfig()
        self.right = _Pools(self.logits, self.shares)

    def draw(self, mentions: Mapping[int, int], size: int, style: int, rng: np.random.Generator) -> Report:
        """Return what is reported of a scene; ``mentions`` tells how many of ``size`` captions mention a concept."""
        own = np.array(list(mentions), np.int64)
        shares = np.array([mentions[c] / size for c in mentions], np.float32)
        row = self._like(own, shares, rng)
        logits = self.logits[row].copy()
        strange = self.shares[row] > 0
        strange[own] = False
        logits[strange] = self._wrong(np.flatnonzero(strange), rng)
        kept = rng.random(len(own)) < rng.uniform(*self.config.keep)
        for concept, share, is_kept in zip(own, shares, kept, strict=True):
            if not is_kept:
                logits[concept] = self._wrong(concept, rng)
            elif self.shares[row, concept] == 0:
                logits[concept] = self.right.draw(int(concept), float(share), size, rng)
        shown = logits + self.prior[style]
        ids = np.argpartition(-shown, self.places - 1)[: self.places]
        ids = ids[np.argsort(-shown[ids], kind="stable")]
        return Report(ids, 1 / (1 + np.exp(-shown[ids])), row)

    def _like(self, own: NDArray[np.int64], shares: Single, rng: np.random.Generator) -> int:
        """Return a picture that shares concepts with a scene: the best of a few, or any."""
        rows = rng.integers(len(self.shares), size=self.config.tries)
        if rng.random() >= self.config.alike or not len(own):
            return int(rows[0])
        # Concepts that few pictures have tell more.
        common = (self.shares[np.ix_(rows, own)] * shares * self.right.telling[own]).sum(1)
        return int(rows[common.argmax()])

    def _wrong(self, concepts: Any, rng: np.random.Generator) -> Any:
        """Return logits of concepts as reported on a picture, twice tried, that does not show them."""
        found = np.full(np.shape(concepts), -7.0, np.float32)
        for row in rng.integers(len(self.logits), size=2):
            found = np.where(self.shares[row, concepts] == 0, self.logits[row, concepts], found)
        return found


class _Pools:
    """Logits of each concept where it was there, by the share of captions that mention it."""

    def __init__(self, logits: Single, shares: Single) -> None:
        counts = (shares > 0).sum(0)
        self.telling = np.log(len(shares) / (counts + 1)).astype(np.float32).clip(0.1)
        # Concepts that few pictures have borrow from others that are about as rare.
        edges = np.quantile(counts[counts > 0], np.linspace(0, 1, _RARITIES + 1)[1:-1]) if counts.any() else [1]
        self.rarity = np.searchsorted(edges, counts)
        there = shares > 0
        self.of_rarity = []
        for rarity in range(_RARITIES):
            chosen = there & (self.rarity == rarity)
            self.of_rarity.append(_by_share(shares[chosen], logits[chosen]))
        self.of_concept = {
            int(c): _by_share(shares[there[:, c], c], logits[there[:, c], c]) for c in np.flatnonzero(counts >= _FEW)
        }

    def draw(self, concept: int, share: float, size: int, rng: np.random.Generator) -> float:
        """Return a logit; of a scene with few captions the share says little, and any will do."""
        shares, values = self.of_concept.get(concept) or self.of_rarity[self.rarity[concept]]
        if not len(values):
            return float(rng.normal(-1, 1.5))
        if size < 3:
            return float(values[rng.integers(len(values))])
        middle = (np.searchsorted(shares, share) + np.searchsorted(shares, share, "right")) / 2
        place = middle + rng.normal(0, 0.15) * len(values)
        return float(values[int(np.clip(place, 0, len(values) - 1))])


def _by_share(shares: Single, logits: Single) -> tuple[Single, Single]:
    order = np.argsort(shares, kind="stable")
    return shares[order], logits[order]
