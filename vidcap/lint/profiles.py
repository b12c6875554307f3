"""The limits that a track is held against.

Netflix: Timed Text Style Guide, general requirements and English. BBC: Subtitle Guidelines. Descriptions: what a
screen reader or a speaker needs to say a cue before the next one (W3C's technique H96).
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from types import MappingProxyType


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """Limits for cues; None where there is none. Times are in milliseconds; one is always granted to rounding."""

    name: str
    max_cps: Fraction | None = None
    """Characters a second, spaces counted."""
    min_word_ms: int | None = None
    """Time for each word."""
    max_line_width: int | None = None
    max_lines: int | None = None
    min_duration_ms: int | None = None
    max_duration_ms: int | None = None
    min_gap_ms: int = 0
    """Least time between two cues."""
    deliberate_gap_ms: int = 0
    """A gap longer than the least one but shorter than this looks like a mistake: a warning."""
    first_start_ms: int = 0
    """No cue may begin before this."""


PROFILES = MappingProxyType(
    {
        profile.name: profile
        for profile in (
            Profile(
                name="netflix",
                max_cps=Fraction(17),
                max_line_width=42,
                max_lines=2,
                min_duration_ms=833,
                max_duration_ms=7000,
                min_gap_ms=67,  # two frames at 30 frames a second, the shortest that two frames usually are
                deliberate_gap_ms=400,  # twelve frames at 30 frames a second
            ),
            Profile(
                name="bbc",
                min_word_ms=300,
                max_line_width=37,
                max_lines=2,
                deliberate_gap_ms=1000,
            ),
            Profile(
                name="descriptions",
                max_cps=Fraction(17),
                min_word_ms=300,
                min_duration_ms=833,
                first_start_ms=1,
            ),
        )
    }
)
"""Every profile by its name."""
