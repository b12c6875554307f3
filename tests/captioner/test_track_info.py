"""What a track knows of its film."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest

from vidcap.captioner import Captioner
from vidcap.captioner.api import track_info
from vidcap.sources import open_source
from vidcap.testing import EchoDescriber


def test_formats_that_count_frames_count_those_of_the_film(samples_dir: Path, tmp_path: Path) -> None:
    with open_source(str(samples_dir / "people.mp4")) as film:
        info = film.info
    fifty = replace(info, frame_rate=Fraction(50))
    assert track_info(fifty).frame_rate == 50
    assert info.frame_rate is not None
    Captioner(EchoDescriber(picture_px=32)).caption_file(samples_dir / "people.mp4", tmp_path / "a.edl")
    frames = [line.split()[-1].split(":") for line in (tmp_path / "a.edl").read_text().splitlines() if " AX " in line]
    assert frames
    assert all(int(frame) < info.frame_rate + 1 for *_, frame in frames)


@pytest.mark.parametrize("claimed", [None, Fraction(1000), Fraction(1, 10)])
def test_a_rate_that_timecode_can_not_count_is_not_used(samples_dir: Path, claimed: Fraction | None) -> None:
    with open_source(str(samples_dir / "people.mp4")) as film:
        assert track_info(replace(film.info, frame_rate=claimed)).frame_rate == 25
