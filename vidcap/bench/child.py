"""What the process of one device does: loads the model, then measures as it is told through its pipe.

A process for each device, so that memory can be told apart and nothing is shared but the machine.
"""

from __future__ import annotations

import os
import statistics
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Literal

from vidcap.bench.stopwatch import Stopwatch
from vidcap.bench.values import Alone, Stage
from vidcap.captioner import CaptionConfig, Captioner, Describer, Film
from vidcap.errors import VidcapError
from vidcap.model.cores import hold_torch, num_cores, share_out


@dataclass(frozen=True, slots=True)
class Task:
    """What is measured, and with what."""

    film: str
    device: str
    model: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    describer: Describer | None = None
    runs: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """What a child is to do next: ``load``, measure ``alone``, get ready for ``share`` of the cores, ``go``."""

    what: Literal["load", "alone", "share", "go"]
    neighbours: int = 1


def serve(pipe: Connection, task: Task, started_s: float) -> None:
    """Obey orders until the pipe is closed; an error is sent back in place of an answer."""
    child = _Child(task, started_s)
    while True:
        try:
            order = pipe.recv()
        except (EOFError, OSError):
            os._exit(0)  # threads that still read must not keep the process
        try:
            answer = child.obey(order)
        except (VidcapError, ValueError) as error:
            answer = error
        except Exception as error:
            answer = RuntimeError(f"{type(error).__name__}: {error}")
        pipe.send(answer)


class _Child:
    """A device, its model and the film."""

    def __init__(self, task: Task, started_s: float) -> None:
        self._task = task
        self._started_s = started_s
        self._config = CaptionConfig().with_options(**task.options)
        self._captioner: Captioner | None = None
        self._load_s = 0.0

    def obey(self, order: Order) -> Any:
        """Do what is ordered and return the answer."""
        if order.what == "load":
            return self._load()
        if order.what == "alone":
            return self._alone()
        if order.what == "share":
            return self._share(order.neighbours)
        return self._as_users_have_it()[0]

    def _load(self) -> float:
        describer = self._task.describer
        if describer is None:
            from vidcap.model import load_describer

            describer = load_describer(self._task.model, self._task.device, self._config.describer)
        self._share_threads(describer, 1)
        self._captioner = Captioner(describer, self._config)
        self._load_s = time.time() - self._started_s
        with self._open() as film:  # kernels are chosen and memory is had
            next(film.captions(), None)
        return self._load_s

    def _share(self, neighbours: int) -> None:
        """Take a share of the cores, as workers of a batch do."""
        assert self._captioner is not None
        self._share_threads(self._captioner.describer, neighbours)
        config = self._config
        if not config.source.threads:
            config = config.with_options(threads=max(1, num_cores() // neighbours))
        if not config.flow.workers:
            config = config.with_options(workers=share_out(max(1, num_cores() // neighbours)).workers)
        self._captioner = Captioner(self._captioner.describer, config)

    def _share_threads(self, describer: Describer, neighbours: int) -> None:
        if self._task.describer is None:
            hold_torch(share_out(max(1, num_cores() // neighbours)).threads)

    def _open(self, tap: Any = None, **options: Any) -> Film:
        assert self._captioner is not None
        config = self._captioner.config.with_options(**options)
        captioner = Captioner(self._captioner.describer, config)
        return captioner.open(self._task.film, tap) if tap is not None else captioner.open(self._task.film)

    def _alone(self) -> Alone:
        watch = Stopwatch()
        started_s = time.perf_counter()
        read_s = 0.0
        with self._open(watch, overlap=False) as film:
            for cue in film.cues():
                read_s = float(cue.end_s)
        one_thread_s = time.perf_counter() - started_s
        media_s = float(film.info.duration_s or read_s) or read_s
        rate = film.info.frame_rate
        frames = max(watch.items["decode"], round(media_s * float(rate)) if rate else 0)  # some may be left out
        runs = [self._as_users_have_it() for _ in range(self._task.runs)]
        firsts_s = [first_s for _, first_s, _ in runs if first_s is not None]
        assert self._captioner is not None
        return Alone(
            device=self._task.device,
            runtime=_runtime(self._captioner.describer),
            frames=frames,
            media_s=media_s,
            load_s=self._load_s,
            stages=_stages(watch, frames, media_s),
            one_thread_s=one_thread_s,
            wall_s=statistics.median(wall_s for wall_s, _, _ in runs),
            first_cue_s=statistics.median(firsts_s) if firsts_s else None,
            cues=runs[-1][2],
            peak_mib=peak_mib(),
            device_peak_mib=_device_peak_mib(self._task.device),
        )

    def _as_users_have_it(self) -> tuple[float, float | None, int]:
        """Caption the film; return the time, the time until the first cue, and how many there are."""
        started_s = time.perf_counter()
        first_s, num_cues = None, 0
        with self._open() as film:
            for _ in film.cues():
                first_s = time.perf_counter() - started_s if first_s is None else first_s
                num_cues += 1
        return time.perf_counter() - started_s, first_s, num_cues


def _runtime(describer: Describer) -> str:
    """Return what runs the network, as far as the describer says."""
    plan = getattr(describer, "plan", None)
    return f"{plan.runtime} {plan.precision}" if plan is not None else type(describer).__name__


def _stages(watch: Stopwatch, frames: int, media_s: float) -> dict[str, Stage]:
    own_s = watch.own_s()
    all_s = sum(own_s.values())
    return {
        name: Stage(
            items=watch.items[name],
            seconds=seconds,
            frames_per_s=frames / max(seconds, 1e-9),
            times_real_time=media_s / max(seconds, 1e-9),
            share=seconds / all_s,
        )
        for name, seconds in own_s.items()
    }


def peak_mib() -> float:
    """Return the most resident memory of this process so far, 0 where that can't be told."""
    # Where it can be read: getrusage counts that of the process that started this one, too.
    with suppress(OSError, StopIteration), open("/proc/self/status") as lines:
        return int(next(line for line in lines if line.startswith("VmHWM:")).split()[1]) / 2**10
    try:
        import resource
    except ImportError:
        return 0.0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return float(peak / 2**20 if sys.platform == "darwin" else peak / 2**10)


def _device_peak_mib(device: str) -> float | None:
    if not device.startswith("cuda"):
        return None
    import torch

    return float(torch.cuda.max_memory_reserved(torch.device(device)) / 2**20)
