"""Joins the detectors of cuts, fades and dissolves into one that reports boundaries in order, once, in time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from fractions import Fraction
from math import ceil

import numpy as np

from vidcap.shots.config import DEFAULTS, ShotConfig
from vidcap.shots.dissolves import DissolveConfig, Dissolves
from vidcap.shots.fades import FadeConfig, Fades
from vidcap.shots.hard import HardCutConfig, HardCuts
from vidcap.shots.measure import Look, Structure, flat, looks_and_changes, structures
from vidcap.shots.steps import Found, Passed, Step
from vidcap.timeline import Seconds
from vidcap.types import Cut, Frame, Marked, Pixels, Shot

_BLIND_S = 2.0
"""Damaged frames are not looked at for so long: smears look like cuts."""
_STEP_S = 1 / 62
"""Frames closer together than this are not looked at one by one, so that 1000 frames/s cost what 60 do."""

_LONGEST_DISSOLVE_S = 2.5

MOST_AT_ONCE = 6
"""Frames measured together; an isolated source keeps the pictures of only eight."""
_AT_ONCE_S = Fraction(1, 2)
"""Film that frames measured together last at most, but for the last of them: slides aren't waited for."""
_PIXELS_AT_ONCE = 13_000_000
"""Pixels of the frames held together: six of 1080p, or two of 4K."""

_Measured = tuple[tuple[Look, float], Structure]


def rhythm(first_s: Seconds, second_s: Seconds, frame_s: Seconds) -> tuple[Seconds, int]:
    """Return a frame's start and a number: the detector looks closely at that frame and at each so many frames on.

    The film's first two frames start at ``first_s`` and ``second_s``, the others follow at a steady rate. A detector
    that begins at one of these frames looks at the same pictures as one that began at the film's first.
    """
    tick_s = DissolveConfig().tick_s
    step_s, time_s = first_s, second_s
    while time_s - first_s < tick_s or time_s - step_s < _STEP_S:
        step_s = time_s if time_s - step_s >= _STEP_S else step_s
        time_s += frame_s
    step = _least(frame_s, _STEP_S)
    return time_s, step * _least(step * frame_s, tick_s)


def _least(period_s: Fraction, least_s: float) -> int:
    """Return how many periods last ``least_s``."""
    return max(1, ceil(Fraction(least_s) / period_s))


class ShotDetector:
    """Finds shot boundaries in frames that are fed one by one.

    What it holds is bounded by ``max_latency_s``, whatever the length of the film or of a shot.
    """

    def __init__(self, config: ShotConfig = DEFAULTS) -> None:
        self._config = config
        room_s = config.max_latency_s - config.min_shot_s  # for a detector to make up its mind in
        self._hard = HardCuts(HardCutConfig(), config.sensitivity)
        self._fades = Fades(FadeConfig(longest_s=min(1.5, room_s - 0.5)))
        longest_half_s = min(1.2, room_s - 0.3)
        self._dissolves = Dissolves(DissolveConfig(longest_half_s=longest_half_s)) if config.dissolves else None
        self._step: Step | None = None
        self._passed: list[Passed] = []
        self._pending: list[Found] = []
        self._last_cut_s = self._taken_s = float("-inf")
        self._end_s: Seconds = Fraction(0)  # of the last frame
        self._settled_s: Seconds = Fraction(0)

    def feed(self, frame: Frame) -> Marked:
        """Return the frame with the boundaries that have become certain by it. Frames come in order of time."""
        return self.feed_all((frame,))[0]

    def feed_all(self, frames: Sequence[Frame]) -> list[Marked]:
        """Return what :meth:`feed` would for one after the other; all are measured at once, which costs less."""
        planes = np.stack([flat(frame.picture.small_yuv()) for frame in frames])
        times_s = [float(frame.start_s) for frame in frames]
        closely = self._looked_at(frames, times_s)
        measured = self._measured(planes[closely])
        return [
            self._mark(frame, time_s, own, next(measured) if is_step else None)
            for frame, time_s, own, is_step in zip(frames, times_s, planes, closely, strict=True)
        ]

    def _looked_at(self, frames: Sequence[Frame], times_s: list[float]) -> list[bool]:
        """Return for each frame whether it is looked at: not so soon after one that was."""
        last_s = self._step.time_s if self._step else float("-inf")
        closely = []
        for frame, time_s in zip(frames, times_s, strict=True):
            closely.append(time_s - last_s >= (_BLIND_S if frame.is_corrupt else _STEP_S))
            last_s = time_s if closely[-1] else last_s
        return closely

    def _measured(self, planes: Pixels) -> Iterator[_Measured]:
        """Yield what is measured on each of the pictures, which follow the step before."""
        if len(planes):
            before = self._step.look if self._step else None
            yield from zip(looks_and_changes(before, planes), structures(planes), strict=True)

    def _mark(self, frame: Frame, time_s: float, planes: Pixels, measured: _Measured | None) -> Marked:
        """Return the frame with what has become certain by it; ``measured`` if it is looked at."""
        self._passed.append(Passed(frame.index, frame.start_s, planes))
        self._end_s = frame.end_s
        if self._step is None:
            self._last_cut_s = self._taken_s = time_s
            self._settled_s = frame.start_s
        if measured is None:
            return Marked(frame, (), self._settled_s)
        self._push(self._next_step(frame, measured))
        horizon_s = self._horizon_s()
        cuts = self._release(horizon_s, self._hard.horizon_s()) if self._pending else ()
        return Marked(frame, cuts, self._settle(horizon_s))

    def finish(self) -> tuple[Cut, ...]:
        """Return the boundaries that the end of the film makes certain; nothing may be fed afterwards."""
        if self._step is None:
            return ()
        self._pending += self._hard.finish() + self._fades.finish()
        if self._dissolves:
            self._pending += self._dissolves.finish()
        cuts = self._release(float("inf"), float("inf"))
        return tuple(cut for cut in cuts if float(self._end_s) - float(cut.time_s) >= self._config.min_shot_s)

    @property
    def looks_closely(self) -> bool:
        """Whether all detectors looked at the newest frame: one that begins with it looks at the same from then on."""
        return not self._passed and (self._dissolves is None or self._dissolves.newest is self._step)

    def state(self) -> tuple[object, ...]:
        """Return all that decides what will be reported (see :mod:`vidcap.states`).

        The last boundary counts only as long as it can be too near to a later one.
        """
        oldest_s = float(self._settled_s) - self._config.min_shot_s - _LONGEST_DISSOLVE_S
        last_s = (max(self._last_cut_s, oldest_s), max(self._taken_s, oldest_s))
        dissolves = self._dissolves.state() if self._dissolves else None
        detectors = (self._hard.state(), self._fades.state(), dissolves)
        return (*detectors, self._step, self._passed, self._pending, last_s, self._end_s, self._settled_s)

    def _next_step(self, frame: Frame, measured: _Measured) -> Step:
        """Return the newest frame as a step; where the source vouches for calm, nothing changed from the one before."""
        (seen, changed), structure = measured
        passed, self._passed = tuple(self._passed), []
        changed = 0.0 if frame.after_calm else changed
        time_s = float(frame.start_s)
        num_frames = 1 + frame.index - self._step.index - len(passed) if self._step else 1
        self._step = Step(
            frame.index, frame.start_s, time_s, seen, changed, structure, passed, frame.is_leap, num_frames
        )
        return self._step

    def _push(self, step: Step) -> None:
        self._pending += self._hard.push(step)
        self._pending += self._fades.push(step)
        if self._dissolves:
            self._pending += self._dissolves.push(step)

    def _horizon_s(self) -> Seconds:
        """Return the time before which no detector will find anything more."""
        dissolves_s = self._dissolves.horizon_s() if self._dissolves else None
        horizons_s = (self._hard.horizon_s(), self._fades.horizon_s(), dissolves_s)
        return min(time_s for time_s in horizons_s if time_s is not None)

    def _release(self, horizon_s: Seconds | float, cuts_found_s: Seconds | float) -> tuple[Cut, ...]:
        """Return the pending boundaries that nothing found later can outdo.

        All boundaries before ``horizon_s`` have been found, and all hard cuts before ``cuts_found_s``.
        """
        cuts = []
        self._pending.sort(key=lambda found: found.cut.time_s)
        while self._pending:
            first = self._pending[0]
            if float(first.cut.time_s) + self._config.min_shot_s > horizon_s or first.to_s >= cuts_found_s:
                break
            rivals = [found for found in self._pending[1:] if self._clash(first, found)]
            if any(_outdoes(rival, first) for rival in rivals):
                self._pending.pop(0)
                continue
            self._pending = [found for found in self._pending[1:] if found not in rivals]
            if self._is_new(first) and first.cut.time_s >= self._settled_s:
                self._last_cut_s = float(first.cut.time_s)
                self._taken_s = max(self._last_cut_s, (first.from_s + first.to_s) / 2)
                cuts.append(first.cut)
        return tuple(cuts)

    def _is_new(self, found: Found) -> bool:
        """Tell whether a boundary is far enough from the last one; a dissolve may span no more than its second half."""
        starts_s = found.from_s if found.cut.kind == "dissolve" else float("inf")
        return self._taken_s <= starts_s and self._last_cut_s <= float(found.cut.time_s) - self._config.min_shot_s

    def _clash(self, first: Found, later: Found) -> bool:
        """Tell whether only one of two boundaries can be: too close together, or one within the other's transition."""
        return float(later.cut.time_s) - float(first.cut.time_s) < self._config.min_shot_s or (
            first.from_s <= later.to_s and later.from_s <= first.to_s
        )

    def _settle(self, horizon_s: Seconds) -> Seconds:
        """Return, never falling, the time before which nothing more is reported."""
        settled_s = min(horizon_s, self._pending[0].cut.time_s) if self._pending else horizon_s
        self._settled_s = max(self._settled_s, settled_s)
        return self._settled_s


def _outdoes(one: Found, other: Found) -> bool:
    """Tell which of two boundaries stays: cuts inside a fade are its edges, any other cut is surer than the rest."""
    if one.cut.kind == other.cut.kind:
        return one.cut.score > other.cut.score
    kinds = {one.cut.kind: one, other.cut.kind: other}
    if "cut" not in kinds:
        return one.cut.kind == "fade"
    fade, cut_s = kinds.get("fade"), float(kinds["cut"].cut.time_s)
    is_edge = fade is not None and fade.from_s <= cut_s <= fade.to_s
    return (one.cut.kind == "cut") != is_edge


def mark_shots(frames: Iterable[Frame], config: ShotConfig = DEFAULTS) -> Iterator[Marked]:
    """Yield every frame, in order, with the boundaries that it makes certain.

    A few frames are taken at once, unless they are far apart or large. They are passed on when the next ones are there:
    the last one carries what the end of the film makes certain.
    """
    detector = ShotDetector(config)
    held: Marked | None = None
    for group in _at_once(frames):
        for mark in detector.feed_all(group):
            if held is not None:
                yield held
            held = mark
    if held is not None:
        cuts = (*held.cuts, *detector.finish())
        yield Marked(held.frame, cuts, held.frame.end_s)


def _at_once(frames: Iterable[Frame]) -> Iterator[list[Frame]]:
    """Yield groups of frames that are held for each other: bounded in number, in time and in memory."""
    group: list[Frame] = []
    most = 1
    for frame in frames:
        if not group:
            pixels = frame.picture.width_px * frame.picture.height_px
            most = min(MOST_AT_ONCE, 1 + _PIXELS_AT_ONCE // max(pixels, 1))
        group.append(frame)
        if len(group) >= most or frame.end_s - group[0].start_s >= _AT_ONCE_S:
            yield group
            group = []
    if group:
        yield group


def detect_shots(frames: Iterable[Frame], config: ShotConfig = DEFAULTS) -> Iterator[Shot]:
    """Yield the shots of a film, each as soon as it is certain where it ends; together they span all of it."""
    index, kind = 0, "start"
    first: Frame | None = None
    last: Frame | None = None
    start_s, start_frame = Fraction(0), 0
    for mark in mark_shots(frames, config):
        last = mark.frame
        if first is None:
            first, start_s, start_frame = last, last.start_s, last.index
        for cut in mark.cuts:
            yield Shot(index, start_s, cut.time_s, start_frame, cut.frame_index, kind)
            index, kind, start_s, start_frame = index + 1, cut.kind, cut.time_s, cut.frame_index
    if last is not None:
        yield Shot(index, start_s, last.end_s, start_frame, last.index + 1, kind)
