"""When a clip closes, what it shows, and who waits for whom."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Iterator
from fractions import Fraction

import numpy as np

from vidcap.live import LiveConfig
from vidcap.live.clips import LiveClip, LiveSampler
from vidcap.live.slot import Slot
from vidcap.live.stillness import Stillness
from vidcap.testing import ArrayPicture
from vidcap.types import Clip, Cut, Frame, Marked, Pixels, Span

FPS = 25
GREY = np.full((36, 64, 3), 128, np.uint8)
SURE_AFTER_S = Fraction(6, FPS)


def view(level: int) -> Pixels:
    return np.full((28, 28, 3), level, np.uint8)


def film(seconds: int, cuts_s: tuple[int, ...] = (), blind: bool = False) -> Iterator[tuple[Marked, Pixels | None]]:
    """Yield frames that a detector is sure of after a while, with a view each quarter of a second."""
    for place in range(seconds * FPS):
        start_s = Fraction(place, FPS)
        frame = Frame(place, start_s, start_s + Fraction(1, FPS), ArrayPicture(GREY))
        cuts = tuple(Cut(Fraction(at_s), "cut", 2.0, at_s * FPS) for at_s in cuts_s if start_s == at_s + SURE_AFTER_S)
        shot = sum(start_s >= at_s for at_s in cuts_s)
        seen = view(50 * shot % 250) if place % 6 == 0 and not blind else None
        yield Marked(frame, cuts, max(Fraction(0), start_s - SURE_AFTER_S)), seen


def closed(sampler: LiveSampler, frames: Iterator[tuple[Marked, Pixels | None]]) -> list[tuple[float, LiveClip]]:
    """Return each clip with the time at which it was there."""
    clips = []
    for mark, seen in frames:
        now_s = float(mark.frame.start_s)
        clips += [(now_s, clip) for clip in sampler.feed(mark, seen, now_s)]
    return clips


def spans(clips: list[tuple[float, LiveClip]]) -> list[tuple[float, float]]:
    return [(float(clip.clip.span.start_s), float(clip.clip.span.end_s)) for _, clip in clips]


def test_a_clip_closes_when_its_window_is_full_the_first_one_sooner() -> None:
    clips = closed(LiveSampler(LiveConfig()), film(12))
    assert spans(clips) == [(0, 2), (2, 6), (6, 10)]
    assert all(now_s - clip.last_arrival_s < 0.4 for now_s, clip in clips)
    assert [len(clip.clip.pictures) for _, clip in clips] == [4, 8, 8]


def test_a_clip_closes_at_a_cut_and_shows_nothing_of_the_next_scene() -> None:
    clips = closed(LiveSampler(LiveConfig()), film(9, cuts_s=(3, 7)))
    assert spans(clips) == [(0, 2), (2, 3), (3, 7)]
    assert [set(clip.clip.pictures.ravel()) for _, clip in clips] == [{0}, {0}, {50}]
    assert [clip.clip.span.shot_index for _, clip in clips] == [0, 0, 1]
    assert all(now_s - clip.last_arrival_s < 0.4 for now_s, clip in clips)


def test_a_window_does_not_wait_for_ever_for_a_detector_that_can_not_decide() -> None:
    sampler = LiveSampler(LiveConfig())
    undecided = ((Marked(mark.frame, (), Fraction(0)), seen) for mark, seen in film(4))
    ((now_s, clip),) = closed(sampler, undecided)
    assert now_s - clip.last_arrival_s < 0.8


def test_what_was_seen_before_a_stall_is_a_clip_and_nothing_of_the_stall_is() -> None:
    sampler = LiveSampler(LiveConfig())
    closed(sampler, film(3))
    (clip,) = sampler.flush()
    assert (clip.clip.span.start_s, clip.clip.span.end_s) == (2, 3)
    assert not list(sampler.flush())
    late = ((Marked(shifted(mark.frame), (), mark.settled_s + 60), seen) for mark, seen in film(3))
    assert spans(closed(sampler, late)) == [(60, 62)]


def shifted(frame: Frame) -> Frame:
    return Frame(frame.index, frame.start_s + 60, frame.end_s + 60, frame.picture)


def test_a_window_without_a_whole_picture_is_counted_not_described() -> None:
    sampler = LiveSampler(LiveConfig())
    assert not closed(sampler, film(12, blind=True))
    assert sampler.clips_blind == 3


def clip_of(level: int, number: int = 0, shot: int = 0, noise: float = 0) -> LiveClip:
    pictures = np.full((4, 224, 224, 3), level, np.float32)
    pictures += np.random.default_rng(number).normal(0, noise or 1e-9, pictures.shape)
    span = Span(number, shot, Fraction(number), Fraction(number + 1), starts_shot=False, ends_shot=False)
    times_s = tuple(number + Fraction(place, 4) for place in range(4))
    return LiveClip(Clip(span, times_s, np.clip(pictures, 0, 255).astype(np.uint8)), 0.0, 0.0, 25)


def test_the_newest_clip_wins_and_the_displaced_are_counted() -> None:
    slot = Slot()
    for number in range(3):
        slot.put(clip_of(0, number))
    assert (slot.clips_dropped, slot.frames_dropped) == (2, 50)
    assert slot.unsettled_s() == 2
    taken = slot.take()
    assert isinstance(taken, LiveClip)
    assert taken.clip.span.index == 2
    assert slot.unsettled_s() == 2
    slot.settle(taken)
    assert slot.unsettled_s() is None


def clips_of(slot: Slot) -> Iterator[LiveClip]:
    return (clip for clip in iter(slot.take, None) if isinstance(clip, LiveClip))


def test_a_clip_comes_before_the_pictures_of_the_next_and_few_of_these_wait() -> None:
    slot = Slot()
    for level in range(9):
        slot.show(view(level))
    slot.put(clip_of(0, 1))
    assert isinstance(slot.take(), LiveClip)
    assert [
        int(picture[0, 0, 0]) for picture in (slot.take() for _ in range(4)) if isinstance(picture, np.ndarray)
    ] == [
        5,
        6,
        7,
        8,
    ]
    slot.show(view(0))
    slot.close()
    assert slot.take() is None


def numbered(frames: Iterator[tuple[Marked, Pixels | None]]) -> Iterator[tuple[Marked, Pixels | None]]:
    """Give each view a level of its own."""
    levels = itertools.count(1)
    return ((mark, None if seen is None else view(next(levels))) for mark, seen in frames)


def test_all_pictures_of_a_full_window_are_foreseen_before_it_closes_and_few_others() -> None:
    sampler, foreseen, clips = LiveSampler(LiveConfig()), list[int](), list[Clip]()
    for mark, seen in numbered(film(30)):
        for clip in sampler.feed(mark, seen, float(mark.frame.start_s)):
            used = [int(picture[0, 0, 0]) for picture in clip.clip.pictures]
            assert set(used) <= set(foreseen)
            clips.append(clip.clip)
        foreseen += [int(picture[0, 0, 0]) for picture in sampler.foreseen()]
    assert len(clips) > 6
    assert len(set(foreseen)) <= sum(len(clip.pictures) for clip in clips) + 16


def test_most_pictures_of_a_clip_that_ends_at_a_cut_are_foreseen() -> None:
    sampler, foreseen, missed, num_used = LiveSampler(LiveConfig()), set[int](), 0, 0
    for mark, seen in numbered(film(60, cuts_s=tuple(range(3, 60, 3)))):
        for clip in sampler.feed(mark, seen, float(mark.frame.start_s)):
            used = {int(picture[0, 0, 0]) for picture in clip.clip.pictures}
            num_used, missed = num_used + len(used), missed + len(used - foreseen)
        foreseen |= {int(picture[0, 0, 0]) for picture in sampler.foreseen()}
    assert num_used > 80
    assert missed < num_used / 3


def test_the_model_waits_for_a_clip_and_is_told_when_none_will_come() -> None:
    slot, got = Slot(), list[LiveClip]()
    thread = threading.Thread(target=lambda: got.extend(clips_of(slot)))
    thread.start()
    slot.put(clip_of(0, 1))
    slot.put(clip_of(0, 2), displaces=False)
    slot.close()
    thread.join(10)
    assert [clip.clip.span.index for clip in got] in ([1, 2], [2])
    assert slot.clips_dropped == 2 - len(got)


def test_noise_is_still_and_a_small_thing_that_comes_is_not() -> None:
    stillness = Stillness()
    assert not stillness.is_same(clip_of(60).clip)
    assert stillness.is_changed(view(60))
    stillness.remember(clip_of(60, noise=12).clip)
    assert stillness.is_same(clip_of(60, number=1, noise=12).clip)
    assert stillness.is_same(clip_of(75, number=2, noise=12).clip)  # the camera's exposure
    assert not stillness.is_same(clip_of(60, number=3, shot=1).clip)
    assert not stillness.is_changed(clip_of(60, number=1, noise=12).clip.pictures[0])
    walker = clip_of(60, number=4).clip
    walker.pictures[3, 100:140, 60:80] = 140
    assert not stillness.is_same(walker)
