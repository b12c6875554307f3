"""How a live stream is narrated."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction

from vidcap.cues import CueConfig
from vidcap.sources.live.config import LiveSourceConfig
from vidcap.timeline import Seconds

MOST_PICTURES = 8
"""In one clip."""
PICTURES_FPS = Fraction(2)
"""Looked at per second, in windows short enough."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveConfig:
    """How a live stream is narrated: when a scene is described, said again, given up."""

    window_s: Seconds = field(
        default=Fraction(4), metadata={"help": "describe at the latest after so much of a scene has been seen"}
    )
    repeat_after_s: Seconds | None = field(
        default=Fraction(60),
        metadata={"help": "say a scene that does not change again after this time; none: once is enough"},
    )
    reconnect_max_s: float = field(
        default=30.0, metadata={"help": "longest pause between two attempts to connect; the first is 0.5 s"}
    )
    give_up_after_s: float | None = field(
        default=None, metadata={"help": "end with exit code 1 when no picture has come for so long (default: never)"}
    )
    stall_s: float = 2.0
    """A source that gives no frame for so long is said to have stalled."""
    first_window_s: Seconds = Fraction(2)
    """The first description after connecting comes after this time already."""
    patience_s: Seconds = Fraction(3, 5)
    """How long a full window waits for the shot detector to be sure that no cut lies in it."""
    source: LiveSourceConfig = field(default_factory=LiveSourceConfig)
    cues: CueConfig = field(default_factory=CueConfig)

    def __post_init__(self) -> None:
        if not Fraction(1, 2) <= self.window_s <= 60:
            raise ValueError(f"window_s is from 0.5 to 60: {float(self.window_s):g}")
        if self.repeat_after_s is not None and self.repeat_after_s < self.window_s:
            raise ValueError("repeat_after_s can't be shorter than window_s")
        if self.reconnect_max_s < 0.5:
            raise ValueError(f"reconnect_max_s is at least 0.5: {self.reconnect_max_s:g}")
        if self.give_up_after_s is not None and self.give_up_after_s < 0:
            raise ValueError(f"give_up_after_s can't be negative: {self.give_up_after_s:g}")
