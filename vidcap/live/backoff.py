"""Pauses between attempts to connect: growing, and scattered so that many clients do not come at once."""

from __future__ import annotations

import random

FIRST_S = 0.5
STEADY_S = 10.0
"""A connection that lasted so long was a good one: the pauses begin small again."""


class Backoff:
    """Says how long to wait: 0.5 s, 1 s, 2 s … ``most_s``, each scattered by a quarter."""

    def __init__(self, most_s: float, chance: random.Random | None = None) -> None:
        self._most_s = most_s
        self._chance = chance or random.Random()
        self._next_s = FIRST_S

    def pause_s(self) -> float:
        """Return the next pause."""
        pause_s = min(self._next_s, self._most_s)
        self._next_s = min(2 * self._next_s, self._most_s)
        return pause_s * self._chance.uniform(0.75, 1.25)

    def longest(self) -> float:
        """Return the longest pause, for troubles that haste makes worse."""
        self._next_s = self._most_s
        return self.pause_s()

    def lasted(self, connected_s: float) -> None:
        """Take note of how long a connection gave frames."""
        if connected_s >= STEADY_S:
            self._next_s = FIRST_S
