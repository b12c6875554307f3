"""What is left to say where no sentence is sure: the things that are surely seen, named without a story."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from vidcap.model.grounding import Evidence
from vidcap.model.things import PEOPLE, kind_of, named_alone

MOST_THINGS = 3


class Sureness(NamedTuple):
    """Least chances that things need to be named."""

    thing: float
    person: float


def surely_seen(evidence: Evidence, logits: NDArray[np.float32], least: Sureness) -> list[tuple[str, float]]:
    """Return things whose calibrated chance is high enough, named alone, most probable first.

    ``logits`` ``(C,)`` are a clip's calibrated log-odds. People of all names are one thing; of animals and of vehicles
    only the likeliest is named, since one that is seen makes others of its kind look likely.
    """
    floor = min(least.thing, least.person)
    found: dict[str, tuple[float, str]] = {}
    for index in np.flatnonzero(logits >= _logit(floor)).tolist():
        concept = evidence.concepts[index]
        name, chance = named_alone(concept), 1 / (1 + math.exp(-float(logits[index])))
        if name is None or chance < (least.person if concept in PEOPLE else least.thing):
            continue
        kind = kind_of(concept) or name
        found[kind] = max(found.get(kind, (0.0, "")), (chance, name))
    best = sorted(found.values(), key=lambda pair: (-pair[0], pair[1]))[:MOST_THINGS]
    return [(name, chance) for chance, name in best]


def _logit(chance: float) -> float:
    if chance <= 0:
        return -math.inf
    return math.log(chance / (1 - chance)) if chance < 1 else math.inf


def listed(names: Sequence[str]) -> str:
    """Return names in a row.

    >>> listed(["a dog", "grass", "a ball"]), listed(["a street"]), listed([])
    ('a dog, grass and a ball', 'a street', '')
    """
    *first, last = names or ("",)
    return f"{', '.join(first)} and {last}" if first else last


def instead(evidence: Evidence, logits: NDArray[np.float32], least: Sureness) -> tuple[str, float]:
    """Return what is surely seen as a phrase with the chance that all of it is right; ``("", 0.0)`` for nothing."""
    things = surely_seen(evidence, logits, least)
    return listed([name for name, _ in things]), math.prod(p for _, p in things) if things else 0.0
