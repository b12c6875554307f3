"""Whether what a sentence names is seen: the recogniser's evidence for the words of a model.

The recogniser gives each concept a probability; calibrated, it is the chance that a viewer would name it. Names of
people are evidence of a person all together: whether it is a man or a boy, they see one. While a
sentence is searched for, a word costs log-probability, the more the surer it is that its concept is not seen.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor

from vidcap.model.calibration import Calibration
from vidcap.model.network import CaptionNetwork
from vidcap.model.search import Selectable, Step
from vidcap.model.spoken import concepts_of_words
from vidcap.model.stems import FUNCTION_WORDS
from vidcap.model.things import PEOPLE
from vidcap.model.vocabulary import SPECIALS

LEAST, MOST = -9.0, 6.0
"""Log-odds are held between these."""
_TINY = 1e-5
UNKNOWN = -4.0
"""Log-odds of words that name something no concept stands for: the recogniser can't have seen it."""


VAGUE = frozenset({"do", "does", "did", "doing", "have", "has", "had", "having", "show", "shows", "showing", "shown"})
"""Verbs that say nothing, but would take the place of those that do ("a man is doing a tree") if they were free."""


class Evidence:
    """The words of a network with what its recogniser says about them, calibrated."""

    def __init__(self, network: CaptionNetwork, calibration: Calibration) -> None:
        self.calibration = calibration
        self.concepts = network.concepts
        self.words = torch.tensor(concepts_of_words(network.vocabulary, network.concepts))
        """``(V,)`` concept of each word, -1 for none."""
        # Words without a concept: those that say nothing about what is seen are free, the others are not.
        empty = (FUNCTION_WORDS - VAGUE) | set(SPECIALS)
        free = [word in empty for word in network.vocabulary.words]
        self.columns = torch.where(
            self.words >= 0, self.words, torch.where(torch.tensor(free), len(self.concepts), len(self.concepts) + 1)
        )
        """``(V,)`` the concept of each word, then one place for words that are free and one for the unknown."""
        self.people = torch.tensor([i for i, name in enumerate(self.concepts) if name in PEOPLE], dtype=torch.long)

    def logits(self, known: Tensor) -> Tensor:
        """Return calibrated log-odds ``(B, C)`` of concepts with probabilities ``(B, C)``."""
        concept, person = self.calibration.concept, self.calibration.person
        found: Tensor = concept.slope * torch.logit(known.float().cpu().clamp(_TINY, 1 - _TINY)) + concept.bias
        found[:, self.people] = (person.slope * self.person_logit(known) + person.bias)[:, None]
        return found.clamp(LEAST, MOST)

    def person_logit(self, known: Tensor) -> Tensor:
        """Return the logit ``(B,)`` that anybody is seen: that one of the names of people is meant, uncalibrated."""
        nobody = (1 - known.float().cpu()[:, self.people]).prod(1)
        return torch.logit((1 - nobody).clamp(_TINY, 1 - _TINY))

    def penalties(self, logits: Tensor, strength: float) -> Tensor:
        """Return what each word costs ``(B, V)``, 0 or less: ``strength`` for each unit of log-odds below 0."""
        rest = torch.tensor([[0.0, UNKNOWN]]).expand(len(logits), 2)
        cost = strength * torch.cat((logits.clamp(max=0), rest), 1)
        return cost[:, self.columns]

    def of_words(self, ids: Sequence[int], logits: Tensor) -> list[float]:
        """Return the log-odds of each word of ``ids`` that has a concept, given one clip's ``logits`` ``(C,)``."""
        concepts = [int(self.words[index]) for index in ids]
        return [float(logits[concept]) for concept in concepts if concept >= 0]


@dataclass(frozen=True, slots=True, eq=False)
class _Guided:
    """A search's state with the clip that each row belongs to."""

    state: Selectable
    owners: Tensor

    def select(self, rows: Tensor) -> _Guided:
        return _Guided(self.state.select(rows), self.owners[rows])


def guided(step: Step[Selectable], state: Selectable, bias: Tensor) -> tuple[Step[_Guided], _Guided]:
    """Return a search's step and first state with ``bias`` ``(B, V)`` added to the words' logits of each clip.

    What comes out is still a distribution: it sums to 1.
    """

    def guided_step(words: Tensor, running: _Guided) -> tuple[Tensor, _Guided]:
        logprobs, after = step(words, running.state)
        moved = logprobs.float().cpu() + bias[running.owners]
        return moved.log_softmax(-1), _Guided(after, running.owners)

    return guided_step, _Guided(state, torch.arange(len(bias)))
