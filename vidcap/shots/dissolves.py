"""Dissolves: one picture turns into another through mixtures of both.

Pictures at both ends of a window are compared with those between. In a dissolve the ones between lie on the straight
line from one end to the other, and have less structure than either: two unlike pictures averaged have half the
variance (the "parabola" of A. Alattar, 1993), fine structure above all. Movement changes pictures as much, but leaves
the line and keeps the structure; light that changes leaves the two ends alike. Windows of many lengths are tried at
every tick. The boundary is the picture half way along the line: a window may hold more of one shot than of the other.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from math import exp, sqrt

import numpy as np

from vidcap.shots.measure import PATTERN_SIZE, Floats, Structure, products
from vidcap.shots.steps import Found, Step
from vidcap.timeline import Seconds
from vidcap.types import Cut

_NOISE = 1.0
"""Fine structure, in levels squared, that is nothing but noise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DissolveConfig:
    """Which windows are tried, and where a likeness to a dissolve becomes one.

    The weights are a logistic regression over windows of films joined from real clips: see benchmarks/shots.py.
    """

    tick_s: float = 0.0625
    """Shortest time between pictures looked at."""
    half_ticks: tuple[int, ...] = (2, 3, 4, 6, 8, 10, 12, 15, 18)
    """Half lengths of the windows."""
    longest_half_s: float = 1.2
    """No window reaches further than this to each side."""
    wait_s: float = 0.3
    """How long a better window is waited for."""
    least_power: float = 30.0
    """Variance below which an end is plain: a fade, if anything."""
    most_alike: float = 0.6
    """Correlation of the ends at which they are no two pictures; light that changes leaves it near 1."""
    least_dip: float = 0.3
    """Part of the structure that a dissolve would lose and that the middle must have lost to look closer,"""
    most_fine: float = 0.85
    """and part of the fine structure that it may have kept."""
    most_unsteady: float = 0.45
    """Part of the way that a picture may be ahead or behind; 0.5 is a cut in the middle."""
    bias: float = -8.9
    off_line_weight: float = -10.0
    fine_dip_weight: float = 12.5


@dataclass(frozen=True, slots=True, eq=False)
class _Window:
    """A stretch that looks like a dissolve; ``odds`` are the logarithm of how much so."""

    odds: float
    first: Step
    half_way: Step
    """The picture half way from the first to the last, or the first one later that may still be reported."""
    last: Step


class Dissolves:
    """Looks for dissolves in steps that are pushed one by one."""

    def __init__(self, config: DissolveConfig) -> None:
        self._config = config
        self._span = 2 * max(config.half_ticks) + 1
        self._ticks: list[Step] = []
        self._patterns = np.empty((8 * self._span, PATTERN_SIZE), np.float32)
        self._fines = np.empty(8 * self._span, np.float32)
        self._num_patterns = 0
        self._best: _Window | None = None
        self._horizon_s: Seconds | None = None  # until the next tick

    def push(self, step: Step) -> list[Found]:
        """Take the next step; return the dissolves that are certain by it."""
        if self._ticks and step.time_s - self._ticks[-1].time_s < self._config.tick_s:
            return []
        self._append(step)
        self._horizon_s = None
        found = self._give_up_waiting(step.time_s)
        for window in self._windows():
            self._best = window
        return found

    def finish(self) -> list[Found]:
        """Return the dissolve that was about to be certain."""
        return self._give_up_waiting(float("inf"))

    def horizon_s(self) -> Seconds:
        """Return the time before which all dissolves are found."""
        if self._horizon_s is None:
            reached = self._ticks[self._reached(self._ticks[-1].time_s)]
            self._horizon_s = min(reached.start_s, self._best.half_way.start_s) if self._best else reached.start_s
        return self._horizon_s

    @property
    def newest(self) -> Step | None:
        """The picture looked at last."""
        return self._ticks[-1] if self._ticks else None

    def state(self) -> tuple[object, ...]:
        """Return all that decides what will be found (see :mod:`vidcap.states`)."""
        reach_s = self._ticks[-1].time_s - 2 * self._config.longest_half_s if self._ticks else 0.0
        return ([step for step in self._ticks if step.time_s >= reach_s], self._best)

    def _reached(self, now_s: float) -> int:
        """Return the place of the first tick that a dissolve found after ``now_s`` may lie at."""
        reach_s = now_s - self._config.longest_half_s
        return next(place for place, step in enumerate(self._ticks) if step.time_s >= reach_s)

    def _append(self, step: Step) -> None:
        """Add a tick; patterns and fine structures lie in arrays, moved to their fronts whenever they are full."""
        self._ticks.append(step)
        if len(self._ticks) > self._span:
            del self._ticks[0]
        if self._num_patterns == len(self._patterns):
            self._patterns[: self._span] = self._patterns[-self._span :]
            self._fines[: self._span] = self._fines[-self._span :]
            self._num_patterns = self._span
        self._patterns[self._num_patterns] = step.structure.pattern
        self._fines[self._num_patterns] = step.structure.fine
        self._num_patterns += 1

    def _give_up_waiting(self, now_s: float) -> list[Found]:
        best = self._best
        if best is None or now_s - best.last.time_s < self._config.wait_s:
            return []
        self._best = None
        cut = Cut(best.half_way.start_s, "dissolve", exp(min(best.odds, 20.0) / 4), best.half_way.index)
        return [Found(cut, best.first.time_s, best.last.time_s)]

    def _windows(self) -> Iterator[_Window]:
        """Yield the windows ending now that look more like a dissolve than the best one so far."""
        ticks = self._ticks
        kept = slice(self._num_patterns - len(ticks), self._num_patterns)
        patterns, fines = self._patterns[kept], self._fines[kept]
        for half in self._config.half_ticks:
            first, middle = len(ticks) - 1 - 2 * half, len(ticks) - 1 - half
            if first < 0 or ticks[-1].time_s - ticks[first].time_s > 2 * self._config.longest_half_s:
                return
            if not self._is_worth_a_look(ticks[first].structure, ticks[middle].structure):
                continue
            odds, half_way = self._odds(ticks[first:], patterns[first:], fines[first:])
            if odds > 0 and (self._best is None or odds > self._best.odds):
                at = max(first + half_way, self._reached(ticks[-2].time_s))
                yield _Window(odds, ticks[first], ticks[at], ticks[-1])

    def _is_worth_a_look(self, start: Structure, mixture: Structure) -> bool:
        """Tell from the ends and the middle alone whether a window may be a dissolve; what is cheapest comes first."""
        config, end = self._config, self._ticks[-1].structure
        if mixture.fine >= config.most_fine * (start.fine + end.fine) / 2:
            return False
        if min(start.power, end.power) < config.least_power * PATTERN_SIZE:
            return False
        power = start.power + end.power
        if power <= 2 * mixture.power:
            return False
        common = float(start.pattern @ end.pattern)
        return common <= config.most_alike * (
            start.power * end.power
        ) ** 0.5 and 2 * power - 4 * mixture.power > config.least_dip * (power - 2 * common)

    def _odds(self, ticks: list[Step], patterns: Floats, fines: Floats) -> tuple[float, int]:
        """Return the log-odds that N pictures with (N, D) patterns and (N,) fine structures are a dissolve.

        The second number is the place of the picture half way between the ends; 0 where the odds are against it.
        """
        config, share = self._config, _shares(len(ticks))  # (N - 2,) of the last picture in a steady dissolve
        odds_at_most = config.bias + config.fine_dip_weight * _fine_dip(fines, share)
        if odds_at_most <= 0:  # as most are: off the line they only get less likely
            return odds_at_most, 0
        own = np.array([step.structure.power for step in ticks[1:-1]], np.float32)
        first, last = ticks[0].structure, ticks[-1].structure
        to_last = products(patterns, patterns[-1])
        apart = first.power + last.power - 2 * float(to_last[0])
        to_first, to_last = products(patterns[1:-1], patterns[0]), to_last[1:-1]
        mixed = first.power + share * (last.power - first.power) - share * (1 - share) * apart
        nearness = to_first + share * (to_last - to_first)
        off_line = float((own + mixed - 2 * nearness).mean()) / apart
        place = (to_last - to_first + (first.power - last.power + apart) / 2) / apart
        if float(np.abs(place - share).max()) > config.most_unsteady:
            return float("-inf"), 0
        return odds_at_most + config.off_line_weight * off_line, 1 + _half_way(place)


def _fine_dip(fines: Floats, share: Floats) -> float:
    """Return how much fine structure is lost between the ends: 0 none, 1 what mixing two pictures takes away.

    ``fines`` are (N,), ``share`` (N - 2,). Light that changes steadily loses none by this measure.
    """
    first, last = sqrt(fines[0]), sqrt(fines[-1])
    lost = (first + share * (last - first)) ** 2 - fines[1:-1]
    expected = 2 * share * (1 - share) * (first * last + _NOISE)
    deepest = int(lost.argmax())  # may be a flash, of which one picture tells nothing
    return min(float(lost.sum() - lost[deepest]) / float(expected.sum() - expected[deepest]), 1.0)


def _half_way(place: Floats) -> int:
    """Return which of N pictures is nearest to half way, as many before it being nearer to the start as may be."""
    start = max(int(np.count_nonzero(place < 0.5)) - 1, 0)
    return start + int(np.abs(place[start : start + 2] - 0.5).argmin())


@cache
def _shares(num_ticks: int) -> Floats:
    """Return the even steps from 0 to 1, both left out; uneven ones, by time, would find the same dissolves."""
    return np.linspace(0, 1, num_ticks, dtype=np.float32)[1:-1]
