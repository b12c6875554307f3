"""Whatever the film: boundaries come in order, in time, once, and never before what was called settled."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import accumulate, cycle, islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidcap.shots import ShotConfig, ShotDetector, detect_shots, mark_shots
from vidcap.shots.detector import MOST_AT_ONCE
from vidcap.shots.dissolves import DissolveConfig, Dissolves
from vidcap.shots.steps import Found, Step
from vidcap.states import digest_of
from vidcap.testing import ArrayPicture, frames_at_times, frames_from_arrays, scene
from vidcap.types import Cut, Frame, Pixels

LENGTHS = st.lists(st.tuples(st.sampled_from(["scene", "plain", "mix"]), st.integers(1, 60)), min_size=1, max_size=8)
STEPS_S = st.sampled_from(
    [Fraction(1, 1000), Fraction(1, 60), Fraction(1, 25), Fraction(1, 4), Fraction(3), Fraction(600)]
)


def stretch(kind: str, seed: int, length: int) -> list[Pixels]:
    if kind == "plain":
        return [np.full((36, 64, 3), seed * 37 % 256, np.uint8)] * length
    pictures = list(scene(seed, length))
    if kind == "mix":
        shares = np.linspace(0, 1, length)
        others = scene(seed + 1, length)
        return [
            (one * (1 - share) + other * share).astype(np.uint8)
            for one, other, share in zip(pictures, others, shares, strict=True)
        ]
    return pictures


@st.composite
def films(draw: st.DrawFn) -> list[Frame]:
    """Films of scenes, plain colours and mixtures, at a rate that may change anywhere."""
    pictures = [picture for seed, (kind, length) in enumerate(draw(LENGTHS)) for picture in stretch(kind, seed, length)]
    rates = draw(st.lists(STEPS_S, min_size=1, max_size=3))
    steps = [rates[place * len(rates) // len(pictures)] for place in range(len(pictures))]
    start_s = draw(st.sampled_from([Fraction(0), Fraction(7, 3), Fraction(-1, 2)]))
    return list(frames_at_times(pictures, list(accumulate(steps, initial=start_s))))


@settings(max_examples=30, deadline=None)
@given(films(), st.sampled_from([ShotConfig(), ShotConfig(min_shot_s=0.1), ShotConfig(min_shot_s=1.5)]))
def test_boundaries_keep_order_and_promises(film: list[Frame], config: ShotConfig) -> None:
    settled_s, last_s, seen = film[0].start_s, film[0].start_s, []
    starts = {frame.start_s: frame.index for frame in film}
    for mark in mark_shots(film, config):
        seen.append(mark.frame)
        for cut in mark.cuts:
            assert settled_s <= cut.time_s <= mark.frame.start_s
            assert starts[cut.time_s] == cut.frame_index
            assert cut.time_s - last_s >= Fraction(config.min_shot_s) - Fraction(1, 10**9)
            assert cut.score >= 1
            last_s = cut.time_s
        assert mark.settled_s >= settled_s
        settled_s = mark.settled_s
    assert seen == film
    assert film[-1].end_s - last_s >= Fraction(config.min_shot_s) or last_s == film[0].start_s


@settings(max_examples=30, deadline=None)
@given(films(), st.sampled_from([ShotConfig(), ShotConfig(max_latency_s=1.5), ShotConfig(min_shot_s=1.5)]))
def test_no_frame_stays_unsettled_longer_than_the_latency(film: list[Frame], config: ShotConfig) -> None:
    detector = ShotDetector(config)
    marks = [detector.feed(frame) for frame in film]
    slack_s = Fraction(1, 60)  # frames closer than this are looked at together
    for (before, mark), later in zip(pairwise(marks), film[2:], strict=False):
        step_s = max(later.start_s - before.frame.start_s, slack_s)
        assert mark.frame.start_s - mark.settled_s <= Fraction(config.max_latency_s) + step_s


@settings(max_examples=30, deadline=None)
@given(films(), st.lists(st.integers(1, 9), min_size=1, max_size=20))
def test_frames_fed_together_are_marked_as_one_by_one_to_the_bit(film: list[Frame], sizes: list[int]) -> None:
    one, together = ShotDetector(), ShotDetector()
    frames = iter(film)
    for size in cycle(sizes):
        group = list(islice(frames, size))
        if not group:
            break
        singly = [one.feed(frame) for frame in group]
        marks = together.feed_all(group)
        for mark, other in zip(singly, marks, strict=True):
            assert (mark.frame, mark.cuts, mark.settled_s) == (other.frame, other.cuts, other.settled_s)
        assert digest_of(one.state()) == digest_of(together.state())
    assert one.finish() == together.finish()


class Scripted(Dissolves):
    """Finds dissolves that were made up, as soon as they are over."""

    def __init__(self, found: list[Found]) -> None:
        super().__init__(DissolveConfig())
        self._script = found

    def push(self, step: Step) -> list[Found]:
        super().push(step)
        over = [found for found in self._script if found.to_s < step.time_s]
        self._script = [found for found in self._script if found.to_s >= step.time_s]
        return over


def test_of_two_dissolves_that_share_more_than_half_of_one_the_first_is_reported() -> None:
    def dissolve(frame: int, first: int, last: int) -> Found:
        return Found(Cut(Fraction(frame, 25), "dissolve", 2.0, frame), first / 25, last / 25)

    for later_first, reported in ((60, [60]), (70, [60, 85])):
        detector = ShotDetector()
        detector._dissolves = Scripted([dissolve(60, 50, 80), dissolve(85, later_first, 105)])
        frames = frames_from_arrays(scene(1, 200), 25)
        cuts = [cut for frame in frames for cut in detector.feed(frame).cuts]
        assert [cut.frame_index for cut in [*cuts, *detector.finish()]] == reported


def test_few_frames_and_little_time_are_waited_for() -> None:
    for steps_s, most in ((Fraction(1, 25), MOST_AT_ONCE), (Fraction(1, 1000), MOST_AT_ONCE), (Fraction(60), 1)):
        taken: list[Frame] = []
        times_s = [place * steps_s for place in range(61)]
        for number, _ in enumerate(mark_shots(map(noted(taken), frames_at_times(scene(1, 60), times_s)))):
            assert len(taken) - number <= most + 1


def test_large_frames_are_not_held_together() -> None:
    taken: list[Frame] = []
    large = np.zeros((4320, 7680, 3), np.uint8)
    frames = (replace(frame, picture=Large(large)) for frame in frames_from_arrays(scene(1, 20)))
    for number, _ in enumerate(mark_shots(map(noted(taken), frames))):
        assert len(taken) - number <= 2


class Large(ArrayPicture):
    """A picture of 8K that is quickly made small."""

    def small_yuv(self) -> Pixels:
        return self.pixels[:36, :64]


def noted(taken: list[Frame]) -> Callable[[Frame], Frame]:
    """Return a function that returns frames as they are, and keeps them."""

    def note(frame: Frame) -> Frame:
        taken.append(frame)
        return frame

    return note


@settings(max_examples=20, deadline=None)
@given(films())
def test_shots_tile_the_film(film: list[Frame]) -> None:
    shots = list(detect_shots(film))
    assert (shots[0].start_s, shots[0].start_frame, shots[0].kind) == (film[0].start_s, 0, "start")
    assert (shots[-1].end_s, shots[-1].end_frame) == (film[-1].end_s, len(film))
    for number, (one, other) in enumerate(pairwise(shots)):
        assert (one.index, one.end_s, one.end_frame) == (number, other.start_s, other.start_frame)
        assert one.start_s < one.end_s


@pytest.mark.slow
def test_memory_does_not_grow_with_the_film() -> None:
    def film() -> Iterator[Frame]:
        return frames_from_arrays(picture for seed in range(12) for picture in scene(seed % 3, 100, noise=0))

    held = []
    tracemalloc.start()
    for number, _ in enumerate(mark_shots(film())):
        if number in (400, 1100):
            held.append(tracemalloc.get_traced_memory()[0])
    tracemalloc.stop()
    assert held[1] < held[0] * 1.1 + 100_000
