"""Fades: the picture goes plain (black, white, any colour), and another one comes out of it.

A picture that is plain for a moment and comes back is a flash, and no boundary. A boundary lies where the new picture
comes at once, else where the old one went at once, else in the middle of the plain stretch. A plain stretch too long
to be waited for becomes a shot of its own, with a boundary at each end.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from vidcap.shots.measure import likeness
from vidcap.shots.steps import Found, Step
from vidcap.timeline import Seconds
from vidcap.types import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class FadeConfig:
    """What counts as plain, and how long to look around it."""

    plain_ratio: float = 0.1
    """A picture is plain when it keeps less than this part of the contrast seen before,"""
    least_plain: float = 1.5
    """or less contrast than this, in any case,"""
    most_plain: float = 4.0
    """but not with more than this."""
    lively: float = 6.0
    """Contrast that a picture must have for a fade to be one of it."""
    before_s: float = 1.5
    """How far back the picture before is looked for."""
    after_s: float = 0.5
    """How long the picture after may take to come out."""
    longest_s: float = 1.5
    """A plain stretch longer than this is a shot of its own."""
    same: float = 0.8
    """Likeness at which the picture after is the one before."""
    sharp: float = 0.8
    """Part of its contrast with which a picture that comes or goes at once begins or ends."""
    blink_s: float = 0.5
    """Longest plain stretch within one shot."""


@dataclass(slots=True, eq=False)
class _Run:
    """A plain stretch in progress."""

    level: float
    before: Step | None
    """The last picture with half of its contrast or more; None where the film starts plain."""
    cuts_in: bool
    steps: list[Step] = field(default_factory=list)
    is_reported: bool = False


class Fades:
    """Looks for fades in steps that are pushed one by one."""

    def __init__(self, config: FadeConfig) -> None:
        self._config = config
        self._recent: deque[Step] = deque()
        self._run: _Run | None = None
        self._after: list[Step] = []  # what came out of the run so far

    def push(self, step: Step) -> list[Found]:
        """Take the next step; return the boundaries that are certain by it."""
        run = self._run
        if run is None:
            self._watch(step)
            return []
        if step.structure.contrast < run.level:
            run.steps += [*self._after, step]
            self._after = []
            return self._report_long(run)
        self._after.append(step)
        waited_s = step.time_s - self._after[0].time_s
        before = run.before.structure.contrast if run.before else 0.0
        if waited_s < self._config.after_s and step.structure.contrast < before / 2:
            return []
        return self._end(run)

    def finish(self) -> list[Found]:
        """Return the boundary of a fade that the end of the film cuts short."""
        return self._end(self._run) if self._run and self._after else []

    def horizon_s(self) -> Seconds | None:
        """Return the time before which all boundaries are found; None if there is nothing in question."""
        if self._run is None:
            return None
        return (self._run.steps[-1] if self._run.is_reported else self._run.steps[0]).start_s

    def state(self) -> tuple[object, ...]:
        """Return all that decides what will be found (see :mod:`vidcap.states`)."""
        return (self._recent, self._run, self._after)

    def _watch(self, step: Step) -> None:
        """Remember the step, or start a run with it."""
        config = self._config
        if step.structure.contrast < config.most_plain:
            reference = max((other.structure.contrast for other in self._recent), default=0.0)
            level = min(max(config.plain_ratio * reference, config.least_plain), config.most_plain)
            if step.structure.contrast < level:
                lively = [other for other in self._recent if 2 * other.structure.contrast > reference]
                before = lively[-1] if reference >= config.lively else None
                cuts_in = self._recent_is_steady(step.time_s)
                self._run = _Run(level, before, cuts_in, [step])
                return
        self._recent.append(step)
        while step.time_s - self._recent[0].time_s > config.before_s:
            self._recent.popleft()

    def _recent_is_steady(self, now_s: float) -> bool:
        """Tell whether the picture had as much contrast just now as shortly before."""
        near = [other for other in self._recent if now_s - other.time_s <= self._config.before_s / 8]
        steps = near or list(self._recent)[-1:]
        return bool(steps) and steps[-1].structure.contrast > self._config.sharp * steps[0].structure.contrast

    def _report_long(self, run: _Run) -> list[Found]:
        """Return the boundary at the start of a run that lasts too long; drop from memory what is inside of it."""
        first, last = run.steps[0], run.steps[-1]
        if not run.is_reported and last.time_s - first.time_s < self._config.longest_s:
            return []
        found = [] if run.is_reported or run.before is None else [_found(run, first, first)]
        run.is_reported = True
        run.steps = [last]
        return found

    def _end(self, run: _Run) -> list[Found]:
        """Judge a run that is over, and watch on."""
        after = max(self._after, key=lambda step: step.structure.contrast)
        out = self._after[0]
        self._run, self._recent = None, deque(self._after)
        self._after = []
        if after.structure.contrast < self._config.lively or (run.before is None and not run.is_reported):
            return []
        if run.is_reported:
            return [_found(run, out, out)]
        assert run.before is not None
        is_blink = out.time_s - run.steps[0].time_s <= self._config.blink_s
        if is_blink and likeness(run.before.structure.pattern, after.structure.pattern) > self._config.same:
            return []
        return [_found(run, self._boundary(run, out, after), out)]

    def _boundary(self, run: _Run, out: Step, after: Step) -> Step:
        if out.structure.contrast > self._config.sharp * after.structure.contrast:
            return out
        if run.cuts_in:
            return run.steps[0]
        middle_s = (run.steps[0].time_s + out.time_s) / 2
        return min(run.steps, key=lambda step: abs(step.time_s - middle_s))


def _found(run: _Run, step: Step, out: Step) -> Found:
    depth = run.level / max(min(inner.structure.contrast for inner in run.steps), 0.1)
    return Found(Cut(step.start_s, "fade", depth, step.index), run.steps[0].time_s, out.time_s)
