"""Cues drawn into the picture: seen when they should be, upright and in shape, with all else as it was."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from vidcap.cli import main
from vidcap.errors import OutputError
from vidcap.mux import BurnConfig, burn_track
from vidcap.types import Cue

from .conftest import ffmpeg

Probe = Callable[[Path], dict[str, Any]]
CUES = [Cue(start_s=Fraction(2), end_s=Fraction(4), lines=("A man rides a horse,", "then {\\b1} <b> stops."))]
QUICK = BurnConfig(crf=30)
pytestmark = pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")


def pictures(path: Path) -> dict[Fraction, np.ndarray]:
    """Return the upright pictures of a film by the time they are shown, from its start."""
    with av.open(str(path)) as film:
        base, start = film.streams.video[0].time_base, film.start_time or 0
        return {
            Fraction((frame.pts or 0) * base) - Fraction(start, 1_000_000): frame.to_ndarray(format="gray")
            for frame in film.decode(video=0)
        }


def sound(path: Path) -> list[bytes]:
    with av.open(str(path)) as film:
        return [bytes(packet) for packet in film.demux(film.streams.audio[0]) if packet.size]


def test_text_is_seen_while_its_cue_lasts_and_nowhere_else(shelf: Path, tmp_path: Path) -> None:
    ffmpeg(tmp_path, "-f", "lavfi", "-i", "color=gray:s=320x180:r=25:d=6", "-c:v", "libx264", "grey.mp4")
    burn_track(tmp_path / "grey.mp4", CUES, tmp_path / "out.mkv", QUICK)
    for time_s, picture in pictures(tmp_path / "out.mkv").items():
        white, upper = (picture[120:] > 190).sum(), (picture[:90] > 190).sum()
        assert upper == 0
        if 2 <= time_s < 4:
            assert white > 50
        else:
            assert white == 0


@pytest.mark.parametrize("name", ["full.mkv", "late.ts", "wide.mp4"])
def test_frames_keep_their_times_and_all_else_is_copied(shelf: Path, tmp_path: Path, probe: Probe, name: str) -> None:
    burn_track(shelf / name, CUES, tmp_path / "out.mkv", QUICK)
    old, new = sorted(pictures(shelf / name)), sorted(pictures(tmp_path / "out.mkv"))
    assert len(new) == len(old)
    late_s = new[0] - old[0]  # Matroska has no times below zero, where the sound of MP4 begins: all is moved
    assert max(abs(a + late_s - b) for a, b in zip(old, new, strict=True)) <= Fraction(2, 1000)
    if name != "late.ts":  # its sound has headers that no other container has
        assert sound(tmp_path / "out.mkv") == sound(shelf / name)
    before, after = probe(shelf / name), probe(tmp_path / "out.mkv")
    kinds = [sorted(one["codec_type"] for one in seen["streams"]) for seen in (before, after)]
    assert kinds[0] == kinds[1]
    assert len(after["chapters"]) == len(before["chapters"])
    assert os.listdir(tmp_path) == ["out.mkv"]


def test_a_turned_film_is_upright_and_a_wide_one_keeps_its_shape(shelf: Path, tmp_path: Path, probe: Probe) -> None:
    burn_track(shelf / "turned.mp4", CUES, tmp_path / "turned.mp4", QUICK)
    burn_track(shelf / "wide.mp4", CUES, tmp_path / "wide.mp4", QUICK)
    turned, wide = (probe(tmp_path / f"{name}.mp4")["streams"][0] for name in ("turned", "wide"))
    assert (turned["width"], turned["height"], turned["sample_aspect_ratio"]) == (120, 160, "45:64")
    assert "side_data_list" not in turned
    assert (wide["width"], wide["height"], wide["sample_aspect_ratio"]) == (160, 120, "64:45")


@pytest.mark.slow
def test_webm_gets_vp9(shelf: Path, tmp_path: Path, probe: Probe) -> None:
    burn_track(shelf / "small.webm", CUES, tmp_path / "out.webm")
    codecs = [one["codec_name"] for one in probe(tmp_path / "out.webm")["streams"]]
    assert codecs == ["vp9", "opus", "webvtt"]


def test_what_goes_wrong_is_one_line_and_nothing_is_left(
    shelf: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "there.mkv").write_text("mine")
    words = ["mux", str(shelf / "wide.mp4"), str(shelf / "track.srt"), "--burn-in", "-q", "-o"]
    tries: list[tuple[list[str], int, str]] = [
        ([str(tmp_path / "a.mkv"), "--encoder", "nonsense"], 1, "nonsense"),
        ([str(tmp_path / "there.mkv")], 1, "exists already"),
        ([str(tmp_path / "a.webm"), "--encoder", "libx264"], 1, "WebM can't hold"),
        ([str(tmp_path / "a.mkv"), "--crf", "99"], 2, "crf"),
        ([str(tmp_path / "a.mkv"), "--title", "x"], 2, "--burn-in"),
    ]
    for more, code, said in tries:
        assert main([*words, *more]) == code
        err = capfd.readouterr().err
        assert said in err
        assert code == 2 or err.count("\n") == 1
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(OutputError, match="needs the ffmpeg program"):
        burn_track(shelf / "wide.mp4", CUES, tmp_path / "a.mkv")
    assert os.listdir(tmp_path) == ["there.mkv"]
    assert (tmp_path / "there.mkv").read_text() == "mine"


def test_a_playlist_in_a_films_clothes_is_not_given_to_the_program(shelf: Path, tmp_path: Path) -> None:
    from vidcap.errors import SourceError

    (tmp_path / "film.mp4").write_text(f"ffconcat version 1.0\nfile {shelf / 'wide.mp4'}\n")
    with pytest.raises(SourceError):
        burn_track(tmp_path / "film.mp4", CUES, tmp_path / "out.mkv")


def test_a_password_is_not_given_to_the_program(tmp_path: Path) -> None:
    from types import SimpleNamespace
    from typing import cast

    from vidcap.mux.burning import burnt_picture
    from vidcap.mux.containers import needed_container
    from vidcap.sources import SourceConfig
    from vidcap.sources.opening import Opened
    from vidcap.sources.protocols import Target

    url = "http://me:hush@localhost/film.mp4"
    opened = cast(Opened, SimpleNamespace(target=Target(url, url=url)))
    place = tmp_path / "out.mkv"
    with (
        pytest.raises(OutputError, match="list of processes") as caught,
        burnt_picture(opened, CUES, place, needed_container(place), QUICK, SourceConfig()),
    ):
        pass
    assert "hush" not in str(caught.value)
