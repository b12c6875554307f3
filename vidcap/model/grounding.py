"""Whether what a sentence names is seen: the recogniser's evidence for the words of a model.

The recogniser gives each concept a probability; calibrated, it is the chance that a viewer would name it. Names of
people are evidence of a person all together: whether it is a man or a boy, they see one. While a
sentence is searched for, a word costs log-probability, the more the surer it is that its concept is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np

from vidcap.model.calibration import Calibration
from vidcap.model.search import Numbers
from vidcap.model.spoken import concepts_of_words
from vidcap.model.stems import FUNCTION_WORDS
from vidcap.model.things import PEOPLE
from vidcap.model.vocabulary import SPECIALS, Vocabulary

LEAST, MOST = -9.0, 6.0
"""Log-odds are held between these."""
_TINY = 1e-5
UNKNOWN = -4.0
"""Log-odds of words that name something no concept stands for: the recogniser can't have seen it."""


VAGUE = frozenset({"do", "does", "did", "doing", "have", "has", "had", "having", "show", "shows", "showing", "shown"})
"""Verbs that say nothing, but would take the place of those that do ("a man is doing a tree") if they were free."""


class Worded(Protocol):
    """A network, as far as its words matter."""

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that it can say."""
        ...

    @property
    def concepts(self) -> tuple[str, ...]:
        """What its recogniser knows."""
        ...


class Evidence:
    """The words of a network with what its recogniser says about them, calibrated."""

    def __init__(self, network: Worded, calibration: Calibration) -> None:
        self.calibration = calibration
        self.concepts = network.concepts
        self.words = np.array(concepts_of_words(network.vocabulary, network.concepts))
        """``(V,)`` concept of each word, -1 for none."""
        # Words without a concept: those that say nothing about what is seen are free, the others are not.
        empty = (FUNCTION_WORDS - VAGUE) | set(SPECIALS)
        free = [word in empty for word in network.vocabulary.words]
        self.columns = np.where(self.words >= 0, self.words, np.where(free, len(self.concepts), len(self.concepts) + 1))
        """``(V,)`` the concept of each word, then one place for words that are free and one for the unknown."""
        self.people = np.array([i for i, name in enumerate(self.concepts) if name in PEOPLE], np.intp)

    def logits(self, known: Numbers) -> Numbers:
        """Return calibrated log-odds ``(B, C)`` of concepts with probabilities ``(B, C)``."""
        concept, person = self.calibration.concept, self.calibration.person
        found: Numbers = np.float32(concept.slope) * _logit(known) + np.float32(concept.bias)
        found[:, self.people] = (person.slope * self.person_logit(known) + person.bias)[:, None]
        return found.clip(LEAST, MOST)

    def person_logit(self, known: Numbers) -> Numbers:
        """Return the logit ``(B,)`` that anybody is seen: that one of the names of people is meant, uncalibrated."""
        nobody: Numbers = (1 - known[:, self.people]).prod(1)
        return _logit(1 - nobody)

    def penalties(self, logits: Numbers, strength: float) -> Numbers:
        """Return what each word costs ``(B, V)``, 0 or less: ``strength`` for each unit of log-odds below 0."""
        rest = np.tile(np.array([0.0, UNKNOWN], np.float32), (len(logits), 1))
        cost: Numbers = np.float32(strength) * np.concatenate((logits.clip(max=0), rest), 1)
        return cost[:, self.columns]

    def of_words(self, ids: Sequence[int], logits: Numbers) -> list[float]:
        """Return the log-odds of each word of ``ids`` that has a concept, given one clip's ``logits`` ``(C,)``."""
        concepts = [int(self.words[index]) for index in ids]
        return [float(logits[concept]) for concept in concepts if concept >= 0]


def _logit(chances: Numbers) -> Numbers:
    held = chances.astype(np.float32).clip(_TINY, 1 - _TINY)
    found: Numbers = np.log(held / (1 - held))
    return found
