"""The choices that shape a track."""

from __future__ import annotations

import math
from dataclasses import dataclass, field, fields
from fractions import Fraction
from numbers import Rational
from types import MappingProxyType

from vidcap.timeline import Seconds

_WIDEST = 200
_MOST_LINES = 10


def _exact(name: str, value: object) -> Fraction:
    """Return a number as a Fraction: a float is taken as the short decimal that it prints as."""
    if isinstance(value, Rational):
        return Fraction(value)
    if isinstance(value, float) and math.isfinite(value):
        return Fraction(str(value))
    raise ValueError(f"{name} must be a finite number: {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class CueConfig:
    """How captions become cues. Times are exact seconds; floats given are read as the decimals they print as.

    The defaults are Netflix's limits for timed text. ``max_duration_s`` is 7 s and not the length of the
    shot: a sentence that stays true for longer is shown once, for 7 s, and not repeated within its shot.
    None lets it stay as long as it is true.
    """

    min_duration_s: Seconds = field(default=Fraction(5, 6), metadata={"help": "shortest time a cue is shown, seconds"})
    max_duration_s: Seconds | None = field(
        default=Fraction(7),
        metadata={"help": "longest time a cue is shown, seconds; none: as long as it stays true"},
    )
    max_cps: Fraction = field(default=Fraction(17), metadata={"help": "fastest reading, characters a second"})
    min_word_s: Seconds = field(default=Fraction(0), metadata={"help": "least time for each word, seconds"})
    gap_s: Seconds = field(default=Fraction(2, 25), metadata={"help": "least time between two cues, seconds"})
    close_gap_s: Seconds = field(
        default=Fraction(12, 25),
        metadata={"help": "gaps shorter than this are closed to the least one, seconds"},
    )
    max_line_width: int = field(default=42, metadata={"help": "most characters in a line"})
    max_lines: int = field(default=2, metadata={"help": "most lines in a cue"})
    min_confidence: float = field(
        default=0.0, metadata={"help": "captions less certain than this (0 to 1) are left out"}
    )
    merge_similarity: Fraction = field(
        default=Fraction(4, 5),
        metadata={"help": "neighbours that share this part of their words (0 to 1) become one"},
    )
    first_cue_offset_s: Seconds = field(
        default=Fraction(1, 1000),
        metadata={"help": "no cue begins before this, seconds (players trip over 0.000)"},
    )

    def __post_init__(self) -> None:
        for item in fields(self):
            value = getattr(self, item.name)
            if item.name.endswith(("_s", "_cps", "_similarity")) and value is not None:
                object.__setattr__(self, item.name, _exact(item.name, value))
        self._check_times()
        if self.max_cps <= 0:
            raise ValueError(f"max_cps must be above 0: {self.max_cps}")
        if not 1 <= self.max_line_width <= _WIDEST or not 1 <= self.max_lines <= _MOST_LINES:
            raise ValueError(
                f"lines are 1 to {_WIDEST} wide and 1 to {_MOST_LINES} many:"
                f" {self.max_line_width = } {self.max_lines = }"
            )
        if not 0 <= self.min_confidence <= 1 or not 0 <= self.merge_similarity <= 1:
            raise ValueError(f"from 0 to 1: {self.min_confidence = } {self.merge_similarity = }")

    def _check_times(self) -> None:
        if self.min_duration_s < Fraction(1, 100):
            raise ValueError(f"min_duration_s must be at least 0.01: {self.min_duration_s}")
        if self.max_duration_s is not None and self.max_duration_s < self.min_duration_s:
            raise ValueError(f"max_duration_s is below min_duration_s: {self.max_duration_s} < {self.min_duration_s}")
        if min(self.gap_s, self.close_gap_s, self.first_cue_offset_s, self.min_word_s) < 0:
            raise ValueError(
                f"can't be negative: {self.gap_s = } {self.close_gap_s = } {self.first_cue_offset_s = }"
                f" {self.min_word_s = }"
            )

    @property
    def least_s(self) -> Seconds:
        """What a sentence needs to be read when another follows at once."""
        return self.min_duration_s + self.gap_s

    @property
    def clear_s(self) -> Seconds:
        """A silence so long that what follows it does not matter to the cue before."""
        return max(self.gap_s, self.close_gap_s)

    @classmethod
    def for_frame_rate(cls, frame_rate: Fraction) -> CueConfig:
        """Return the defaults with gaps of two frames of that rate, and those of up to 11 frames closed."""
        return cls(gap_s=2 / frame_rate, close_gap_s=12 / frame_rate)


PRESETS = MappingProxyType(
    {
        "netflix": CueConfig(),
        "bbc": CueConfig(max_line_width=37, min_word_s=Fraction(3, 10), close_gap_s=Fraction(1)),
        "descriptions": CueConfig(min_word_s=Fraction(3, 10)),
    }
)
"""Settings whose tracks pass the profiles of those names."""
