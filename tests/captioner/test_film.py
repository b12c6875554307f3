"""From file to cues, with a describer that needs no weights."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

import vidcap
from vidcap import Caption, CaptionConfig, Captioner, Clip
from vidcap.captioner import LateDescriber
from vidcap.testing import EchoDescriber

SMALL = EchoDescriber(picture_px=32)


@dataclass
class Recorder:
    """A describer that keeps the sizes of its batches, and can fail."""

    picture_px: int = 32
    batches: list[int] = field(default_factory=list)
    fails_at: int = 10**9

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        self.batches.append(len(clips))
        if len(self.batches) > self.fails_at:
            raise MemoryError("no room")
        return EchoDescriber().describe(clips)


def config(**options: Any) -> CaptionConfig:
    return CaptionConfig().with_options(**options)


@pytest.fixture
def tour(samples_dir: Path) -> Path:
    return samples_dir / "tour.mp4"


def test_each_shot_gets_a_caption_with_exact_times(tour: Path) -> None:
    captions = list(Captioner(SMALL).caption(tour))
    assert [caption.text for caption in captions] == [f"Clip {n} of shot {n}." for n in range(4)]
    assert [caption.start_s for caption in captions] == [0, Fraction(7, 2), Fraction(15, 2), 11]


def test_captions_touch_and_cover_the_film(tour: Path) -> None:
    captions = list(Captioner(SMALL, config(clip_s=1)).caption(tour))
    assert len(captions) > 12
    for before, after in pairwise(captions):
        assert before.end_s == after.start_s
    assert captions[-1].end_s == pytest.approx(15, abs=0.1)


@pytest.mark.parametrize("name", ["street.mp4", "people.mp4", "tour.mp4"])
def test_decoding_ahead_changes_nothing(samples_dir: Path, name: str) -> None:
    plain = Captioner(SMALL, config(overlap=False, clip_s=1.5))
    ahead = Captioner(SMALL, config(overlap=True, clip_s=1.5, ahead=2))
    assert list(plain.cues(samples_dir / name)) == list(ahead.cues(samples_dir / name))
    assert list(plain.caption(samples_dir / name)) == list(ahead.caption(samples_dir / name))


def test_batches_grow_and_keep_to_their_limit(tour: Path) -> None:
    recorder = Recorder()
    list(Captioner(recorder, config(clip_s=0.5, batch=4)).caption(tour))
    assert recorder.batches[:3] == [1, 2, 4]
    assert max(recorder.batches) == 4


def test_the_first_caption_comes_before_the_film_is_read(tour: Path) -> None:
    read: list[Fraction] = []

    def tap(stage: str, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            if stage == "decode":
                read.append(item.end_s)
            yield item

    with Captioner(SMALL, config(overlap=False, max_latency_s=2)).open(tour, tap) as film:
        assert next(film.captions()).start_s == 0
    assert read[-1] < 8  # the first shot ends at 3.5 s, and the detector may wait for 2 s


def test_a_tap_sees_every_stage(tour: Path) -> None:
    seen: dict[str, int] = {}

    def tap(stage: str, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            seen[stage] = seen.get(stage, 0) + 1
            yield item

    with Captioner(SMALL, config(scan="full")).open(tour, tap) as film:
        list(film.cues())
    assert seen == {"decode": 263, "shots": 263, "sample": 4, "describe": 4, "cues": 4}


def test_leaving_a_film_early_stops_its_thread(tour: Path) -> None:
    with Captioner(SMALL, config(clip_s=0.5)).open(tour) as film:
        next(film.captions())
    assert not [thread for thread in threading.enumerate() if thread.name == "vidcap-prefetch"]


def test_an_error_of_the_model_is_raised_and_stops_the_thread(tour: Path) -> None:
    with pytest.raises(MemoryError, match="no room"):
        list(Captioner(Recorder(fails_at=1), config(clip_s=0.5)).caption(tour))
    assert not [thread for thread in threading.enumerate() if thread.name == "vidcap-prefetch"]


def test_start_and_end_keep_the_times_of_the_whole_film(tour: Path) -> None:
    captions = list(Captioner(SMALL, config(start_s=Fraction(4), end_s=Fraction(9))).caption(tour))
    assert captions[0].start_s == 4
    assert captions[-1].end_s == 9
    assert [caption.end_s for caption in captions] == [Fraction(15, 2), 9]


def test_gaps_between_cues_are_two_frames_of_the_film(tour: Path) -> None:
    with Captioner(SMALL).open(tour) as film:
        rate = film.info.frame_rate
        assert rate is not None
        assert rate < 24  # what the container claims of a variable rate; the slowest that counts is 24
        first, second = list(film.cues())[:2]
    assert second.start_s - first.end_s == Fraction(2, 24)
    chosen = Captioner(SMALL, config(gap_s=Fraction(1, 5)))
    first, second = list(chosen.cues(tour))[:2]
    assert second.start_s - first.end_s == Fraction(1, 5)


def test_a_track_file_is_written_in_the_format_of_its_suffix(tour: Path, tmp_path: Path) -> None:
    assert Captioner(SMALL).caption_file(tour, tmp_path / "tour.vtt") == 4
    text = (tmp_path / "tour.vtt").read_text()
    assert text.startswith("WEBVTT\n\n00:00:00.001 --> ")
    assert "Clip 3 of shot 3." in text


def test_a_track_that_is_there_is_kept_unless_told_otherwise(tour: Path, tmp_path: Path) -> None:
    track = tmp_path / "tour.srt"
    track.write_text("mine")
    with pytest.raises(vidcap.OutputError, match="exists already"):
        Captioner(SMALL).caption_file(tour, track)
    assert track.read_text() == "mine"
    Captioner(SMALL).caption_file(tour, track, overwrite=True)
    assert track.read_text().startswith("1\n")


def test_no_file_is_left_where_the_input_fails(tmp_path: Path) -> None:
    with pytest.raises(vidcap.SourceNotFound):
        Captioner(SMALL).caption_file(tmp_path / "no.mp4", tmp_path / "no.srt")
    assert not list(tmp_path.iterdir())


def test_shots_need_no_model(tour: Path) -> None:
    shots = list(vidcap.find_shots(tour))
    assert [(shot.start_s, shot.kind) for shot in shots] == [
        (0, "start"),
        (Fraction(7, 2), "cut"),
        (Fraction(15, 2), "cut"),
        (11, "cut"),
    ]
    assert len(list(vidcap.find_shots(tour, min_shot_s=100, max_latency_s=101))) == 1


def test_a_late_describer_is_loaded_once_and_only_when_needed(tour: Path) -> None:
    loads = []

    def load() -> EchoDescriber:
        loads.append(1)
        return SMALL

    captioner = Captioner(LateDescriber(load))
    with captioner.open(tour):
        assert not loads
    assert len(list(captioner.caption(tour))) == 4
    assert len(list(captioner.caption(tour))) == 4
    assert loads == [1]


def test_a_film_is_decoded_while_its_describer_is_being_loaded(tour: Path) -> None:
    has_decoded = threading.Event()

    def load() -> EchoDescriber:
        assert has_decoded.wait(60)
        return SMALL

    def watch(stage: str, items: Iterator[Any]) -> Iterator[Any]:
        for item in items:
            if stage == "sample":
                has_decoded.set()
            yield item

    captioner = Captioner(LateDescriber(load, lambda: SMALL.picture_px))
    with captioner.open(tour, watch) as film:
        assert len(list(film.captions())) == 4


@pytest.mark.parametrize("picture_px", [None, 32])
@pytest.mark.parametrize("overlap", [True, False])
def test_what_loading_raises_is_raised_where_the_describer_is_needed(
    tour: Path, picture_px: int | None, overlap: bool
) -> None:
    def load() -> EchoDescriber:
        raise ValueError("no such device")

    config = CaptionConfig().with_options(overlap=overlap)
    for _ in range(2):
        with pytest.raises(ValueError, match="no such device"):
            list(Captioner(LateDescriber(load, lambda: picture_px), config).caption(tour))
