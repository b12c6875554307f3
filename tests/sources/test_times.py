"""Exact times of frames in containers of all sorts."""

from __future__ import annotations

import logging
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vidcap.sources import SourceConfig, open_source
from vidcap.types import Frame

B_FRAMES = {"crf": "18", "bf": "3", "b-adapt": "0", "g": "12", "preset": "veryfast"}


def read(name: str, **config: Any) -> list[Frame]:
    with open_source(name, SourceConfig(**config)) as source:
        return list(source.frames())


def starts(frames: list[Frame]) -> list[Fraction]:
    return [frame.start_s for frame in frames]


def level(frame: Frame) -> float:
    return float(frame.picture.rgb(8, 8).mean())


@pytest.mark.parametrize("name", ["a.mp4", "a.mov", "a.ts"])
def test_ntsc_rate_gives_exact_times(films: Any, name: str) -> None:
    base = Fraction(1001, 30000)
    path = films.write(name, films.levels(45), rate=Fraction(30000, 1001), time_base=base)
    frames = read(path)
    assert starts(frames) == [place * base for place in range(45)]
    assert frames[-1].end_s == 45 * base


@pytest.mark.parametrize("name", ["b.mp4", "b.mkv", "b.ts"])
def test_b_frames_come_in_the_order_shown(films: Any, name: str) -> None:
    frames = read(films.write(name, films.bars(40), options=B_FRAMES))
    assert starts(frames) == [Fraction(place, 25) for place in range(40)]
    assert [frame.picture.rgb(96, 8)[4, ::2, 1].argmax() for frame in frames] == list(range(40))


def test_variable_rate_is_kept_to_the_tick(films: Any) -> None:
    ticks = [0, 40, 41, 300, 1000, 1001, 5000]
    frames = read(films.write("v.mkv", films.levels(7), ticks=ticks, time_base=Fraction(1, 1000)))
    assert starts(frames) == [Fraction(tick, 1000) for tick in ticks]
    assert [frame.end_s for frame in frames[:-1]] == starts(frames)[1:]


def test_a_late_start_counts_as_zero(films: Any) -> None:
    frames = read(films.write("late.ts", films.levels(5), ticks=[900_000 + 3600 * k for k in range(5)],
                              time_base=Fraction(1, 90_000)))  # fmt: skip
    assert starts(frames) == [Fraction(place, 25) for place in range(5)]


def test_video_that_starts_after_the_sound_starts_late(films: Any) -> None:
    video = films.write("v.mp4", films.levels(25))
    films.sound("s.m4a", seconds=3)
    films.ffmpeg("-itsoffset", "2", "-i", video, "-i", "s.m4a", "-map", "0:v", "-map", "1:a", "-c", "copy", "l.mp4")
    assert starts(read(str(films.folder / "l.mp4")))[:2] == [2, Fraction(51, 25)]


def test_frames_that_an_edit_list_hides_are_not_shown(films: Any) -> None:
    video = films.write("v.mp4", films.levels(50), options={"bf": "0", "g": "50"})
    films.ffmpeg("-ss", "0.4", "-i", video, "-c", "copy", "cut.mp4")
    frames = read(str(films.folder / "cut.mp4"))
    assert (frames[0].start_s, len(frames)) == (0, 40)
    assert level(frames[0]) == pytest.approx(60, abs=3)


def test_raw_h264_is_counted_with_one_warning(films: Any, caplog: pytest.LogCaptureFixture) -> None:
    path = films.write("raw.h264", films.levels(30), format="h264", options=B_FRAMES)
    with caplog.at_level(logging.WARNING, "vidcap"):
        frames = read(path)
    assert starts(frames) == [Fraction(place, 25) for place in range(30)]
    assert [record.getMessage().count("no time stamps") for record in caplog.records] == [1]


def test_avi_with_b_frames_starts_at_zero_and_rises(films: Any) -> None:
    frames = read(films.write("x.avi", films.levels(50), codec="mpeg4", options={"bf": "2", "qscale": "2"}))
    assert starts(frames) == [Fraction(place, 25) for place in range(len(frames))]
    assert len(frames) >= 48


def test_a_slide_show_keeps_each_picture_until_the_next(films: Any) -> None:
    ticks = [0, 600_000, 1_200_000]
    frames = read(films.write("slides.mkv", films.levels(3), ticks=ticks, time_base=Fraction(1, 1000)))
    assert [(frame.start_s, frame.end_s) for frame in frames[:2]] == [(0, 600), (600, 1200)]


def test_a_gap_of_hours_ends_the_frame_before_it(films: Any) -> None:
    path = films.write("gap.mkv", films.levels(2), ticks=[0, 36_000_000], time_base=Fraction(1, 1000))
    before, after = read(path)
    assert before.end_s <= Fraction(1, 2)
    assert after.start_s == 36_000
    assert read(path, max_gap_s=Fraction(40_000))[0].end_s == 36_000


def test_joined_streams_of_different_sizes_go_on(films: Any) -> None:
    one = films.write("1.ts", films.levels(10))
    two = films.write("2.ts", (films.corners(128, 80) for _ in range(10)), options={"bf": "0"})
    joined = films.folder / "joined.ts"
    joined.write_bytes(Path(one).read_bytes() + Path(two).read_bytes())
    frames = read(str(joined))
    assert len(frames) == 20
    assert [frame.picture.width_px for frame in frames] == [96] * 10 + [128] * 10
    assert float(frames[-1].end_s) == pytest.approx(0.8, abs=0.1)


@pytest.mark.parametrize("name", ["w.mp4", "w.mkv", "w.ts", "w.avi"])
@pytest.mark.parametrize(("start_s", "end_s"), [(1, 2), (Fraction(301, 100), Fraction(31, 10)), (3, None), (90, 91)])
def test_a_window_gives_the_very_frames_of_a_whole_read(films: Any, name: str, start_s: Any, end_s: Any) -> None:
    options = {"bf": "2", "g": "12"}
    codec = "mpeg4" if name.endswith("avi") else "libx264"
    path = films.write(name, films.levels(100, step=2), codec=codec, options=options)
    whole = [f for f in read(path) if f.end_s > start_s and (end_s is None or f.start_s < end_s)]
    window = read(path, start_s=Fraction(start_s), end_s=None if end_s is None else Fraction(end_s))
    assert [f.start_s for f in window] == [max(f.start_s, start_s) for f in whole]
    assert [f.end_s for f in window] == [f.end_s if end_s is None else min(f.end_s, end_s) for f in whole]
    assert [f.index for f in window] == list(range(len(whole)))
    assert all((a.picture.small_yuv() == b.picture.small_yuv()).all() for a, b in zip(window, whole, strict=True))


def test_a_window_late_in_a_film_does_not_decode_what_lies_before(films: Any) -> None:
    path = films.write("long.mp4", films.levels(200, step=1), options={"bf": "0", "g": "10"})
    with open_source(path, SourceConfig(start_s=Fraction(7), threads=1)) as source:
        assert source._opened.stream.index_entries is not None
        first = next(source._decoded)
    assert first.pts * first.time_base > 6


def test_the_limit_of_duration_ends_a_film(films: Any, caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.WARNING, "vidcap"):
        frames = read(films.write("l.mp4", films.levels(50)), max_media_s=Fraction(1))
    assert len(frames) == 25
    assert "longer than the limit" in caplog.text


def test_what_a_container_knows_is_told(films: Any) -> None:
    with open_source(films.write("i.mp4", films.levels(50))) as source:
        info = source.info
    assert (info.width_px, info.height_px, info.frame_rate, info.duration_s) == (96, 64, 25, 2)
    assert (info.codec, info.is_still, info.is_seekable) == ("h264", False, True)


def test_frames_are_given_only_once(films: Any) -> None:
    with open_source(films.write("o.mp4", films.levels(2))) as source:
        list(source.frames())
        with pytest.raises(RuntimeError, match="only once"):
            source.frames()


def test_the_fast_scan_gives_fewer_frames_at_true_times(films: Any) -> None:
    path = films.write("f.mp4", films.levels(48), options=B_FRAMES)
    full, fast = read(path), read(path, scan="fast")
    assert len(full) == 48
    assert 10 < len(fast) < 40
    assert set(starts(fast)) < set(starts(full))


@pytest.mark.parametrize(
    "wrong",
    [{"start_s": Fraction(-1)}, {"start_s": Fraction(2), "end_s": Fraction(2)}, {"threads": -1}, {"scan": "x"},
     {"max_pixels": 0}],
)  # fmt: skip
def test_wrong_settings_are_told(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(wrong)).split("_")[0]):
        SourceConfig(**wrong)
