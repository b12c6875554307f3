"""The settings of a batch that are no settings of captioning."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from vidcap.timeline import Seconds

SHORTEST_SPLIT_S = Fraction(10)


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchConfig:
    """How inputs are shared out and where what comes of them goes."""

    formats: tuple[str, ...] = ("srt",)
    """Names of formats; each input gets a track in each."""
    split_s: Seconds | None = field(
        default=None, metadata={"help": "films twice as long as this or longer are split into parts about this long"}
    )
    retries: int = 1
    """How often a piece of work is tried again whose worker died."""
    overwrite: bool = False
    """Replace tracks that this batch has not made itself."""
    again: bool = False
    """Do again what is whole."""

    def __post_init__(self) -> None:
        if not self.formats or len(set(self.formats)) != len(self.formats):
            raise ValueError(f"formats are named, each once: {', '.join(self.formats) or 'none'}")
        if self.split_s is not None and self.split_s < SHORTEST_SPLIT_S:
            raise ValueError(f"parts last {SHORTEST_SPLIT_S} s at least: {float(self.split_s):g} s")
        if self.retries < 0:
            raise ValueError(f"retries can't be negative: {self.retries}")
