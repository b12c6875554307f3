"""What a held-back part of the data taught about a model: how far its numbers can be believed.

``vidcap calibrate`` measures it and puts it into the checkpoint, beside the weights. A model without it works, but its
confidence is then only an order, not a chance, and nothing can stand in for sentences that it is not sure of.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from typing import Any

FEATURES = ("fluency", "content", "agreement", "evidence", "weakest", "words", "steadiness")
"""What the chance that a sentence is right is worked out from; see :mod:`vidcap.model.confidence`."""


@dataclass(frozen=True, slots=True)
class Line:
    """A logistic curve of one number: the chance is ``1 / (1 + exp(-(slope * x + bias)))``."""

    slope: float
    bias: float

    def logit(self, x: float) -> float:
        """Return the log-odds of the chance at ``x``."""
        return self.slope * x + self.bias


@dataclass(frozen=True, slots=True, kw_only=True)
class Calibration:
    """Numbers measured on captions that the model had not seen."""

    centre: Mapping[str, float]
    """Of each feature: its mean."""
    scale: Mapping[str, float]
    """Of each feature: its deviation."""
    weights: Mapping[str, float]
    """Of each feature, brought to mean 0 and deviation 1, in the log-odds that a sentence is right."""
    bias: float
    concept: Line
    """Log-odds that a picture's viewers name a concept, from the logit that the recogniser gives it."""
    person: Line
    """The same for a person by any name, from the logit that one of these names is meant, at even odds."""
    facts: Mapping[str, Any] = field(default_factory=dict)
    """For people: what it was measured on and how good it was."""

    def __post_init__(self) -> None:
        for name in ("centre", "scale", "weights"):
            missing = set(FEATURES) ^ set(getattr(self, name))
            if missing:
                raise ValueError(f"a calibration has {', '.join(FEATURES)}: {name} differs in {', '.join(missing)}")
        numbers = [*self.centre.values(), *self.scale.values(), *self.weights.values(), self.bias]
        if not all(math.isfinite(value) for value in numbers) or not all(self.scale.values()):
            raise ValueError("a calibration holds finite numbers, and no scale of 0")

    def to_json(self) -> str:
        """Return it as JSON."""
        return json.dumps(asdict(self), sort_keys=True)

    @classmethod
    def from_json(cls, text: str) -> Calibration:
        """Return what :meth:`to_json` wrote; ValueError or TypeError where it is something else."""
        record = json.loads(text)
        known = {name.name for name in fields(cls)}
        if not isinstance(record, dict) or set(record) - known:
            raise ValueError("not a calibration")
        lines = {name: Line(**record[name]) for name in ("concept", "person")}
        return cls(**(record | lines))
