"""Hard cuts: a change that stands out from the changes around it and does not undo itself."""

from __future__ import annotations

from dataclasses import dataclass

from vidcap.shots.measure import change, likeness, look
from vidcap.shots.steps import Found, Step
from vidcap.timeline import Seconds
from vidcap.types import Cut


@dataclass(frozen=True, slots=True, kw_only=True)
class HardCutConfig:
    """Where a change becomes a cut."""

    around_s: float = 0.25
    """How far to each side the changes around are looked at."""
    around_steps: int = 2
    """How many there must be at least on each side, where the film has them,"""
    furthest_s: float = 2.5
    """but none further away: frames minutes apart, as of slides, tell nothing of movement."""
    floor: float = 3.2
    """Change that a cut exceeds even where all else stands still."""
    ratio: float = 2.4
    """How far a cut exceeds the greatest change around it."""
    blended: float = 0.75
    """Part of its change that the other half of a blended cut has at least."""
    both: float = 0.7
    """Part of its change by which the pictures around both halves differ at least,"""
    unlike: float = 0.4
    """unless their correlation is below this, as that of two scenes; else something went past the camera."""
    alone: float = 0.3
    """Part of its change that the neighbours of one that stands alone have at most."""
    surely: float = 15.0
    """Change that hardly anything but a cut makes."""
    flash_s: float = 0.2
    """What is undone within this time was a flash, not a cut."""
    undone: float = 0.5
    """Part of the change that may be left when it counts as undone."""
    patience_s: float = 1.0
    """When steps are far apart, one of them suffices to decide after this time."""


class HardCuts:
    """Looks for hard cuts in steps that are pushed one by one."""

    def __init__(self, config: HardCutConfig, sensitivity: float) -> None:
        self._config = config
        self._sensitivity = sensitivity
        self._steps: list[Step] = []
        self._undecided = 1  # the first step has nothing before it

    def push(self, step: Step) -> list[Found]:
        """Take the next step; return the cuts that are certain by it."""
        self._steps.append(step)
        found = []
        while self._undecided < len(self._steps) - 1 and self._can_decide(step.time_s):
            found += self._decide()
        return found

    def finish(self) -> list[Found]:
        """Return the cuts among the last steps."""
        found = []
        while self._undecided < len(self._steps):
            found += self._decide()
        return found

    def horizon_s(self) -> Seconds:
        """Return the time before which all cuts are found."""
        return self._steps[min(self._undecided, len(self._steps) - 1)].passed[0].start_s

    def state(self) -> tuple[object, ...]:
        """Return all that decides what will be found (see :mod:`vidcap.states`)."""
        return (self._steps, self._undecided)

    def _can_decide(self, now_s: float) -> bool:
        waited_s = now_s - self._steps[self._undecided].time_s
        after = len(self._steps) - 1 - self._undecided
        return waited_s >= self._config.patience_s or (
            waited_s >= self._config.around_s and after >= self._config.around_steps
        )

    def _decide(self) -> list[Found]:
        """Judge the step that is next in turn, and forget steps that no later one needs."""
        step, score = self._steps[self._undecided], self._score()
        found = []
        if score >= 1 and not self._is_flash(self._undecided):
            found = [self._found(step, score)]
        self._undecided += 1
        self._forget()
        return found

    def _forget(self) -> None:
        """Drop steps too far back to be around the next one."""
        next_s = self._steps[min(self._undecided, len(self._steps) - 1)].time_s
        kept = self._config.around_steps + 1
        while self._undecided > kept and next_s - self._steps[1].time_s > self._config.around_s:
            del self._steps[0]
            self._undecided -= 1

    def _score(self) -> float:
        step = self._steps[self._undecided]
        config = self._config
        least = config.floor / self._sensitivity
        if step.change < least:
            return 0.0
        around = [] if step.is_leap else self._around()
        return step.change / (least + config.ratio / self._sensitivity * max(around, default=0.0))

    def _around(self) -> list[float]:
        """Return the changes around the undecided one, but for the greater neighbour if it is half of a blended cut."""
        at, config = self._undecided, self._config
        before, after = self._near(range(at - 1, 0, -1)), self._near(range(at + 1, len(self._steps)))
        own, nearest = self._steps[at].change, before[:1] + after[:1]
        around = dict(zip(before + after, self._paced(before + after), strict=True))
        beside_at = max(nearest, key=lambda place: self._steps[place].change, default=at)
        beside = self._steps[beside_at].change if nearest else 0.0
        if len(around) > 2 and self._are_halves(at, beside_at):
            del around[beside_at]
        if beside < config.alone * own and min(own, max(around.values(), default=0.0)) > config.surely:
            return self._without_events(before + after)
        return list(around.values())

    def _paced(self, places: list[int]) -> list[float]:
        """Return the changes at ``places``, as far as they tell of movement over as many frames as the undecided step.

        Longer steps count in full where that step does not lead to another scene: what seems to move may have jumped.
        """
        own, steps = self._steps[self._undecided], [self._steps[place] for place in places]
        is_even = all(step.num_frames <= own.num_frames for step in steps)
        if is_even or not self._is_unlike(self._steps[self._undecided - 1], own):
            return [step.change for step in steps]
        shares = [1.0 if step.change > self._config.surely else own.num_frames / step.num_frames for step in steps]
        return [step.change * min(share, 1.0) for step, share in zip(steps, shares, strict=True)]

    def _are_halves(self, at: int, beside_at: int) -> bool:
        """Tell whether two steps are one cut, by way of a mixture or any odd picture, and lead to another scene."""
        config, own, beside = self._config, self._steps[at].change, self._steps[beside_at].change
        if not min(config.blended * own, config.surely) < beside < own:
            return False
        start, end = self._steps[min(at, beside_at) - 1], self._steps[max(at, beside_at)]
        return change(start.look, end.look) > config.both * own or self._is_unlike(start, end)

    def _is_unlike(self, one: Step, other: Step) -> bool:
        """Tell whether two pictures are as unlike as those of two scenes."""
        return likeness(one.structure.pattern, other.structure.pattern) < self._config.unlike

    def _without_events(self, places: list[int]) -> list[float]:
        """Return the changes at ``places`` without flashes and without another cut beyond doubt."""
        surely, changes = self._config.surely, [self._steps[place].change for place in places]
        kept = [
            changed
            for place, changed in zip(places, changes, strict=True)
            if changed <= surely or not self._is_flash(place)
        ]
        greatest = max(kept, default=0.0)
        if greatest > surely:
            kept.remove(greatest)
        return kept

    def _near(self, places: range) -> list[int]:
        """Return the places, nearest first, of those steps around the undecided one that tell of movement: no leaps."""
        time_s, config = self._steps[self._undecided].time_s, self._config
        reach_s = [config.furthest_s] * config.around_steps + [config.around_s] * len(places)
        return [
            place
            for place, most_s in zip(places, reach_s, strict=False)
            if abs(self._steps[place].time_s - time_s) <= most_s and not self._steps[place].is_leap
        ]

    def _is_flash(self, at: int) -> bool:
        """Tell whether the picture before comes back soon after, or the picture after was there shortly before."""
        step, before = self._steps[at], self._steps[at - 1]
        limit = self._config.undone * step.change
        flash_s = self._config.flash_s
        later = [other for other in self._steps[at + 1 :] if other.time_s - step.time_s <= flash_s]
        earlier = [other for other in self._steps[: at - 1] if before.time_s - other.time_s <= flash_s]
        if step.is_leap:  # the picture before was there all along
            earlier = []
        return any(change(before.look, other.look) < limit for other in later) or any(
            change(other.look, step.look) < limit for other in earlier
        )

    def _found(self, step: Step, score: float) -> Found:
        """Return the cut at ``step``, or at one of the frames passed since the step before."""
        first, previous = step.passed[-1], self._steps[self._undecided - 1].look
        if len(step.passed) > 1:
            greatest = -1.0
            for frame in step.passed:
                seen = look(frame.planes)
                changed = change(previous, seen)
                if changed > greatest:
                    greatest, first = changed, frame
                previous = seen
        return Found(Cut(first.start_s, "cut", score, first.index), float(first.start_s), float(first.start_s))
