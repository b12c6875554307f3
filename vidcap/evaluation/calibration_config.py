"""How a model's calibration is measured."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class CalibrateConfig:
    """How the measuring is done."""

    items: int = field(default=2000, metadata={"help": "Most items looked at, evenly spread over the manifests."})
    max_frames: int = field(default=8, metadata={"help": "Most pictures of a video that the model sees."})

    def __post_init__(self) -> None:
        if self.items < 50:
            raise ValueError(f"fewer than 50 items teach nothing: {self.items}")
