"""Plain tools for streams: batches that begin small, and drawing ahead in a thread; no video, no models."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from queue import SimpleQueue
from typing import Any, Generic, TypeVar

from vidcap.timeline import Seconds
from vidcap.types import Clip

log = logging.getLogger(__name__)

T = TypeVar("T")
R = TypeVar("R")

Tap = Callable[[str, Iterator[Any]], Iterator[Any]]
"""Sees the stream that leaves a stage, by the stage's name, and passes it on: a stopwatch or a progress bar."""

JOIN_S = 2.0
"""How long a closed :func:`prefetch` waits for its thread; a read that hangs longer is left behind (it is a daemon)."""


def untapped(_stage: str, items: Iterator[Any]) -> Iterator[Any]:
    """Pass a stream on untouched: the :data:`Tap` of those who only want the result."""
    return items


def batched(clips: Iterable[Clip], most: int, within_s: Seconds) -> Iterator[tuple[Clip, ...]]:
    """Yield clips in groups of 1, 2, 4 … ``most``: a model likes many at once, a viewer wants the first one soon.

    A group is passed on early once it spans ``within_s`` of media time. The groups depend on the clips alone, never
    on the clock, so the same film is always described in the same batches.
    """
    size, group = 1, []
    for clip in clips:
        group.append(clip)
        if len(group) >= size or clip.span.end_s - group[0].span.start_s >= within_s:
            yield tuple(group)
            size, group = min(2 * size, most), []
    if group:
        yield tuple(group)


def begin_each(items: Iterable[T], work: Callable[[T], R], workers: int, *, one_by_one: int = 0) -> Iterator[Future[R]]:
    """Yield what will be ``work(item)`` for each item, in order; up to ``workers`` are under way at the same time.

    The first ``one_by_one`` are done one after another: what a model makes ready on its first calls then never depends
    on which thread comes first. The very first is waited for before another item is drawn: loading a model needs the
    cores for itself, and the first result is wanted soon. Draw no more than can be held: each item is begun when it is
    drawn. Closing the generator forgets what has not been begun.
    """
    with _Pool(1, "vidcap-first") as first, _Pool(workers, "vidcap-describe") as pool:
        begun: list[Future[R]] = []
        for number, item in enumerate(items):
            if number < one_by_one:
                begun.append(first.submit(work, item))
                yield begun[-1]
                if number == 0:
                    wait(begun)
                continue
            wait(begun)
            begun.clear()
            yield pool.submit(work, item)


class _Pool(ThreadPoolExecutor):
    """Threads that are not waited for when whoever gives them work stops early."""

    def __init__(self, workers: int, name: str) -> None:
        super().__init__(workers, thread_name_prefix=name)

    def __exit__(self, *_: object) -> None:
        self.shutdown(wait=False, cancel_futures=sys.exc_info()[0] is not None)


@dataclass(frozen=True, slots=True)
class _Note(Generic[T]):
    """What the worker sends: an item, or how the stream ended."""

    item: T | None = None
    is_last: bool = False
    error: BaseException | None = None


# A Ctrl-C amid a call of these leaves them whole; amid one of queue.Queue, whose locks are Python code, it can leave it
# locked for ever.
_Notes = SimpleQueue[_Note[T]]
_Places = SimpleQueue[None]
"""What the worker may still send; one comes back with each item that is taken."""


def prefetch(items: Iterable[T], ahead: int) -> Iterator[T]:
    """Yield ``items``, drawn up to ``ahead`` early by a thread of its own: the same items, order and error.

    The thread starts at the first ``next()``. Closing the generator stops it, lets it close ``items``, and waits
    for it up to ``JOIN_S``. It is the twin of ``iter(items)``, for a source and a sink that both take time.
    """
    notes, places, stop = _Notes[T](), _Places(), threading.Event()
    for _ in range(ahead):
        places.put(None)
    worker = threading.Thread(target=_draw, args=(items, notes, places, stop), name="vidcap-prefetch", daemon=True)
    try:
        worker.start()  # from here on a Ctrl-C finds it running
        while not (note := notes.get()).is_last:
            places.put(None)
            yield note.item  # type: ignore[misc]  # a note that is not the last holds an item, which may be None
        if note.error is not None:
            raise note.error
    finally:
        stop.set()
        places.put(None)  # the worker may be waiting for one
        if worker.is_alive():  # if not, and it begins yet, it finds that nobody wants anything
            worker.join(JOIN_S)
        if worker.is_alive():
            log.info("a read that does not return was left behind")  # a silent pipe, when somebody presses Ctrl-C


def _draw(items: Iterable[T], notes: _Notes[T], places: _Places, stop: threading.Event) -> None:
    """Fill the queue until the items end, fail, or nobody wants them."""
    end: _Note[T] = _Note(is_last=True)
    iterator = iter(items)
    try:
        while not stop.is_set():
            try:
                item = next(iterator)
            except StopIteration:
                break
            places.get()
            notes.put(_Note(item))
    except BaseException as error:  # whatever it is, it is raised again where the items are used
        end = _Note(is_last=True, error=error)
    finally:
        close = getattr(iterator, "close", None)
        if close is not None:
            close()
        notes.put(end)


def apart(call: Callable[[], T]) -> T:
    """Return what ``call`` returns, run in a thread of its own.

    Ctrl-C reaches the main thread alone. While a film is being opened there, it might fall into a method of ours that
    PyAV calls, which prints such an exception and forgets it: the film would seem to be broken, and nobody would stop.
    """
    found: list[T] = []
    failed: list[BaseException] = []

    def work() -> None:
        try:
            found.append(call())
        except BaseException as error:  # raised again below
            failed.append(error)

    thread = threading.Thread(target=work, name="open", daemon=True)
    try:
        thread.start()
    except RuntimeError:  # no more threads: better here than not at all
        return call()
    thread.join()
    for error in failed:
        raise error
    return found[0]
