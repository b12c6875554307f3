"""Clips tile their shots, hold pictures of their own, and come as soon as they can."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import accumulate, count, islice, pairwise

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vidcap.sampling import MOST_STORED_BYTES, ClipSampler, SamplingConfig, clips
from vidcap.types import Clip, Cut, Frame, Marked, Pixels

SMALL = SamplingConfig(picture_px=2)


@dataclass(frozen=True)
class Numbered:
    """A picture that shows its frame's number."""

    number: int
    width_px: int = 64
    height_px: int = 36

    def small_yuv(self) -> Pixels:
        raise AssertionError("sampling looks at whole pictures only")

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        pixels = np.zeros((height_px, width_px, 3), np.uint8)
        pixels[:] = self.number & 255, self.number >> 8 & 255, self.number >> 16
        return pixels


def shown_in(clip: Clip) -> list[int]:
    return [int(r) | int(g) << 8 | int(b) << 16 for r, g, b in clip.pictures[:, 0, 0]]


@dataclass(frozen=True)
class Film:
    """Frames with the times where shots begin, and how long a detector is undecided."""

    frames: list[Frame]
    cuts: dict[int, str] = field(default_factory=dict)
    latency_s: Fraction = Fraction(0)

    def marked(self) -> Iterator[Marked]:
        """Mark as an honest detector would: a cut is reported when it settles, the rest at the end."""
        waiting = [Cut(self.frames[place].start_s, kind, 1.0, place) for place, kind in sorted(self.cuts.items())]
        for frame in self.frames:
            settled_s = max(frame.start_s - self.latency_s, self.frames[0].start_s)
            is_last = frame is self.frames[-1]
            known = [cut for cut in waiting if is_last or cut.time_s < settled_s]
            waiting = waiting[len(known) :]
            yield Marked(frame, tuple(known), frame.end_s if is_last else settled_s)

    def shots(self) -> list[tuple[Fraction, Fraction]]:
        starts = [self.frames[place].start_s for place in (0, *sorted(self.cuts))]
        return list(pairwise([*starts, self.frames[-1].end_s]))


def film_of(durations: Iterable[Fraction], cuts: dict[int, str] | None = None, **settings: Fraction) -> Film:
    times_s = list(accumulate(durations, initial=settings.pop("start_s", Fraction(0))))
    frames = [Frame(place, a, b, Numbered(place)) for place, (a, b) in enumerate(pairwise(times_s))]
    return Film(frames, cuts or {}, **settings)


def steady(seconds: float, cuts_s: dict[float, str] | None = None, fps: int = 25) -> Film:
    cuts = {round(time_s * fps): kind for time_s, kind in (cuts_s or {}).items()}
    return film_of([Fraction(1, fps)] * round(seconds * fps), cuts)


RATES = st.sampled_from(
    [Fraction(1, 1000), Fraction(1, 60), Fraction(1001, 30000), Fraction(1, 5), Fraction(3), Fraction(600)]
)


@st.composite
def films(draw: st.DrawFn) -> Film:
    runs = draw(st.lists(st.tuples(RATES, st.integers(1, 60)), min_size=1, max_size=4))
    durations = [step_s for step_s, length in runs for _ in range(length)]
    places = draw(st.sets(st.integers(1, max(len(durations) - 1, 1)), max_size=5))
    cuts = {place: draw(st.sampled_from(["cut", "fade", "dissolve"])) for place in places if place < len(durations)}
    start_s = draw(st.sampled_from([Fraction(0), Fraction(1, 3), Fraction(-2)]))
    latency_s = draw(st.sampled_from([Fraction(0), Fraction(1, 2), Fraction(3)]))
    return film_of(durations, cuts, start_s=start_s, latency_s=latency_s)


CONFIGS = st.sampled_from(
    [
        SMALL,
        SamplingConfig(picture_px=2, hold_clips=1),
        SamplingConfig(picture_px=2, sample_fps=Fraction(1, 10), max_frames=3, clip_s=Fraction(30)),
        SamplingConfig(picture_px=2, sample_fps=Fraction(30), max_frames=16, clip_s=Fraction(1, 2)),
        SamplingConfig(picture_px=2, max_frames=8),
        SamplingConfig(picture_px=2, max_clip_s=Fraction(60)),
    ]
)


@settings(max_examples=50, deadline=None)
@given(films(), CONFIGS)
@example(film_of([Fraction(1, 25)]), SMALL)
@example(film_of([Fraction(36000)]), SMALL)
def test_clips_tile_every_shot(film: Film, config: SamplingConfig) -> None:
    made = list(clips(film.marked(), config))
    assert [clip.span.index for clip in made] == list(range(len(made)))
    for index, (start_s, end_s) in enumerate(film.shots()):
        spans = [clip.span for clip in made if clip.span.shot_index == index]
        assert (spans[0].start_s, spans[-1].end_s) == (start_s, end_s)
        assert all(one.end_s == other.start_s for one, other in pairwise(spans))
        assert [span.starts_shot for span in spans] == [True] + [False] * (len(spans) - 1)
        assert [span.ends_shot for span in spans] == [False] * (len(spans) - 1) + [True]


@settings(max_examples=50, deadline=None)
@given(films(), CONFIGS)
def test_clips_hold_pictures_that_are_shown_then(film: Film, config: SamplingConfig) -> None:
    shots = film.shots()
    for clip in clips(film.marked(), config):
        span = clip.span
        assert clip.pictures.shape == (len(clip.times_s), 2, 2, 3)
        assert 1 <= len(clip.times_s) <= config.max_frames
        assert span.start_s <= clip.times_s[0]
        assert clip.times_s[-1] < span.end_s
        assert all(one < other for one, other in pairwise(clip.times_s))
        shot_start_s, shot_end_s = shots[span.shot_index]
        if shot_end_s - shot_start_s < config.shortest_shot_s:
            continue
        for number, time_s in zip(shown_in(clip), clip.times_s, strict=True):
            assert film.frames[number].start_s <= time_s < film.frames[number].end_s


@settings(max_examples=50, deadline=None)
@given(films(), CONFIGS)
def test_a_clip_is_longer_than_the_limit_only_when_one_frame_is(film: Film, config: SamplingConfig) -> None:
    longest_s = max(frame.end_s - frame.start_s for frame in film.frames)
    for clip in clips(film.marked(), config):
        length_s = clip.span.end_s - clip.span.start_s
        assert length_s <= (config.max_clip_s or length_s)
        assert length_s <= config.clip_s or length_s <= longest_s + 2 * config.shortest_shot_s


@settings(max_examples=40, deadline=None)
@given(films(), CONFIGS)
def test_what_is_held_does_not_grow(film: Film, config: SamplingConfig) -> None:
    sampler = ClipSampler(config)
    undecided_s = film.latency_s + max(frame.end_s - frame.start_s for frame in film.frames)
    held_s = config.clip_s * (config.hold_clips + 2) + undecided_s + 1
    most = held_s / config.grid_s + 4
    for mark in film.marked():
        for _ in sampler.feed(mark):
            pass
        assert len(sampler._samples) <= most


@dataclass(frozen=True)
class Lasting(Numbered):
    """A picture that can be kept as decoded; notes when it is converted."""

    converted: list[int] = field(default_factory=list)
    stored_bytes: int = MOST_STORED_BYTES // 20

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        self.converted.append(self.number)
        return super().rgb(width_px, height_px)


def lasting(film: Film, **settings: int) -> tuple[Film, list[int]]:
    """Return the film with pictures that can be kept, and where they note that they are converted."""
    seen: list[int] = []
    frames = [replace(f, picture=Lasting(f.index, converted=seen, **settings)) for f in film.frames]
    return Film(frames, film.cuts, film.latency_s), seen


@settings(max_examples=40, deadline=None)
@given(films(), CONFIGS)
def test_pictures_that_can_be_kept_make_the_same_clips(film: Film, config: SamplingConfig) -> None:
    kept, seen = lasting(film)
    made = [(clip.span, clip.times_s, shown_in(clip)) for clip in clips(kept.marked(), config)]
    assert made == [(clip.span, clip.times_s, shown_in(clip)) for clip in clips(film.marked(), config)]
    assert len(seen) == len(set(seen)), "converted twice"


def test_pictures_that_can_be_kept_are_converted_only_if_chosen() -> None:
    film, seen = lasting(steady(8, {4: "cut"}))
    shown = [number for clip in clips(film.marked(), SMALL) for number in shown_in(clip)]
    assert sorted(seen) == shown
    assert len(shown) == 8


@pytest.mark.parametrize(("share", "most"), [(20, 20), (3, 3), (1, 1), (0.5, 0)])
def test_pictures_are_kept_as_far_as_memory_allows(share: float, most: int) -> None:
    film, _ = lasting(steady(12), stored_bytes=int(MOST_STORED_BYTES / share))
    sampler, held = ClipSampler(SMALL), []
    for mark in film.marked():
        for _ in sampler.feed(mark):
            pass
        held.append(sum(sample.picture is not None for sample in sampler._samples))
    assert max(held) == most


def test_a_picture_that_does_not_last_is_converted_at_once() -> None:
    sampler = ClipSampler(SMALL)
    for mark in steady(2).marked():
        assert list(sampler.feed(mark)) == []
        assert all(sample.picture is None for sample in sampler._samples)


@pytest.mark.parametrize(
    ("seconds", "lengths"),
    [
        (0.04, [0.04]),
        (0.6, [0.6]),
        (4, [4]),
        (5, [2.5, 2.5]),
        (9, [3, 3, 3]),
        (16, [4, 4, 4, 4]),
        (18, [4, 3.5, 3.5, 3.5, 3.5]),
    ],
)
def test_a_shot_is_split_evenly_and_a_long_one_gives_full_clips_first(seconds: float, lengths: list[float]) -> None:
    made = clips(steady(seconds).marked(), SMALL)
    assert [float(clip.span.end_s - clip.span.start_s) for clip in made] == lengths


@pytest.mark.parametrize(
    ("seconds", "slots", "options"),
    [
        (0.6, 1, {}),
        (1, 2, {}),
        (1.6, 3, {}),
        (2, 4, {}),
        (3, 4, {}),
        (4, 4, {}),
        (4, 8, {"max_frames": 8}),
        (4, 6, {"max_frames": 6}),
        (4, 1, {"max_frames": 1}),
        (4, 4, {"max_frames": 8, "sample_fps": 1}),
        (1, 4, {"sample_fps": 4}),
    ],
)
def test_pictures_come_twice_a_second_until_there_are_enough_and_from_the_middle_of_their_slots(
    seconds: float, slots: int, options: dict[str, int]
) -> None:
    config = SamplingConfig(picture_px=2, **options)  # type: ignore[arg-type]
    (clip,) = clips(steady(seconds).marked(), config)
    assert len(clip.times_s) == slots
    for slot, time_s in enumerate(clip.times_s):
        off_s = abs(time_s - Fraction(str(seconds)) * (2 * slot + 1) / slots / 2)
        assert off_s <= Fraction(2, 5) / config.sample_fps + Fraction(1, 25)


@pytest.mark.parametrize("options", [{"max_frames": 8}, {"max_frames": 1}, {"sample_fps": 5}])
def test_how_many_pictures_are_looked_at_changes_no_clip(options: dict[str, int]) -> None:
    film = steady(31, {3: "cut", 9: "dissolve", 9.6: "cut"})
    config = SamplingConfig(picture_px=2, **options)  # type: ignore[arg-type]
    assert [clip.span for clip in clips(film.marked(), config)] == [c.span for c in clips(film.marked(), SMALL)]


def test_how_long_a_clip_may_be_is_a_setting() -> None:
    made = clips(steady(9).marked(), SamplingConfig(picture_px=2, clip_s=Fraction(2)))
    assert [clip.span.end_s for clip in made] == [2, Fraction("3.75"), Fraction("5.5"), Fraction("7.25"), 9]


def test_pictures_near_fades_and_at_cuts_are_avoided() -> None:
    made = list(clips(steady(9, {3: "cut", 6: "dissolve"}).marked(), SMALL))
    assert [clip.span.shot_index for clip in made] == [0, 1, 2]
    for clip, (first_s, last_s) in zip(made, [(0, 2.92), (3.04, 5.6), (6.36, 9)], strict=True):
        assert first_s <= clip.times_s[0]
        assert clip.times_s[-1] <= last_s


def test_a_short_dissolving_shot_still_has_a_picture() -> None:
    made = list(clips(steady(4, {2: "dissolve", 2.6: "dissolve"}).marked(), SMALL))
    assert [len(clip.times_s) for clip in made] == [3, 1, 2]


@pytest.mark.parametrize("start", [25 + place for place in range(10)])
def test_a_short_shot_has_a_picture_off_its_cuts_wherever_it_begins(start: int) -> None:
    film = film_of([Fraction(1, 25)] * 75, {start: "cut", start + 13: "cut"})
    _, clip, _ = clips(film.marked(), SMALL)
    assert all(start + 1 <= number <= start + 12 for number in shown_in(clip))


def damaged(film: Film, places: Iterable[int]) -> Film:
    bad = set(places)
    frames = [Frame(f.index, f.start_s, f.end_s, f.picture, is_corrupt=f.index in bad) for f in film.frames]
    return Film(frames, film.cuts, film.latency_s)


def test_damaged_frames_are_not_looked_at_when_others_are_there() -> None:
    film = damaged(steady(4), (place for place in range(100) if place % 10))
    (clip,) = clips(film.marked(), SMALL)
    assert len(clip.times_s) == 4
    assert all(number % 10 == 0 for number in shown_in(clip))


def test_a_clip_of_damaged_frames_is_left_out_and_counted(caplog: pytest.LogCaptureFixture) -> None:
    sampler = ClipSampler(SMALL)
    film = damaged(steady(9, {3: "cut", 6: "cut"}), range(75, 150))
    made = [clip for mark in film.marked() for clip in sampler.feed(mark)] + list(sampler.finish())
    assert [(clip.span.index, clip.span.shot_index) for clip in made] == [(0, 0), (1, 2)]
    assert sampler.dropped == 1
    assert "3.000 s to 6.000 s" in caplog.text


def test_ten_minutes_of_each_picture_make_a_clip_of_each() -> None:
    made = list(clips(film_of([Fraction(600)] * 5).marked(), SMALL))
    assert [(clip.span.end_s, shown_in(clip)) for clip in made] == [(600 * n + 600, [n]) for n in range(5)]


def test_one_picture_for_ten_hours_is_one_clip_or_as_many_as_wanted() -> None:
    film = film_of([Fraction(36000)])
    assert len(list(clips(film.marked(), SMALL))) == 1
    limited = clips(film.marked(), SamplingConfig(picture_px=2, max_clip_s=Fraction(3600)))
    assert [clip.span.end_s - clip.span.start_s for clip in limited] == [3600] * 10


def test_nothing_is_said_of_a_hole_without_frames() -> None:
    before, after = steady(3).frames, steady(3).frames
    moved = [Frame(75 + f.index, f.start_s + 3600, f.end_s + 3600, f.picture) for f in after]
    made = list(clips(Film([*before, *moved]).marked(), SMALL))
    assert [(clip.span.start_s, clip.span.end_s) for clip in made] == [(0, 3), (3600, 3603)]
    assert [(clip.span.starts_shot, clip.span.ends_shot) for clip in made] == [(True, False), (False, True)]


def endless() -> Iterator[Marked]:
    for place in count():
        start_s = Fraction(place, 25)
        frame = Frame(place, start_s, start_s + Fraction(1, 25), Numbered(place))
        yield Marked(frame, (), max(start_s - 3, Fraction(0)))


@pytest.mark.parametrize(("hold_clips", "latest_s"), [(4, 20), (1, 8)])
def test_clips_leave_a_shot_that_never_ends(hold_clips: int, latest_s: int) -> None:
    seen_s = Fraction(0)

    def watched() -> Iterator[Marked]:
        nonlocal seen_s
        for mark in endless():
            seen_s = mark.frame.start_s
            yield mark

    made = clips(watched(), SamplingConfig(picture_px=2, hold_clips=hold_clips))
    assert next(made).span.end_s == 4
    assert seen_s < latest_s
    assert [clip.span.end_s for clip in islice(made, 3)] == [8, 12, 16]


def test_no_frames_give_no_clips() -> None:
    assert list(clips(iter(()))) == []


@pytest.mark.parametrize(
    ("settings", "complaint"),
    [
        ({"sample_fps": 0}, "sample_fps"),
        ({"max_frames": 0}, "max_frames"),
        ({"picture_px": -1}, "picture_px"),
        ({"hold_clips": 0}, "hold_clips"),
        ({"clip_s": 0}, "clip_s"),
        ({"max_clip_s": 1}, "max_clip_s"),
        ({"cut_edge_s": -1}, "edges"),
        ({"sample_fps": "fast"}, "Fraction"),
    ],
)
def test_settings_that_make_no_sense_are_refused(settings: dict[str, object], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        SamplingConfig(**settings)  # type: ignore[arg-type]


def test_rates_may_be_given_as_plain_numbers() -> None:
    config = SamplingConfig(sample_fps=2.5, clip_s=0.1)  # type: ignore[arg-type]
    assert (config.sample_fps, config.clip_s) == (Fraction(5, 2), Fraction(1, 10))
