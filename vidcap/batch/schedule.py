"""Shares the work out: which unit is next, what became of it, and what follows from that."""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Protocol

from vidcap.batch.config import BatchConfig
from vidcap.batch.parts import Seam, join, ranges
from vidcap.batch.pool import Engine
from vidcap.batch.report import Entry, Report
from vidcap.batch.tracks import write_tracks
from vidcap.batch.work import Done, Event, Facts, Failed, Lost, Moved, Part, Range, Unfit, Unit
from vidcap.captioner import CaptionConfig
from vidcap.errors import VidcapError

log = logging.getLogger(__name__)

WAIT_S = 0.2


class Watcher(Protocol):
    """Sees how a batch goes on."""

    def started(self, unit: Unit, name: str) -> None:
        """A worker was given a unit of the input called ``name``."""

    def moved(self, unit: Unit, read_s: float) -> None:
        """A unit has been read as far as this."""

    def ended(self, unit: Unit) -> None:
        """A worker has put a unit down, done or not."""

    def settled(self, entry: Entry) -> None:
        """It is certain what became of an input."""

    def tick(self) -> None:
        """Some time has passed."""


@dataclass(slots=True, eq=False)
class Job:
    """An input on its way to its tracks."""

    source: str
    entry: Entry
    """What is said of it in the report, so far."""
    places: tuple[Path, ...]
    parts: dict[Range | None, Part | None] = field(default_factory=dict)
    """What has come of each range, in order; None is the whole film."""
    tries: dict[tuple[str, Range | None], int] = field(default_factory=dict)
    seconds: float = 0.0
    warnings: dict[str, None] = field(default_factory=dict)
    is_settled: bool = False


class Schedule:
    """Runs jobs on an engine until it is certain what became of each."""

    def __init__(
        self, jobs: Sequence[Job], report: Report, settings: BatchConfig, captioning: CaptionConfig, watcher: Watcher
    ) -> None:
        self._jobs = jobs
        self._report = report
        self._settings = settings
        self._captioning = captioning
        self._watcher = watcher
        kind = "look" if settings.split_s is not None else "caption"
        self._queue = deque(Unit(number, job.source, kind) for number, job in enumerate(jobs))  # type: ignore[arg-type]
        self._num_running = 0

    def run(self, engine: Engine) -> Iterator[Entry]:
        """Yield what became of each input, as it becomes certain.

        Raises what keeps all workers from working: CheckpointError, ValueError for a device.
        """
        while self._queue or self._num_running:
            while self._queue and engine.num_idle:
                self._start(engine, self._queue.popleft())
            for event in engine.events(WAIT_S):
                entry = self._handle(event)
                if entry is not None:
                    yield entry
            self._watcher.tick()

    def _start(self, engine: Engine, unit: Unit) -> None:
        job = self._jobs[unit.job]
        if job.is_settled:
            return
        if not job.tries:
            self._report.add(replace(job.entry, status="begun"))
        key = (unit.kind, unit.range)
        job.tries[key] = job.tries.get(key, 0) + 1
        self._num_running += 1
        self._watcher.started(unit, job.entry.input)
        engine.start(unit)

    def _handle(self, event: Event) -> Entry | None:
        """Act on an event; return what became of an input if it is certain now."""
        if isinstance(event, Unfit):
            raise event.error
        job = self._jobs[event.unit.job]
        if isinstance(event, Moved):
            self._watcher.moved(event.unit, float(event.read_s))
            return None
        self._num_running -= 1
        self._watcher.ended(event.unit)
        if job.is_settled:
            return None
        if isinstance(event, Lost):
            return self._try_again(job, event)
        job.seconds += event.wall_s
        job.warnings |= dict.fromkeys(event.warnings)
        if isinstance(event, Failed):
            return self._settle(job, "failed", error=event.error, worker=event.worker)
        return self._use(job, event)

    def _try_again(self, job: Job, lost: Lost) -> Entry | None:
        times = job.tries[lost.unit.kind, lost.unit.range]
        if times <= self._settings.retries:
            log.warning("%s: %s; it is tried again", job.entry.input, lost.error)
            self._queue.appendleft(lost.unit)
            return None
        error = f"{job.entry.input}: {lost.error}" + (f", {times} times" if times > 1 else "")
        return self._settle(job, "failed", error=error, worker=lost.worker)

    def _use(self, job: Job, done: Done) -> Entry | None:
        """Take in the result of a unit."""
        unit, result = done.unit, done.result
        if isinstance(result, Facts):
            assert self._settings.split_s is not None
            job.parts = dict.fromkeys(ranges(result, self._captioning, self._settings.split_s))
            self._queue.extendleft(reversed([replace(unit, kind="caption", range=part) for part in job.parts]))
            return None
        job.parts[unit.range] = result
        parts = [part for part in job.parts.values() if part is not None]
        if len(parts) < len(job.parts):
            return None
        joined = join(parts)
        if isinstance(joined, Seam):
            self._mend(job, unit, joined)
            return None
        return self._finish(job, joined, done.worker)

    def _mend(self, job: Job, unit: Unit, seam: Seam) -> None:
        """Have a part done again from a frame that the one before names; if that was of no use, both as one."""
        found = list(job.parts.items())
        (first, part), (second, _) = found[seam.number : seam.number + 2]
        assert first is not None
        assert second is not None
        assert part is not None
        if second.begin_s is None and second.from_s is not None and part.next_begin_s is not None:
            fixed = replace(second, begin_s=part.next_begin_s)
            found[seam.number + 1] = (fixed, None)
        else:
            fixed = replace(first, end_s=second.end_s)
            found[seam.number : seam.number + 2] = [(fixed, None)]
        log.info("%s: no common state from %.1f s on", job.entry.input, float(second.start_s))
        job.parts = dict(found)
        self._queue.appendleft(replace(unit, range=fixed))

    def _finish(self, job: Job, part: Part, worker: str) -> Entry:
        try:
            num_cues = write_tracks(part, job.places, self._settings.formats, self._captioning)
        except VidcapError as error:
            return self._settle(job, "failed", error=str(error), worker=worker)
        if part.bad_packets:
            job.warnings[f"{part.bad_packets} damaged packets were skipped"] = None
        media_s = float(part.read_s - self._captioning.source.start_s)
        return self._settle(job, "done", worker=worker, cues=num_cues, media_s=round(media_s, 3))

    def _settle(self, job: Job, status: str, **facts: str | float) -> Entry:
        job.is_settled = True
        written = tuple(name for name in job.entry.outputs if (self._report.folder / name).exists())
        entry = replace(
            job.entry,
            outputs=written,
            status=status,
            seconds=round(job.seconds, 3),
            parts=max(1, len(job.parts)),
            attempts=max(job.tries.values(), default=1),
            warnings=tuple(job.warnings),
            **facts,  # type: ignore[arg-type]
        )
        self._report.add(entry)
        self._watcher.settled(entry)
        return entry
