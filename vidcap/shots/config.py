"""The settings of shot detection; all in seconds or as ratios, none in frames."""

from __future__ import annotations

from dataclasses import dataclass, field, fields


@dataclass(frozen=True, slots=True, kw_only=True)
class ShotConfig:
    """How changes are judged. Levels are those of 8-bit pictures."""

    min_shot_s: float = field(default=0.5, metadata={"help": "shortest shot; of two nearer cuts the clearer stays"})
    max_latency_s: float = field(default=3.0, metadata={"help": "film that may pass before a cut is reported"})
    sensitivity: float = field(default=1.0, metadata={"help": "above 1 finds more cuts, below 1 fewer"})
    dissolves: bool = field(default=True, metadata={"help": "look for dissolves, too"})

    def __post_init__(self) -> None:
        for item in fields(self):
            if not getattr(self, item.name) >= 0:
                raise ValueError(f"{item.name} can't be negative: {getattr(self, item.name)}")
        if self.sensitivity == 0:
            raise ValueError("sensitivity must be above 0")
        if self.max_latency_s < self.min_shot_s + 1:
            limits = f"{self.max_latency_s = } {self.min_shot_s = }"
            raise ValueError(f"max_latency_s must be a second above min_shot_s: {limits}")


DEFAULTS = ShotConfig()
