"""When it is time to begin a new file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

_UNITS_S = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def parse_period(text: str) -> timedelta:
    """Return the time meant by ``30m``, ``1h``, ``1d``; ValueError for anything else, and below a second.

    >>> parse_period("1h"), parse_period("90m")
    (datetime.timedelta(seconds=3600), datetime.timedelta(seconds=5400))
    """
    number, unit = text[:-1], text[-1:].lower()
    if unit not in _UNITS_S or not number.isascii() or not number.isdigit() or not 0 < int(number[:9]) <= 10**6:
        raise ValueError(f"not a period: {text!r} (try 30m, 1h or 1d)")
    return timedelta(seconds=int(number[:9]) * _UNITS_S[unit])


@dataclass(slots=True)
class Rotation:
    """Decides, by the time on the wall, where files end: at full hours for ``1h``."""

    period: timedelta
    begun_at: datetime | None = None

    def is_due(self, at: datetime) -> bool:
        """Tell whether a new file begins with what happened at that time."""
        if self.begun_at is None:
            self.begun_at = at
            return False
        return self._number(at) > self._number(self.begun_at)

    def _number(self, at: datetime) -> int:
        return int(at.timestamp() // self.period.total_seconds())
