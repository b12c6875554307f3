"""``vidcap INPUT...``: what is written where, and what is said about it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import srt

from vidcap.testing import EchoDescriber
from vidcap.types import Caption, Clip

Vidcap = Callable[..., Any]


@pytest.fixture
def film(samples_dir: Path) -> Path:
    return samples_dir / "tour.mp4"


@pytest.fixture
def quick(vidcap: Vidcap) -> Vidcap:
    """Run ``vidcap`` with a describer that only counts clips."""
    return partial(vidcap, describer=EchoDescriber(picture_px=32))


def test_without_output_the_track_goes_to_stdout_and_nothing_else_is_said(quick: Vidcap, film: Path) -> None:
    result = quick(film)
    cues = list(srt.parse(result.out))
    assert (result.code, result.err) == (0, "")
    assert cues
    assert cues[0].start.total_seconds() == 0.001


def test_the_suffix_chooses_the_format(quick: Vidcap, film: Path, tmp_path: Path) -> None:
    result = quick(film, "-o", tmp_path / "a.vtt")
    assert (result.code, result.out, result.err) == (0, "", "")
    assert (tmp_path / "a.vtt").read_text().startswith("WEBVTT\n\n")


def test_several_formats_come_of_one_pass(quick: Vidcap, film: Path, tmp_path: Path) -> None:
    result = quick(film, "-o", tmp_path / "a.srt", "-o", tmp_path / "a.vtt", "--json")
    records = [json.loads(line) for line in result.out.splitlines()]
    cues = list(srt.parse((tmp_path / "a.srt").read_text()))
    assert [cue.content.replace("\n", " ") for cue in cues] == [record["text"] for record in records]
    assert (tmp_path / "a.vtt").read_text().count("-->") == len(cues)


def test_an_unknown_suffix_is_wrong_usage_unless_a_format_is_named(quick: Vidcap, film: Path, tmp_path: Path) -> None:
    result = quick(film, "-o", tmp_path / "a.xyz")
    assert result.code == 2
    assert ".srt" in result.err
    assert quick(film, "-o", tmp_path / "a.xyz", "--format", "vtt").code == 0
    assert (tmp_path / "a.xyz").read_text().startswith("WEBVTT")


def test_a_track_that_is_there_is_an_error_without_overwrite(quick: Vidcap, film: Path, tmp_path: Path) -> None:
    track = tmp_path / "a.srt"
    track.write_text("mine")
    result = quick(film, "-o", track)
    assert (result.code, track.read_text()) == (1, "mine")
    assert result.err.count("\n") == 1
    assert "exists already" in result.err
    assert quick(film, "-o", track, "--overwrite").code == 0
    assert track.read_text().startswith("1\n")


def test_a_film_is_never_overwritten_by_its_own_track(quick: Vidcap, tmp_path: Path, film: Path) -> None:
    copy = tmp_path / "film.mp4"
    copy.write_bytes(film.read_bytes())
    result = quick(copy, "-o", copy, "--format", "srt", "--overwrite")
    assert result.code == 2
    assert copy.read_bytes() == film.read_bytes()


def test_several_inputs_write_beside_themselves(quick: Vidcap, tmp_path: Path, samples_dir: Path) -> None:
    for name in ("one.mp4", "two.mp4"):
        (tmp_path / name).write_bytes((samples_dir / "street.mp4").read_bytes())
    assert quick(tmp_path / "one.mp4", tmp_path / "two.mp4", "--format", "vtt").code == 0
    assert (tmp_path / "one.vtt").read_bytes() == (tmp_path / "two.vtt").read_bytes()


def test_several_inputs_write_into_a_folder(quick: Vidcap, tmp_path: Path, samples_dir: Path) -> None:
    assert quick(samples_dir / "street.mp4", samples_dir / "people.mp4", "-o", tmp_path).code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["people.srt", "street.srt"]


def test_json_lines_of_several_inputs_name_their_film(quick: Vidcap, samples_dir: Path) -> None:
    lines = quick(samples_dir / "street.mp4", samples_dir / "people.mp4", "--json").out.splitlines()
    assert {json.loads(line)["media"] for line in lines} == {"street.mp4", "people.mp4"}


def test_a_bad_input_does_not_stop_the_others(quick: Vidcap, tmp_path: Path, samples_dir: Path) -> None:
    result = quick(tmp_path / "none.mp4", samples_dir / "street.mp4", "-o", tmp_path)
    assert result.code == 1
    assert result.err == f"vidcap: {tmp_path}/none.mp4: no such file\n"
    assert [path.name for path in tmp_path.iterdir()] == ["street.srt"]


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["a.mp4", "b.mp4", "-o", "c.srt"], "several inputs need a folder"),
        (["a/film.mp4", "b/film.mkv", "-o", "./"], "2 tracks would be written to film.srt"),
        (["a.mp4", "-o", "-", "--json"], "only one track can go to standard output"),
        (["a.mp4", "b.mp4", "-o", "-"], "can't share standard output"),
        (["-", "-", "-o", "./"], "standard input"),
        (["a.mp4", "--beam", "0"], "beam must be at least 1"),
        (["a.mp4", "--start", "later"], "not a time: 'later'"),
        (["a.mp4", "--start", "5", "--end", "4"], "end_s must come after start_s"),
        (["a.mp4", "--sample-fps", "many"], "not a number: 'many'"),
        (["a.mp4", "--max-cps", "none"], "not a number: 'none'"),
        (["--nonsense", "a.mp4"], "No such option"),
        (["-o", "a.srt"], "Missing argument 'INPUT...'"),
    ],
)
def test_wrong_usage_is_told_and_ends_with_2(
    vidcap: Vidcap, arguments: list[str], reason: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = vidcap(*arguments)
    assert result.code == 2
    assert reason in " ".join(result.err.split())
    assert "Traceback" not in result.err
    assert not list(tmp_path.iterdir())


def test_a_device_that_is_none_is_wrong_usage(vidcap: Vidcap, film: Path, tiny_model: Path) -> None:
    result = vidcap(film, "--model", tiny_model, "--device", "tpu")
    assert result.code == 2
    assert "a device is auto, cpu, cuda" in result.err


def test_a_model_that_is_none_is_told_in_one_line(vidcap: Vidcap, film: Path, tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    model.write_bytes(b"nothing of the kind")
    result = vidcap(film, film.with_name("street.mp4"), "-o", tmp_path, "--model", model)
    assert result.code == 1
    assert result.err.count("\n") == 1
    assert str(model) in result.err
    assert [path.name for path in tmp_path.iterdir()] == ["model.safetensors"]


def test_a_missing_input_is_told_before_the_model_is_loaded(vidcap: Vidcap, tmp_path: Path) -> None:
    result = vidcap(tmp_path / "none.mp4", "--model", tmp_path / "none.safetensors")
    assert result.err == f"vidcap: {tmp_path}/none.mp4: no such file\n"


@pytest.fixture
def picture(tmp_path: Path, film: Path) -> Path:
    import av

    with av.open(str(film)) as container:
        frame = next(container.decode(video=0))
    path = tmp_path / "picture.jpg"
    with av.open(str(path), "w", format="image2") as container:
        stream = container.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = frame.width, frame.height, "yuvj420p"
        for packet in [*stream.encode(frame.reformat(format="yuvj420p")), *stream.encode(None)]:
            container.mux(packet)
    return path


def test_a_picture_is_answered_with_a_sentence(quick: Vidcap, picture: Path) -> None:
    result = quick(picture)
    assert result.code == 0
    assert result.out.endswith(".\n")
    assert result.out.count("\n") == 1
    assert "-->" not in result.out


def test_several_pictures_are_told_apart_by_name(quick: Vidcap, picture: Path) -> None:
    other = picture.with_name("other.jpg")
    other.write_bytes(picture.read_bytes())
    first, second = quick(picture, other).out.splitlines()
    assert first.startswith(f"{picture}: ")
    assert second == first.replace("picture.jpg", "other.jpg")
    assert sorted(path.name for path in picture.parent.iterdir()) == ["other.jpg", "picture.jpg"]


def test_a_picture_can_have_a_track_as_well(quick: Vidcap, picture: Path) -> None:
    assert len(list(srt.parse(quick(picture, "--format", "srt").out))) == 1


def test_start_and_end_choose_a_part(quick: Vidcap, film: Path) -> None:
    cues = list(srt.parse(quick(film, "--start", "0:04", "--end", "11").out))
    assert cues[0].start.total_seconds() == 4
    assert cues[-1].end.total_seconds() <= 11


def test_width_lines_and_reading_speed_act(quick: Vidcap, film: Path) -> None:
    cues = list(srt.parse(quick(film, "--max-line-width", 12, "--max-lines", 3, "--max-cps", 9).out))
    assert cues
    for cue in cues:
        lines = cue.content.split("\n")
        assert len(lines) <= 3
        assert max(map(len, lines)) <= 12
        assert sum(map(len, lines)) / (cue.end - cue.start).total_seconds() <= 9


class Unsure(EchoDescriber):
    """Is sure of nothing."""

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        return [replace(caption, confidence=0.6) for caption in EchoDescriber.describe(self, clips)]


def test_captions_that_are_not_sure_enough_are_left_out(vidcap: Vidcap, film: Path) -> None:
    unsure = partial(vidcap, describer=Unsure())
    result = unsure(film, "--min-confidence", "0.9")
    assert (result.code, result.out) == (0, "")
    assert "the track is empty" in result.err
    assert unsure("-q", film, "--min-confidence", "0.9").err == ""
    assert unsure(film, "--min-confidence", "0.5").out


def test_more_frames_make_more_captions(quick: Vidcap, film: Path) -> None:
    def count(*options: object) -> int:
        lines = quick(film, "--json", *options).out.splitlines()
        return sum(len(json.loads(line)["captions"]) for line in lines)

    assert count("--clip", 1) > count()


def test_a_model_describes_the_same_film_the_same_way_every_time(vidcap: Vidcap, tiny_model: Path, film: Path) -> None:
    first, second = (vidcap(film, "--model", tiny_model, "--json", "--beam", beam).out for beam in (2, 2))
    assert first == second
    assert all(json.loads(line)["text"] for line in first.splitlines())


def test_verbose_says_what_was_done(quick: Vidcap, film: Path, tmp_path: Path) -> None:
    result = quick("-v", film, "-o", tmp_path / "a.srt")
    assert "x real time" in result.err
    assert all(line.startswith("vidcap: ") for line in result.err.splitlines())
