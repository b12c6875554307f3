"""Media time of a live session: it follows the camera's stamps where they make sense, and only rises.

* It begins at 0 with the first frame. Within a connection it goes on by the steps between stamps.
* A step back, none at all, or one far beyond the time that has passed is a clock that was set or is broken: then it
  goes on by the time between the arrivals.
* Over an outage it goes on by the time that passed, whatever the camera counts from then.
* A camera whose clock runs slow, or which leaves a part out without a word, falls behind the clock on the wall: media
  time then skips ahead. One whose clock runs fast is slowed a little until both agree. A source that is far from
  real time (a file, a pipe) is left to its stamps.
"""

from __future__ import annotations

from fractions import Fraction

from vidcap.timeline import Seconds

_LEAST_STEP_S = Fraction(1, 1000)
_MOST_STEP_S = 10
"""A step between stamps above this is never believed."""
_SLACK_S = 2.0
"""How much further stamps may step than time has passed: frames arrive in bursts."""
_TICKS = 90_000
_LOOK_S = 10.0
"""How long media time and the clock are compared before something is concluded."""
_FAST, _SLOW_DOWN = 1.05, Fraction(19, 20)
_BEHIND_S, _AHEAD_S = 1.0, 0.5


class MediaClock:
    """Places frames on the time of the session."""

    def __init__(self) -> None:
        self._media_s: Seconds | None = None
        self._stamp_s: Seconds | None = None
        self._arrival_s = 0.0
        self._is_new = True
        self._skip_s = Fraction(0)
        self._is_fast = False
        self._drift = _Drift()

    @property
    def media_s(self) -> Seconds:
        """Time of the last frame placed; 0 before the first."""
        return self._media_s or Fraction(0)

    def least_s(self, now_s: float) -> Seconds:
        """Return a time before which no frame will be placed; between connections it goes on with the clock."""
        if self._media_s is None or not self._is_new:
            return self.media_s
        return self._media_s + _exact(max(0.0, now_s - self._arrival_s))

    def begin_connection(self) -> None:
        """Tell that the camera counts anew from the next frame on; may be told more than once."""
        self._is_new = True

    def place(self, stamp_s: Seconds | None, arrival_s: float) -> Seconds:
        """Return the media time of a frame; strictly above that of the frame before."""
        if self._media_s is None:
            self._media_s = Fraction(0)
        else:
            self._media_s += max(self._step_s(stamp_s, arrival_s), _LEAST_STEP_S)
        if self._is_new:
            self._drift, self._is_fast = _Drift(), False
        self._is_new, self._stamp_s, self._arrival_s = False, stamp_s, arrival_s
        self._compare(arrival_s)
        return self._media_s

    def _step_s(self, stamp_s: Seconds | None, arrival_s: float) -> Seconds:
        passed_s = max(0.0, arrival_s - self._arrival_s)
        if self._is_new or stamp_s is None or self._stamp_s is None:
            return _exact(passed_s)
        step_s = stamp_s - self._stamp_s
        if not 0 < step_s <= min(_MOST_STEP_S, passed_s + _SLACK_S):
            return _exact(passed_s)
        skip_s, self._skip_s = self._skip_s, Fraction(0)
        return (step_s * _SLOW_DOWN if self._is_fast else step_s) + skip_s

    def _compare(self, arrival_s: float) -> None:
        """Note how media time does against the clock, and what is to be done about it."""
        assert self._media_s is not None
        behind_s = self._drift.add(float(self._media_s), arrival_s)
        if behind_s is None:
            return
        if behind_s > _BEHIND_S:
            self._skip_s = _exact(behind_s)
            self._drift.forgive(behind_s)
        self._is_fast = behind_s < (0 if self._is_fast else -_AHEAD_S)


class _Drift:
    """How far media time is behind the clock, by the quickest frame of each ``_LOOK_S``."""

    def __init__(self) -> None:
        self._base_s: float | None = None
        self._least_s = float("inf")
        self._from: tuple[float, float] | None = None

    def add(self, media_s: float, arrival_s: float) -> float | None:
        """Take a frame; return the lag (negative: ahead) when enough was seen to tell, else None."""
        lag_s = arrival_s - media_s
        self._least_s = min(self._least_s, lag_s)
        if self._from is None:
            self._from = media_s, arrival_s
        passed_s = arrival_s - self._from[1]
        if passed_s < _LOOK_S:
            return None
        rate, least_s = (media_s - self._from[0]) / passed_s, self._least_s
        self._from, self._least_s = (media_s, arrival_s), float("inf")
        if self._base_s is None or rate > _FAST:
            self._base_s = least_s
            return 0.0
        return least_s - self._base_s

    def forgive(self, skipped_s: float) -> None:
        """Take note that media time is about to skip."""
        self._from = None


def _exact(seconds: float) -> Seconds:
    return Fraction(round(seconds * _TICKS), _TICKS)
