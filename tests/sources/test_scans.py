"""Scans that leave frames out: what they give, when, and under which number."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidcap.sampling import clips
from vidcap.shots import detect_shots, mark_shots
from vidcap.sources import SourceConfig, open_source
from vidcap.sources.hardware import hardware_for
from vidcap.sources.likeness import differ
from vidcap.sources.places import Places
from vidcap.testing import ArrayPicture, scene
from vidcap.types import Frame, Pixels

GOP = {"crf": "20", "preset": "ultrafast", "g": "25", "sc_threshold": "0", "bf": "2"}


def scenes(*lengths: int) -> Iterator[Pixels]:
    """Scenes of these many frames, 192 x 108, that differ and hardly move."""
    for seed, length in enumerate(lengths):
        for picture in scene(seed + 5, length, drift_px=0.02, noise=0):
            yield picture.repeat(3, axis=0).repeat(3, axis=1)


def read(path: str, **settings: Any) -> list[Frame]:
    with open_source(path, SourceConfig(**settings)) as source:
        return list(source.frames())


def cuts(path: str, **settings: Any) -> list[tuple[int, Fraction]]:
    with open_source(path, SourceConfig(**settings)) as source:
        return [(shot.start_frame, shot.start_s) for shot in detect_shots(source.frames())]


@pytest.fixture(params=["k.mp4", "k.mkv", "k.ts"])
def film(request: pytest.FixtureRequest, films: Any) -> str:
    """20 groups of a second; cuts in the 4th group, at the start of the 11th, and in the 16th."""
    return str(films.write(request.param, scenes(90, 160, 137, 113), options=GOP))


def test_key_frames_are_given_and_more_where_something_changed(film: str) -> None:
    full, keys = read(film), read(film, scan="keys")
    numbers = [frame.index for frame in keys]
    assert [frame.start_s for frame in keys] == [full[number].start_s for number in numbers]
    dense = {number for number in numbers if number % 25}
    assert {number // 25 for number in dense} == {3, 9, 15, 19}  # the 10th has the cut at its end; the last is read
    assert set(range(0, 500, 25)) <= set(numbers)
    assert set(range(84, 97)) <= set(numbers)  # around the cut; before, frames that no other needs are left out
    assert not set(range(76, 84)) <= set(numbers)
    after_calm = {frame.index // 25 for frame in keys if frame.after_calm}
    assert after_calm == set(range(1, 20)) - {4, 10, 16}


def test_cuts_are_found_to_the_frame_from_key_frames(film: str) -> None:
    assert cuts(film, scan="keys") == cuts(film)
    assert [number for number, _ in cuts(film)] == [0, 90, 250, 387]


IRREGULAR = (60, 130, 50, 45, 70, 40, 80, 30, 55)
CUTTING = {"crf": "23", "preset": "veryfast"}


@pytest.mark.parametrize("name", ["n.mp4", "n.mkv", "n.ts"])
def test_cuts_at_key_frames_are_found_without_decoding_what_is_between(films: Any, name: str) -> None:
    path = films.write(name, scenes(*IRREGULAR), options=CUTTING)
    keys = read(path, scan="keys")
    starts = list(accumulate(IRREGULAR, initial=0))[:-1]
    assert [number for number, _ in cuts(path, scan="keys")] == starts
    assert cuts(path, scan="keys") == cuts(path)
    leaps = [frame for frame in keys if frame.is_leap]
    assert len(leaps) >= 5
    assert all(frame.index in starts and not frame.after_calm for frame in leaps)
    assert len(keys) < sum(IRREGULAR) / 2


def test_what_the_encoder_told_counts_after_seeking(films: Any) -> None:
    path = films.write("w.mp4", scenes(60, 60, 130, 50, 90, 70), options=CUTTING)
    whole, rest = read(path, scan="keys"), read(path, scan="keys", start_s=Fraction(125, 25))
    leaps = [frame.start_s for frame in whole if frame.is_leap and frame.start_s > 5]
    assert len(leaps) == 3
    assert [frame.start_s for frame in rest if frame.is_leap] == leaps


def test_a_shot_of_which_one_picture_was_decoded_has_a_clip_with_it(films: Any) -> None:
    path = films.write("o.mp4", scenes(*IRREGULAR), options=CUTTING)
    with open_source(path, SourceConfig(scan="keys")) as source:
        found = list(clips(mark_shots(source.frames())))
    (clip,) = (clip for clip in found if clip.span.start_s == Fraction(240, 25))
    assert clip.span.end_s == Fraction(285, 25)
    assert (clip.span.starts_shot, clip.span.ends_shot) == (True, True)
    assert clip.times_s == (clip.span.start_s,)


def test_a_change_at_an_even_key_frame_is_looked_at(films: Any) -> None:
    """Where key frames say nothing of cuts, a camera that moves on makes none."""
    wide = next(scene(3, 1, noise=0)).repeat(6, axis=0).repeat(9, axis=1)
    pan = (wide[40:148, place : place + 192] for place in range(0, 380, 2))
    path = films.write("v.mp4", pan, options={**GOP, "g": "50"})
    keys = read(path, scan="keys")
    assert not any(frame.is_leap for frame in keys)
    assert [number for number, _ in cuts(path, scan="keys")] == [number for number, _ in cuts(path)]


def test_a_group_is_decoded_no_further_than_to_what_is_at_its_end(films: Any) -> None:
    path = films.write("b.mp4", scenes(260, 240), options={**GOP, "g": "125"})
    numbers = {frame.index for frame in read(path, scan="keys")}
    assert {258, 259, 260} & numbers
    assert not set(range(330, 375)) & numbers
    assert cuts(path, scan="keys") == cuts(path)


def test_the_fast_scan_numbers_frames_as_the_full_one_does(film: str) -> None:
    full, fast = read(film), read(film, scan="fast")
    assert len(fast) < 0.7 * len(full)
    assert [frame.start_s for frame in fast] == [full[frame.index].start_s for frame in fast]
    for (one, _), (other, _) in zip(cuts(film), cuts(film, scan="fast"), strict=True):
        assert abs(one - other) <= 1


@pytest.mark.parametrize("codec", ["libx265", "libvpx-vp9", "libsvtav1"])
def test_other_codecs_can_be_scanned_by_key_frames(films: Any, codec: str) -> None:
    options = {"libx265": {"x265-params": "keyint=25:min-keyint=25:scenecut=0:log-level=none", "preset": "ultrafast"},
               "libvpx-vp9": {"g": "25", "cpu-used": "8", "deadline": "realtime"},
               "libsvtav1": {"g": "25", "preset": "12", "svtav1-params": "scd=0"}}  # fmt: skip
    path = films.write("c.mkv", scenes(60, 65), codec=codec, options=options[codec])
    keys = read(path, scan="keys")
    assert len(keys) < 100
    assert cuts(path, scan="keys") == [(0, Fraction(0)), (60, Fraction(60, 25))]


def test_open_groups_lose_no_frame_at_their_edges(films: Any) -> None:
    params = "keyint=25:min-keyint=25:scenecut=0:open-gop=1:bframes=3:log-level=none"
    path = films.write("o.mkv", scenes(70, 80), codec="libx265", options={"x265-params": params, "preset": "ultrafast"})
    keys = read(path, scan="keys")
    assert [frame.index for frame in keys if 50 <= frame.index <= 75] == list(range(50, 76))
    assert cuts(path, scan="keys") == cuts(path)


def test_groups_too_sparse_to_describe_are_scanned_fast(films: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidcap.sources.keys.LONGEST_S", 1)
    path = films.write("s.mp4", scenes(90, 60), options={**GOP, "g": "100"})
    fast, keys = read(path, scan="fast"), read(path, scan="keys")
    assert [frame.index for frame in keys] == [frame.index for frame in fast]
    assert not any(frame.after_calm for frame in keys)


def test_key_frames_come_before_the_film_has_been_read(films: Any) -> None:
    path = films.write("e.mp4", scenes(500), options=GOP)
    with open_source(path, SourceConfig(scan="keys")) as source:
        packets = source._opened.places._waiting  # type: ignore[attr-defined]
        first = next(source.frames())
        assert first.index == 0
        assert len(packets) < 150


def test_standard_input_can_be_scanned_by_key_frames(films: Any) -> None:
    path = films.write("p.ts", scenes(90, 160), options=GOP)
    command = [sys.executable, "-m", "vidcap", "shots", "-", "--csv", "--scan", "keys"]
    with open(path, "rb") as stream:
        done = subprocess.run(command, stdin=stream, capture_output=True, text=True, check=True)
    assert [line.split(",")[5] for line in done.stdout.splitlines()[1:]] == ["0", "90"]


def test_films_without_stamps_are_scanned_all_the_same(films: Any) -> None:
    path = films.write("r.h264", scenes(40, 35), options={**GOP, "bf": "0"}, format="h264")
    assert len(read(path, scan="keys")) == len(read(path)) == 75


def test_a_window_of_a_film_can_be_scanned_by_key_frames(film: str) -> None:
    keys = read(film, scan="keys", start_s=Fraction(5, 2), end_s=Fraction(8))
    assert keys[0].start_s == Fraction(5, 2)
    assert keys[-1].end_s == 8
    full = {frame.start_s for frame in read(film)}
    assert {frame.start_s for frame in keys[1:]} <= full


def test_damage_in_a_scan_by_key_frames_is_survived(film: str, tmp_path: Path) -> None:
    data = bytearray(Path(film).read_bytes())
    for place in range(len(data) // 3, len(data) // 2, 997):
        data[place] ^= 0x55
    hurt = tmp_path / f"hurt{Path(film).suffix}"
    hurt.write_bytes(data)
    keys = read(str(hurt), scan="keys")
    assert len(keys) > 10
    assert all(one.start_s < other.start_s for one, other in pairwise(keys))


def test_isolated_decoders_scan_as_others_do(films: Any) -> None:
    def flags(frames: list[Frame]) -> list[tuple[object, ...]]:
        return [(frame.index, frame.start_s, frame.after_calm, frame.is_leap) for frame in frames]

    path = films.write("i.mp4", scenes(*IRREGULAR), options=CUTTING)
    plain, isolated = read(path, scan="keys"), read(path, scan="keys", isolate=True)
    assert flags(plain) == flags(isolated)


def test_another_scene_differs_and_a_little_movement_does_not() -> None:
    one, moved, other = (next(iter(scene(seed, 1))) for seed in (1, 1, 2))
    moved = np.roll(one, 1, axis=1)
    small = [ArrayPicture(picture).small_yuv() for picture in (one, moved, other)]
    assert not differ(small[0], small[1])
    assert differ(small[0], small[2])


def test_places_count_frames_that_are_never_decoded() -> None:
    places = Places()
    for pts in (0, 3, 1, 2, 6, 4, 5):
        places.note(pts)
    assert [places.place(pts) for pts in (0, 3, 6)] == [0, 3, 6]
    assert Places().place(5) is None


def test_hardware_that_is_not_there_is_told_and_done_without(films: Any, caplog: pytest.LogCaptureFixture) -> None:
    if hardware_for("vdpau") is not None:
        pytest.skip("this machine has a VDPAU decoder")
    path = films.write("h.mp4", scenes(10), options=GOP)
    caplog.clear()
    assert len(read(path, hwaccel="vdpau")) == 10
    assert "there is no working vdpau decoder here: the processor decodes" in caplog.text
    caplog.clear()
    assert len(read(path, hwaccel="auto")) == 10
    assert "no working" not in caplog.text
