"""The call that users make: many films in, tracks of each out, as far as they are not there yet."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from vidcap.batch.config import BatchConfig
from vidcap.batch.inputs import Input, expand
from vidcap.batch.names import names_of
from vidcap.batch.pool import Engine
from vidcap.batch.report import Entry, Report, digest_of_options, key_of, shown, version_of
from vidcap.batch.schedule import Job, Schedule, Watcher
from vidcap.batch.tracks import output_names, watches
from vidcap.batch.work import Recipe, Unit
from vidcap.captioner import CaptionConfig
from vidcap.formats import format_for
from vidcap.formats.output import same_file
from vidcap.version import __version__

EngineMaker = Callable[[Recipe], Engine]
_HARMLESS_OPTIONS = frozenset({"threads", "ahead", "overlap", "isolate", "timeout_s"})
"""What changes how fast or how safely tracks are made, not the tracks."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What a batch came to."""

    done: int = 0
    skipped: int = 0
    failed: int = 0


@dataclass(slots=True)
class Batch:
    """A batch that has been planned; :meth:`run` does it.

    ``skipped`` are the entries of inputs that are whole already.
    """

    jobs: list[Job]
    skipped: list[Entry]
    unusable: list[Entry]
    report: Report
    settings: BatchConfig
    recipe: Recipe
    _captioning: CaptionConfig = field(default_factory=CaptionConfig)

    def run(self, make_engine: EngineMaker, watcher: Watcher) -> Iterator[Entry]:
        """Yield what became of each input that was not skipped, as it becomes certain.

        An interrupted run leaves what is done whole, and goes on there when it is planned again. Raises
        CheckpointError or ValueError where no worker can work, OutputError where the report can't be written.
        """
        for entry in self.unusable:
            self.report.add(entry)
            watcher.settled(entry)
            yield entry
        if self.jobs:
            schedule = Schedule(self.jobs, self.report, self.settings, self._captioning, watcher)
            with make_engine(self.recipe) as engine:
                yield from schedule.run(engine)


def plan_batch(words: Sequence[str], report: Report, settings: BatchConfig, recipe: Recipe) -> Batch:
    """Find the inputs that words stand for and what is left to do; ``report`` is open.

    Raises SourceNotFound, ManifestError, OutputError for wrong names of inputs and formats, ValueError and TypeError
    for wrong options.
    """
    for name in settings.formats:
        format_for("-", name)
        if watches(name):
            raise ValueError(f"{name} needs the film's pictures while it is read: caption films one by one for it")
    captioning = CaptionConfig().with_options(**recipe.options)
    telling = {name: value for name, value in recipe.options.items() if name not in _HARMLESS_OPTIONS}
    options = digest_of_options(telling, recipe.model, settings.formats, __version__)
    batch = Batch([], [], [], report, settings, recipe, captioning)
    inputs = list(expand(words))
    keys = {item.source: key_of(item.source) for item in inputs}
    earlier = {source: report.entries[key].name for source, key in keys.items() if key in report.entries}
    others = {entry.key: entry.name for entry in report.entries.values() if entry.key not in set(keys.values())}
    names = names_of(inputs, others | earlier)
    for item in inputs:
        entry = Entry(shown(item.source), keys[item.source], names[item.source], "begun", options=options)
        _plan_one(batch, item, replace(entry, version=version_of(item.source)))
    return batch


def _plan_one(batch: Batch, item: Input, entry: Entry) -> None:
    """Sort an input in: whole already, impossible, or to be done."""
    report, settings = batch.report, batch.settings
    outputs = output_names(entry.name, settings.formats)
    if not settings.again and report.is_whole(entry.key, entry.version, entry.options):
        batch.skipped.append(report.entries[entry.key])
        return
    entry = replace(entry, outputs=outputs)
    places = tuple(report.folder / name for name in outputs)
    known = report.entries.get(entry.key)
    ours = set(known.outputs) if known is not None else set()
    for name, place in zip(outputs, places, strict=True):
        if same_file(place, item.source):
            error = f"{place}: is an input: it would be written over"
        elif name not in ours and not settings.overwrite and os.path.lexists(place):
            error = f"{place}: exists already, and not from this batch (overwriting was not asked for)"
        else:
            continue
        batch.unusable.append(replace(entry, status="failed", error=shown(error), outputs=()))
        return
    batch.jobs.append(Job(item.source, entry, places))


class Unwatched:
    """A :class:`vidcap.batch.schedule.Watcher` that does nothing."""

    def started(self, unit: Unit, name: str) -> None:
        """Do nothing."""

    def moved(self, unit: Unit, read_s: float) -> None:
        """Do nothing."""

    def ended(self, unit: Unit) -> None:
        """Do nothing."""

    def settled(self, entry: Entry) -> None:
        """Do nothing."""

    def tick(self) -> None:
        """Do nothing."""


def run_batch(
    words: Sequence[str],
    folder: str | os.PathLike[str],
    *,
    model: str | None = None,
    devices: Sequence[str] = ("cpu",),
    settings: BatchConfig | None = None,
    **options: Any,
) -> Summary:
    """Caption many films in worker processes, one for each of ``devices``, and write their tracks into a folder.

    ``words`` are as of ``vidcap batch``, ``options`` as of :meth:`vidcap.Captioner.load`. What became of each film is
    in ``report.jsonl`` there; films that it calls whole are skipped. Call it below ``if __name__ == "__main__":``.
    """
    from vidcap.batch.pool import LocalEngine

    with Report(Path(folder)) as report:
        batch = plan_batch(words, report, settings or BatchConfig(), Recipe(model, options))
        found = [entry.status for entry in batch.run(lambda recipe: LocalEngine(recipe, devices), Unwatched())]
    return Summary(found.count("done"), len(batch.skipped), found.count("failed"))
