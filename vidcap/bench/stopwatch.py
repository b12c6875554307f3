"""A tap that measures what each stage takes and gives."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

STAGES = ("decode", "shots", "sample", "describe", "cues")
"""In the order in which a film passes them."""


class Stopwatch:
    """A tap that measures the time spent in each stage; only right where the stages share one thread.

    The time of a stage's stream includes the stages before it; :meth:`own_s` takes them off.
    """

    def __init__(self) -> None:
        self.total_s = dict.fromkeys(STAGES, 0.0)
        self.items = dict.fromkeys(STAGES, 0)

    def __call__(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass a stream on, timing each ``next()``."""
        while True:
            started_s = time.perf_counter()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.total_s[stage] += time.perf_counter() - started_s
            self.items[stage] += 1
            yield item

    def own_s(self) -> dict[str, float]:
        """Return the seconds of each stage without those of the stages before it."""
        befores = dict(zip(STAGES[1:], STAGES, strict=False))
        return {
            stage: max(0.0, total_s - (self.total_s[befores[stage]] if stage in befores else 0.0))
            for stage, total_s in self.total_s.items()
        }
