"""Figures of a session, in bounded memory."""

from __future__ import annotations

from collections import deque

MOST_DELAYS = 1000
"""Of the latest cues, over which percentiles are taken."""


class Delays:
    """How late cues were."""

    def __init__(self) -> None:
        self._latest: deque[float] = deque(maxlen=MOST_DELAYS)

    def add(self, delay_s: float) -> None:
        """Take the delay of one cue."""
        self._latest.append(delay_s)

    def percentile(self, percent: float) -> float | None:
        """Return the delay that so many percent of the cues did not exceed; None before the first.

        >>> delays = Delays()
        >>> for delay_s in (0.4, 0.1, 0.3, 0.2): delays.add(delay_s)
        >>> delays.percentile(50), delays.percentile(95)
        (0.2, 0.4)
        """
        if not self._latest:
            return None
        ordered = sorted(self._latest)
        return ordered[min(len(ordered) - 1, max(0, -int(-len(ordered) * percent // 100) - 1))]
