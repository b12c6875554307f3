"""Batching and drawing ahead: same items, bounded, stoppable."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from fractions import Fraction
from itertools import count, islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.captioner import batched, prefetch
from vidcap.captioner.flow import begin_each
from vidcap.types import Clip, Span

PICTURES = np.zeros((1, 2, 2, 3), np.uint8)


def clip(index: int, start_s: Fraction, end_s: Fraction) -> Clip:
    return Clip(Span(index, 0, start_s, end_s, False, False), (start_s,), PICTURES)


def endless_clips(clip_s: Fraction = Fraction(1)) -> Iterator[Clip]:
    for index in count():
        yield clip(index, index * clip_s, (index + 1) * clip_s)


def wait_until(is_true: threading.Event) -> None:
    assert is_true.wait(10), "it never happened"


def test_batches_begin_with_one_clip_and_double() -> None:
    sizes = [len(batch) for batch in islice(batched(endless_clips(), 8, Fraction(100)), 6)]
    assert sizes == [1, 2, 4, 8, 8, 8]


def test_a_batch_is_passed_on_when_it_spans_enough_media_time() -> None:
    sizes = [len(batch) for batch in islice(batched(endless_clips(Fraction(5)), 100, Fraction(10)), 4)]
    assert sizes == [1, 2, 2, 2]


def test_the_first_batch_needs_one_clip_only() -> None:
    drawn = []

    def watched() -> Iterator[Clip]:
        for item in endless_clips():
            drawn.append(item)
            yield item

    next(batched(watched(), 8, Fraction(100)))
    assert len(drawn) == 1


@given(
    st.lists(st.fractions(Fraction(1, 10), 30), max_size=40),
    st.integers(1, 9),
    st.fractions(Fraction(1, 10), 60),
)
def test_batches_hold_every_clip_once_in_order(lengths_s: list[Fraction], most: int, within_s: Fraction) -> None:
    clips, time_s = [], Fraction(0)
    for index, length_s in enumerate(lengths_s):
        clips.append(clip(index, time_s, time_s + length_s))
        time_s += length_s
    batches = list(batched(clips, most, within_s))
    assert [item for batch in batches for item in batch] == clips
    assert all(1 <= len(batch) <= most for batch in batches)
    for batch in batches:
        assert batch[-1].span.start_s - batch[0].span.start_s < within_s


@given(st.lists(st.integers() | st.none()), st.integers(1, 4))
def test_prefetch_gives_the_same_items_in_order(items: list[int | None], ahead: int) -> None:
    assert list(prefetch(items, ahead)) == items


def test_prefetch_raises_the_error_after_the_items_before_it() -> None:
    def failing() -> Iterator[int]:
        yield 1
        raise OSError("the cable was pulled")

    stream = prefetch(failing(), 3)
    assert next(stream) == 1
    with pytest.raises(OSError, match="the cable was pulled"):
        next(stream)


def test_prefetch_draws_no_more_than_it_may() -> None:
    drawn: list[int] = []
    third = threading.Event()

    def watched() -> Iterator[int]:
        for item in count():
            drawn.append(item)
            if item == 3:
                third.set()
            yield item

    stream = prefetch(watched(), 2)
    assert next(stream) == 0
    wait_until(third)  # one handed out, two in the queue, one waiting to get in
    time.sleep(0.05)
    assert drawn == [0, 1, 2, 3]
    stream.close()  # type: ignore[attr-defined]


def test_closing_prefetch_ends_its_thread_and_closes_the_items() -> None:
    closed = threading.Event()

    def endless() -> Iterator[int]:
        try:
            yield from count()
        finally:
            closed.set()

    stream = prefetch(endless(), 1)
    assert next(stream) == 0
    stream.close()  # type: ignore[attr-defined]
    assert closed.is_set()
    assert not [thread for thread in threading.enumerate() if thread.name == "vidcap-prefetch"]


@pytest.mark.parametrize("is_running", [True, False])
def test_a_ctrl_c_amid_the_start_of_the_thread_ends_it(monkeypatch: pytest.MonkeyPatch, is_running: bool) -> None:
    started: list[threading.Thread] = []
    drawn: list[int] = []
    start = threading.Thread.start

    def endless() -> Iterator[int]:
        for item in count():
            drawn.append(item)
            yield item

    def interrupted(thread: threading.Thread) -> None:
        started.append(thread)
        if is_running:
            start(thread)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(threading.Thread, "start", interrupted)
        with pytest.raises(KeyboardInterrupt):
            next(prefetch(endless(), 1))
    (thread,) = started
    if not is_running:  # the system was asked for it, and it comes now
        thread.start()
    thread.join(10)
    assert not thread.is_alive()
    assert is_running or not drawn


def test_a_read_that_hangs_is_left_behind(monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture) -> None:
    monkeypatch.setattr("vidcap.captioner.flow.JOIN_S", 0.05)
    caplog.set_level("INFO")
    release = threading.Event()

    def hanging() -> Iterator[int]:
        yield 1
        release.wait(10)

    stream = prefetch(hanging(), 1)
    assert next(stream) == 1
    stream.close()  # type: ignore[attr-defined]
    assert "left behind" in caplog.text
    release.set()


def test_work_done_side_by_side_comes_in_order() -> None:
    both = threading.Barrier(2)

    def met(item: int) -> int:
        if item >= 3:
            both.wait(10)  # only passed where two are under way at the same time
        return item * item

    begun = begin_each(range(9), met, 2, one_by_one=3)
    assert [future.result() for future in prefetch(begun, 3)] == [item * item for item in range(9)]


def test_the_first_work_is_done_one_by_one() -> None:
    running, most = [0], [0]
    lock = threading.Lock()

    def count_up(_item: int) -> int:
        with lock:
            running[0] += 1
            most[0] = max(most[0], running[0])
        time.sleep(0.02)
        with lock:
            running[0] -= 1
        return most[0]

    futures = list(begin_each(range(4), count_up, 4, one_by_one=4))
    assert [future.result() for future in futures] == [1, 1, 1, 1]


def test_nothing_is_drawn_while_the_first_work_is_under_way() -> None:
    may_end, drawn = threading.Event(), []

    def drawing() -> Iterator[int]:
        for item in range(3):
            drawn.append(item)
            yield item

    def work(item: int) -> int:
        wait_until(may_end)
        return item

    results = prefetch(begin_each(drawing(), work, 2, one_by_one=1), 3)
    first = next(results)
    time.sleep(0.05)
    assert drawn == [0]
    may_end.set()
    assert [first.result(), *(future.result() for future in results)] == [0, 1, 2]


def test_an_error_of_work_comes_after_the_results_before_it() -> None:
    def fails_at_two(item: int) -> int:
        if item == 2:
            raise OSError("no room")
        return item

    results = begin_each(range(5), fails_at_two, 2)
    assert [next(results).result(), next(results).result()] == [0, 1]
    with pytest.raises(OSError, match="no room"):
        next(results).result()
