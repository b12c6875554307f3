"""Worker processes on this machine, one for each device; one that dies is replaced.

Each runs :class:`vidcap.batch.worker.Worker` behind a pipe. A process of its own bounds what a bad film can do: a
crash of the decoder or the end of memory costs the unit at hand, and nothing else.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection, wait
from types import TracebackType
from typing import Any, Protocol, Self

from vidcap.batch.work import Event, Lost, Moved, Recipe, Unit
from vidcap.batch.worker import OUT_OF_MEMORY, Worker

_SPAWN = multiprocessing.get_context("spawn")  # a forked process would inherit torch's and FFmpeg's threads, dead
END_S = 5.0
"""How long workers have to end when they are told to."""


class Engine(Protocol):
    """Runs units somewhere; a context manager that ends all work when it is left."""

    @property
    def num_idle(self) -> int:
        """How many workers have nothing to do."""
        ...

    def start(self, unit: Unit) -> None:
        """Give a unit to a worker that has none; only while ``num_idle`` is above 0."""
        ...

    def events(self, timeout_s: float) -> list[Event]:
        """Return what has happened; wait up to ``timeout_s`` for it."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


@dataclass(slots=True, eq=False)
class _Place:
    """A worker process, and what it is at."""

    name: str
    device: str
    number: int
    process: Any
    pipe: Connection
    unit: Unit | None = None


class LocalEngine:
    """Worker processes on this machine; see :class:`Engine`. ``devices`` has a name for each worker."""

    def __init__(self, recipe: Recipe, devices: Sequence[str]) -> None:
        self._recipe = recipe
        self._devices = tuple(devices)
        self._places: list[_Place] = []
        self._spool: tempfile.TemporaryDirectory[str] | None = None

    @property
    def num_idle(self) -> int:
        """How many processes have nothing to do."""
        return sum(place.unit is None for place in self._places)

    def __enter__(self) -> Self:
        self._spool = tempfile.TemporaryDirectory(prefix="vidcap-batch-", ignore_cleanup_errors=True)
        try:
            for number, device in enumerate(self._devices):
                name = f"{device} #{number + 1}" if self._is_shared(device) else device
                self._places.append(self._begin(name, device, number))
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def start(self, unit: Unit) -> None:
        """Give a unit to a process that has none."""
        place = next(place for place in self._places if place.unit is None)
        place.unit = unit
        with suppress(OSError):  # it is dead, which its pipe will tell
            place.pipe.send(unit)

    def events(self, timeout_s: float) -> list[Event]:
        """Return what the processes have said, and which of them died."""
        by_pipe = {place.pipe: place for place in self._places}
        found: list[Event] = []
        for pipe in wait(list(by_pipe), timeout_s):
            found += self._heard(by_pipe[pipe])  # type: ignore[index]
        return found

    def _heard(self, place: _Place) -> list[Event]:
        try:
            event: Event = place.pipe.recv()
        except (EOFError, OSError):
            return self._replace(place)
        if not isinstance(event, Moved):
            place.unit = None
        return [event]

    def _replace(self, place: _Place) -> list[Event]:
        """Put a new process where one died."""
        place.process.join(END_S)
        lost = place.unit
        said = _how_it_ended(place.process.exitcode)
        place.pipe.close()
        self._places[self._places.index(place)] = self._begin(place.name, place.device, place.number)
        return [] if lost is None else [Lost(lost, said, place.name)]

    def _begin(self, name: str, device: str, number: int) -> _Place:
        ours, theirs = _SPAWN.Pipe()
        assert self._spool is not None
        seat = Seat(number, len(self._devices))
        arguments = (theirs, self._recipe, device, name, seat, self._spool.name)
        process = _SPAWN.Process(target=_serve, args=arguments, name=f"vidcap {name}", daemon=True)
        with _sheltered_from_ctrl_c():
            process.start()
        theirs.close()
        return _Place(name, device, number, process, ours)

    def _is_shared(self, device: str) -> bool:
        return self._devices.count(device) > 1

    def _end(self) -> None:
        for place in self._places:
            place.process.terminate()
            place.pipe.close()
        for place in self._places:
            place.process.join(END_S)
            if place.process.is_alive():
                place.process.kill()
                place.process.join()
        self._places = []
        if self._spool is not None:
            self._spool.cleanup()


@contextmanager
def _sheltered_from_ctrl_c() -> Iterator[None]:
    """Block SIGINT, which a terminal sends to all processes, for those started meanwhile; this one gets it after."""
    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _how_it_ended(code: int | None) -> str:
    if code is not None and code < 0:
        with suppress(ValueError):
            name = signal.Signals(-code).name
            return f"its worker was killed by {name}" + (" (out of memory?)" if name == "SIGKILL" else "")
    if code == OUT_OF_MEMORY:
        return "its worker got no memory"
    return f"its worker ended without an answer (exit code {code})"


@dataclass(frozen=True, slots=True)
class Seat:
    """Which of so many processes that share the processor one is."""

    number: int
    total: int

    def take(self) -> int:
        """Keep this process to its share of the cores, and return how many others it still shares them with.

        What counts cores (decoder, model, its runtimes) then finds as many as it may use. Where that can't be done,
        the number is that of all processes.
        """
        if self.total == 1 or not hasattr(os, "sched_setaffinity"):
            return self.total
        cores = sorted(os.sched_getaffinity(0))
        first, last = (len(cores) * number // self.total for number in (self.number, self.number + 1))
        own = cores[first:last] or [cores[self.number % len(cores)]]
        with suppress(OSError):
            os.sched_setaffinity(0, own)
            return 1
        return self.total


def _serve(pipe: Connection, recipe: Recipe, device: str, name: str, seat: Seat, spool: str) -> None:
    """Answer units until the other end of the pipe is closed; what runs in a worker's process."""
    logger = logging.getLogger("vidcap")
    logger.addHandler(logging.NullHandler())  # warnings travel with the answers
    logger.propagate = False
    if recipe.prepare is not None:
        recipe.prepare()
    if sys.platform == "win32":
        signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        worker = Worker(recipe, device, name, neighbours=seat.take(), spool=spool)
        while True:
            pipe.send(worker.run(pipe.recv(), pipe.send))
    except (EOFError, BrokenPipeError, ConnectionResetError):
        os._exit(0)  # whoever asked is gone; threads that still read must not keep the process
