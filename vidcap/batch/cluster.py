"""Workers on a Ray cluster. Where they run, what replaces them and how results travel is Ray's business.

Each actor is a :class:`vidcap.batch.worker.Worker` that keeps its model from unit to unit. Inputs must be readable
under the same names on every machine (shared storage, or addresses); tracks are written by the process that was
started, so nothing is ever written twice.
"""

from __future__ import annotations

import logging
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Any, Self

from vidcap.batch.work import Done, Event, Failed, Lost, Moved, Recipe, Unfit, Unit
from vidcap.batch.worker import Worker
from vidcap.errors import VidcapError
from vidcap.model.cores import num_cores
from vidcap.timeline import Seconds
from vidcap.urls import scheme_of

log = logging.getLogger(__name__)

MOST_CPUS = 4
"""Cores that a worker without a GPU asks for, where the number of workers is not given."""
ASK_S = 1.0
"""How often workers are asked how far they are."""
PATIENCE_S = 60.0
"""How long no worker may be there before that is told."""


class ClusterError(VidcapError):
    """There is no cluster, or Ray isn't installed."""


class Actor:
    """A worker, as Ray runs it: one unit at a time, and beside it the question how far it is."""

    def __init__(self, recipe: Recipe, device: str, name: str, num_cpus: int) -> None:
        self._read_s: Seconds | None = None
        if recipe.prepare is not None:
            recipe.prepare()
        self._worker = Worker(recipe, device, name, neighbours=max(1, num_cores() // num_cpus))

    def ready(self) -> bool:
        """Answer."""
        return True

    def run(self, unit: Unit) -> Event:
        """Do a unit."""
        self._read_s = None
        return self._worker.run(unit, self._note)

    def read_s(self) -> Seconds | None:
        """Return how far the unit under way has been read."""
        return self._read_s

    def _note(self, moved: Moved) -> None:
        self._read_s = moved.read_s


@dataclass(slots=True, eq=False)
class _Place:
    """An actor, and what it was asked last: whether it is there, or to do a unit."""

    name: str
    actor: Any
    answer: Any
    unit: Unit | None = None
    is_ready: bool = False
    position: Any = None
    """The answer that is awaited to how far it is."""


class RayEngine:
    """Actors on a cluster: see :class:`vidcap.batch.pool.Engine`.

    Without ``address`` it is the cluster that this machine is part of, else a new one on this machine. Without
    ``workers`` there is one for each GPU, else one for every few cores.
    """

    def __init__(
        self,
        recipe: Recipe,
        *,
        address: str | None = None,
        workers: int | None = None,
        devices: Sequence[str] | None = None,
    ) -> None:
        self._recipe = recipe
        self._address = address
        self._workers = workers
        self._devices = devices
        self._places: list[_Place] = []
        self._is_ours = False
        self._asked_s = self._seen_s = time.monotonic()

    @property
    def num_idle(self) -> int:
        """How many actors are there and have nothing to do."""
        return sum(place.is_ready and place.unit is None for place in self._places)

    def __enter__(self) -> Self:
        ray = _ray()
        if not ray.is_initialized():
            self._connect(ray)
        kind = ray.remote(concurrency_groups={"ask": 1})(_with_groups(ray))
        for number, (device, num_cpus, num_gpus) in enumerate(self._shares(ray), 1):
            name = f"{device} #{number}"
            options = {"num_cpus": num_cpus, "num_gpus": num_gpus, "max_restarts": -1, "scheduling_strategy": "SPREAD"}
            actor = kind.options(**options).remote(self._recipe, device, name, num_cpus)
            self._places.append(_Place(name, actor, actor.ready.remote()))
        self._seen_s = time.monotonic()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        ray = _ray()
        for place in self._places:
            ray.kill(place.actor, no_restart=True)
        self._places = []
        if self._is_ours:
            ray.shutdown()

    def start(self, unit: Unit) -> None:
        """Give a unit to an actor that has none."""
        place = next(place for place in self._places if place.is_ready and place.unit is None)
        place.unit = unit
        place.position = None
        place.answer = place.actor.run.remote(replace(unit, source=_everywhere(unit.source)))

    def events(self, timeout_s: float) -> list[Event]:
        """Return what has come back, and how far the others are."""
        awaited = {place.answer: place for place in self._places if place.unit is not None or not place.is_ready}
        if not awaited:
            time.sleep(timeout_s)
            return []
        ready, _ = _ray().wait(list(awaited), num_returns=len(awaited), timeout=timeout_s)
        found = [event for answer in ready for event in self._heard(awaited[answer])]
        self._tell_when_alone()
        return found + self._positions()

    def _connect(self, ray: Any) -> None:
        options = {"log_to_driver": False, "logging_level": logging.WARNING}
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")  # a cluster of our own tells nobody that it is used
        try:
            try:
                ray.init(address=self._address or "auto", **options)
            except ConnectionError:
                if self._address is not None:
                    raise
                ray.init(address="local", include_dashboard=False, **options)
        except (ConnectionError, RuntimeError, ValueError) as error:
            raise ClusterError(self._address or "ray", f"no cluster can be had there: {error}") from None
        self._is_ours = True

    def _shares(self, ray: Any) -> list[tuple[str, int, int]]:
        """Return device, cores and GPUs of each worker."""
        nodes = [node["Resources"] for node in ray.nodes() if node["Alive"]]
        all_cpus = [int(node.get("CPU", 0)) for node in nodes if node.get("CPU", 0) >= 1] or [1]
        num_gpus = int(sum(node.get("GPU", 0) for node in nodes))
        kinds = [device.split(":")[0] for device in self._devices or ("auto",)]
        if "auto" in kinds:
            kinds = ["cuda" if num_gpus and self._recipe.describer is None else "cpu"]
        wanted = num_gpus if kinds == ["cuda"] else sum(cpus // min(MOST_CPUS, *all_cpus, cpus) for cpus in all_cpus)
        count = self._workers or (len(kinds) if len(kinds) > 1 else max(1, wanted))
        num_cpus = max(1, min(*all_cpus, sum(all_cpus) // count))
        return [(kinds[n % len(kinds)], num_cpus, int(kinds[n % len(kinds)] == "cuda")) for n in range(count)]

    def _heard(self, place: _Place) -> list[Event]:
        """Return what the answer of an actor says; one that died is asked to answer when Ray has it again."""
        ray, unit = _ray(), place.unit
        try:
            event = ray.get(place.answer)
        except ray.exceptions.RayActorError as error:
            place.unit, place.is_ready = None, False
            place.answer = place.actor.ready.remote()
            log.debug("%s: %s", place.name, error)
            return [Lost(unit, "its worker died", place.name)] if unit is not None else []
        except ray.exceptions.RayError as error:
            return [Unfit(ClusterError(place.name, f"can't work: {str(error).strip().splitlines()[-1]}"))]
        place.unit, place.is_ready = None, True
        if isinstance(event, (Done, Failed)) and unit is not None:
            return [replace(event, unit=unit)]
        return [event] if isinstance(event, Unfit) else []

    def _positions(self) -> list[Event]:
        """Return how far units are, as asked a while ago, and ask again."""
        now_s = time.monotonic()
        if now_s - self._asked_s < ASK_S:
            return []
        self._asked_s = now_s
        ray, found = _ray(), list[Event]()
        for place in self._places:
            if place.unit is None:
                continue
            if place.position is not None and ray.wait([place.position], timeout=0)[0]:
                read_s = _or_none(ray, place.position)
                found += [Moved(place.unit, read_s)] if read_s is not None else []
                place.position = None
            if place.position is None:
                place.position = place.actor.read_s.remote()
        return found

    def _tell_when_alone(self) -> None:
        """Say so where no worker is there for long: the cluster may be full, or its machines gone."""
        now_s = time.monotonic()
        if any(place.is_ready for place in self._places):
            self._seen_s = now_s
        elif now_s - self._seen_s > PATIENCE_S:
            self._seen_s = now_s
            log.warning("no worker is there yet; waiting for the cluster to have room for one")


def _ray() -> Any:
    try:
        import ray
    except ImportError:
        raise ClusterError("--engine ray", "Ray isn't installed: pip install 'vidcap[ray]'") from None
    return ray


def _with_groups(ray: Any) -> type[Actor]:
    """Return the actor's class with its question marked as one that is answered beside the work."""

    class Worker(Actor):
        @ray.method(concurrency_group="ask")  # type: ignore[untyped-decorator]
        def read_s(self) -> Seconds | None:
            return self._read_s

    return Worker


def _or_none(ray: Any, answer: Any) -> Seconds | None:
    try:
        read_s: Seconds | None = ray.get(answer)
    except ray.exceptions.RayError:  # it died: which its other answer tells, too
        return None
    return read_s


def _everywhere(source: str) -> str:
    """Return an input's name as every machine understands it."""
    return source if scheme_of(source) and not os.path.lexists(source) else os.path.abspath(source)
