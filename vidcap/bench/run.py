"""Leads the measurement: one process a device, each alone first, then all at once."""

from __future__ import annotations

import multiprocessing
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from typing import Any

from vidcap.bench.child import Order, Task, serve
from vidcap.bench.hardware import hardware
from vidcap.bench.values import Alone, Together
from vidcap.captioner import Describer
from vidcap.errors import VidcapError
from vidcap.sources import SourceInfo, open_source
from vidcap.urls import mask_secrets

_SPAWN = multiprocessing.get_context("spawn")


class BenchError(VidcapError):
    """A device's process broke down."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchConfig:
    """How to measure."""

    runs: int = field(default=1, metadata={"help": "runs on each device; the median counts"})

    def __post_init__(self) -> None:
        if self.runs < 1:
            raise ValueError(f"runs are at least 1: {self.runs}")


@dataclass(frozen=True, slots=True)
class Report:
    """What was measured."""

    film: SourceInfo
    hardware: Mapping[str, Any]
    alone: tuple[Alone, ...]
    together: Together | None
    """None for a single device."""

    def record(self) -> dict[str, Any]:
        """Return everything as JSON can hold it."""
        rate, length_s = self.film.frame_rate, self.film.duration_s
        film = {
            "name": os.path.basename(mask_secrets(self.film.name)),
            "width_px": self.film.width_px,
            "height_px": self.film.height_px,
            "codec": self.film.codec,
            "frame_rate": float(rate) if rate else None,
            "duration_s": float(length_s) if length_s else None,
        }
        devices = [asdict(each) | {"times_real_time": each.times_real_time} for each in self.alone]
        together = asdict(self.together) if self.together else None
        return {"film": film, "hardware": dict(self.hardware), "devices": devices, "together": together}


def bench(
    film: str,
    devices: Sequence[str],
    config: BenchConfig = BenchConfig(),
    *,
    model: str | None = None,
    describer: Describer | None = None,
    tell: Callable[[str], None] = lambda _message: None,
    **options: Any,
) -> Report:
    """Measure how fast a film is captioned on each of ``devices`` alone, and on all together; one may be named twice.

    ``options`` are as of :meth:`vidcap.Captioner.load`, ``tell`` is given what is being done. Raises SourceError,
    CheckpointError, ValueError for a device that isn't there, BenchError where a process breaks down.
    """
    with open_source(film) as source:
        info = source.info
    with ExitStack() as stack:
        children, alone = list[_Child](), list[Alone]()
        for device in devices:
            tell(f"measuring {device}")
            task = Task(film, device, model, options, describer, config.runs)
            children.append(stack.enter_context(_child(task)))
            children[-1].ask(Order("load"))
            alone.append(children[-1].ask(Order("alone")))
        together = None
        if len(children) > 1:
            tell(f"measuring {len(children)} devices together")
            together = _together(children, alone)
    return Report(info, hardware(devices), tuple(alone), together)


def _together(children: Sequence[_Child], alone: Sequence[Alone]) -> Together:
    for child in children:
        child.ask(Order("share", len(children)))
    for child in children:
        child.send(Order("go"))
    walls_s = tuple(float(child.answer()) for child in children)
    rate = sum(each.media_s / wall_s for each, wall_s in zip(alone, walls_s, strict=True))
    return Together(walls_s, rate, rate / sum(each.times_real_time for each in alone))


class _Child:
    """The process of a device, as seen from here."""

    def __init__(self, pipe: Any, device: str) -> None:
        self.device = device
        self._pipe = pipe

    def ask(self, order: Order) -> Any:
        """Give an order and return the answer; what went wrong is raised."""
        self.send(order)
        return self.answer()

    def send(self, order: Order) -> None:
        """Give an order."""
        try:
            self._pipe.send(order)
        except OSError:
            raise BenchError(self.device, "its process died") from None

    def answer(self) -> Any:
        """Return the answer to the last order; what went wrong is raised."""
        try:
            answer = self._pipe.recv()
        except (EOFError, OSError):
            raise BenchError(self.device, "its process died (out of memory?)") from None
        if isinstance(answer, RuntimeError):
            raise BenchError(self.device, str(answer))
        if isinstance(answer, Exception):
            raise answer
        return answer


@contextmanager
def _child(task: Task) -> Iterator[_Child]:
    ours, theirs = _SPAWN.Pipe()
    process = _SPAWN.Process(target=serve, args=(theirs, task, time.time()), daemon=True)
    process.start()
    theirs.close()
    try:
        yield _Child(ours, task.device)
    finally:
        ours.close()
        process.terminate()
        process.join()
