"""What is left to say where no sentence is sure: the things that are surely seen, named without a story."""

from __future__ import annotations

import math
from collections.abc import Sequence

from torch import Tensor

from vidcap.model.grounding import Evidence
from vidcap.model.things import named_alone

MOST_THINGS = 3


def surely_seen(evidence: Evidence, logits: Tensor, least: float) -> list[tuple[str, float]]:
    """Return things with a calibrated chance of at least ``least``, named alone, most probable first.

    ``logits`` ``(C,)`` are a clip's calibrated log-odds. People of all names are one thing.
    """
    at_least = math.log(least / (1 - least)) if least < 1 else math.inf
    found: dict[str, float] = {}
    for index in (logits >= at_least).nonzero()[:, 0].tolist():
        name = named_alone(evidence.concepts[index])
        if name is not None:
            found[name] = max(found.get(name, 0.0), 1 / (1 + math.exp(-float(logits[index]))))
    return sorted(found.items(), key=lambda pair: (-pair[1], pair[0]))[:MOST_THINGS]


def listed(names: Sequence[str]) -> str:
    """Return names in a row.

    >>> listed(["a dog", "grass", "a ball"]), listed(["a street"]), listed([])
    ('a dog, grass and a ball', 'a street', '')
    """
    *first, last = names or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def instead(evidence: Evidence, logits: Tensor, least: float) -> tuple[str, float]:
    """Return what is surely seen as a phrase with the chance that all of it is right; ``("", 0.0)`` for nothing."""
    things = surely_seen(evidence, logits, least)
    return listed([name for name, _ in things]), math.prod(p for _, p in things) if things else 0.0
