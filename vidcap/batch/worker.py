"""What a worker does, wherever it runs: it holds a captioner and answers a unit with an event."""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from vidcap.batch.parts import caption_part
from vidcap.batch.remote import Fetcher
from vidcap.batch.work import Done, Event, Facts, Failed, Moved, Part, Recipe, Unfit, Unit
from vidcap.captioner import CaptionConfig, Captioner, Describer
from vidcap.errors import CheckpointError, VidcapError
from vidcap.model.cores import hold_torch, num_cores, share_out
from vidcap.sources import open_source
from vidcap.text import one_line
from vidcap.types import Frame
from vidcap.urls import mask_secrets

log = logging.getLogger(__name__)

Notify = Callable[[Moved], None]
NOTIFY_S = 0.5
"""How often progress is told."""
_MOST_WARNINGS = 20
OUT_OF_MEMORY = 77
"""How a worker's process ends that got no memory: libraries that were refused some are not to be trusted any more."""


class Worker:
    """Captions units, one after another, with a model that is loaded at the first one.

    ``neighbours`` tells how many workers share the processor: each takes its share of the cores. ``spool`` is a folder
    for copies of remote inputs.
    """

    def __init__(
        self, recipe: Recipe, device: str, name: str, *, neighbours: int = 1, spool: str | None = None
    ) -> None:
        self.name = name
        self._recipe = recipe
        self._device = device
        self._neighbours = neighbours
        self._config = CaptionConfig().with_options(**recipe.options)
        self._describer: Describer | None = recipe.describer
        self._fetcher = Fetcher(spool)

    def run(self, unit: Unit, notify: Notify) -> Event:
        """Do a unit and return what came of it; only what ends the process is raised."""
        started_s = time.perf_counter()
        with caught_warnings() as warnings:
            try:
                with self._fetcher.local(unit.source) as path:
                    result = self._result(unit, path, notify)
            except (CheckpointError, _UnfitError) as error:
                return Unfit(error.reason if isinstance(error, _UnfitError) else error)
            except VidcapError as error:
                return Failed(unit, _about(error, unit), time.perf_counter() - started_s, self.name, tuple(warnings))
            except MemoryError:
                os._exit(OUT_OF_MEMORY)
            except Exception as error:
                log.debug("a unit failed", exc_info=True)
                said = one_line(mask_secrets(f"{unit.source}: internal error: {type(error).__name__}: {error}"))
                return Failed(unit, said, time.perf_counter() - started_s, self.name, tuple(warnings))
        return Done(unit, result, time.perf_counter() - started_s, self.name, tuple(warnings))

    def _result(self, unit: Unit, path: str, notify: Notify) -> Facts | Part:
        if unit.kind == "look":
            with open_source(path, self._config.source) as source:
                first = next(source.frames(), None)
                start_s = self._config.source.start_s
                times_s = (start_s, start_s) if first is None else (first.start_s, first.end_s)
                return Facts(replace(source.info, name=unit.source), *times_s)
        part = caption_part(self._captioner(), path, unit.range, _Told(unit, notify))
        return replace(part, info=replace(part.info, name=unit.source))

    def _captioner(self) -> Captioner:
        config = self._config
        if not config.source.threads and self._neighbours > 1:
            config = config.with_options(threads=self._cores())
        if not config.flow.workers and self._neighbours > 1:
            config = config.with_options(workers=share_out(self._cores()).workers)
        if self._describer is None:
            self._describer = self._loaded()
        return Captioner(self._describer, config)

    def _cores(self) -> int:
        """Return how many cores are this worker's share."""
        return max(1, num_cores() // self._neighbours)

    def _loaded(self) -> Describer:
        from vidcap.model import load_describer

        try:
            describer = load_describer(self._recipe.model, self._device, self._config.describer)
        except ValueError as error:
            raise _UnfitError(error) from error
        hold_torch(share_out(self._cores()).threads)
        return describer


class _UnfitError(Exception):
    """Carries what made loading impossible past the handlers of a unit's own errors."""

    def __init__(self, reason: ValueError) -> None:
        super().__init__(reason)
        self.reason = reason


class _Told:
    """A tap that tells now and then how far a film has been read."""

    def __init__(self, unit: Unit, notify: Notify) -> None:
        self._unit = unit
        self._notify = notify
        self._last_s = 0.0

    def __call__(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass a stream on."""
        return self._told(items) if stage == "decode" else items

    def _told(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            now_s = time.monotonic()
            if now_s - self._last_s >= NOTIFY_S:
                self._last_s = now_s
                self._notify(Moved(self._unit, frame.end_s))
            yield frame


def _about(error: VidcapError, unit: Unit) -> str:
    """Return an error's line about the input that the user named, not the copy of it that was read."""
    return one_line(mask_secrets(f"{unit.source}: {error.reason}"))


@contextmanager
def caught_warnings() -> Iterator[list[str]]:
    """Collect the warnings that the library logs meanwhile, each once."""
    found: list[str] = []

    class Catcher(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            line = one_line(mask_secrets(record.getMessage()))
            if line not in found and len(found) < _MOST_WARNINGS:
                found.append(line)

    logger, handler = logging.getLogger("vidcap"), Catcher(logging.WARNING)
    logger.addHandler(handler)
    try:
        yield found
    finally:
        logger.removeHandler(handler)
