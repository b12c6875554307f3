"""``vidcap photos/*.jpg -o alt.csv`` and ``--alt-text``."""

from __future__ import annotations

import csv
import json
import os
import shutil
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from vidcap.testing import EchoDescriber
from vidcap.types import Caption, Clip

Run = Callable[..., Any]
needs_exiftool = pytest.mark.skipif(
    shutil.which("exiftool") is None and not os.environ.get("CI"), reason="no exiftool here"
)


class Unsure:
    """Is surer of brighter pictures."""

    picture_px = 32

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        return [Caption(clip.span, "a dog runs", float(clip.pictures.mean()) / 255) for clip in clips]


class Interrupted(Unsure):
    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        if clips[0].pictures.mean() > 150:
            raise KeyboardInterrupt
        return super().describe(clips)


@pytest.fixture
def photos(tmp_path: Path) -> list[Path]:
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = [folder / "dark.jpg", folder / "light.png"]
    for path, level in zip(paths, (60, 220), strict=True):
        Image.fromarray(np.full((40, 60, 3), level, np.uint8)).save(path)
    return paths


def test_pictures_become_a_table_with_what_is_unsure_left_empty(
    vidcap: Run, photos: list[Path], tmp_path: Path
) -> None:
    table, other = tmp_path / "alt.csv", tmp_path / "alt.json"
    done = vidcap(*photos, "-o", table, "-o", other, "--min-confidence", 0.5, describer=Unsure())
    assert (done.code, done.out) == (0, "")
    assert "dark.jpg: left empty, not sure enough: 24%, at least 50% was asked for" in done.err
    with table.open(newline="", encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(Path(row["picture"]).name, row["alt_text"]) for row in rows] == [
        ("dark.jpg", ""), ("light.png", "A dog runs."),
    ]  # fmt: skip
    assert [record["alt_text"] for record in json.loads(other.read_text())] == ["", "A dog runs."]


def test_a_bad_picture_does_not_stop_the_others(vidcap: Run, photos: list[Path], tmp_path: Path) -> None:
    bad = tmp_path / "bad.jpg"
    bad.write_bytes(b"no picture")
    done = vidcap(bad, *photos, "-o", tmp_path / "alt.json", describer=Unsure())
    assert done.code == 1
    assert "bad.jpg" in done.err
    assert len(json.loads((tmp_path / "alt.json").read_text())) == 2


def test_the_pictures_so_far_are_kept_when_interrupted(vidcap: Run, photos: list[Path], tmp_path: Path) -> None:
    done = vidcap(*photos, "-o", tmp_path / "alt.csv", describer=Interrupted())
    assert done.code == 130
    assert "the 1 pictures so far are kept here" in done.err
    assert not (tmp_path / "alt.csv").exists()
    assert "dark.jpg" in (tmp_path / "alt.partial.csv").read_text()


def test_a_table_that_is_there_is_not_replaced_unasked(vidcap: Run, photos: list[Path], tmp_path: Path) -> None:
    table = tmp_path / "alt.csv"
    table.write_text("mine")
    assert vidcap(*photos, "-o", table, describer=Unsure()).code == 1
    assert table.read_text() == "mine"
    assert vidcap(*photos, "-o", table, "--overwrite", describer=Unsure()).code == 0


@needs_exiftool
def test_alt_text_goes_to_sidecars_and_into_pictures_only_when_asked(vidcap: Run, photos: list[Path]) -> None:
    before = [photo.read_bytes() for photo in photos]
    done = vidcap(*photos, "--alt-text", "--min-confidence", 0.5, describer=Unsure())
    assert done.code == 0
    assert not photos[0].with_suffix(".xmp").exists()
    assert "A dog runs." in photos[1].with_suffix(".xmp").read_text(encoding="utf-8")
    assert [photo.read_bytes() for photo in photos] == before
    again = vidcap(photos[1], "--alt-text", describer=Unsure())
    assert again.code == 1
    assert "has alt text already" in again.err
    assert vidcap(photos[0], "--alt-text", "--in-place", describer=Unsure()).code == 0
    with Image.open(photos[0]) as opened:
        assert b"A dog runs." in opened.info["xmp"]


@needs_exiftool
def test_wrong_uses_are_told(vidcap: Run, photos: list[Path], samples_dir: Path, tmp_path: Path) -> None:
    assert vidcap(photos[0], "--in-place", describer=Unsure()).code == 2
    assert vidcap(*photos, "--alt-text", "-o", tmp_path / "a.srt", describer=Unsure()).code == 2
    twin = photos[0].with_suffix(".png")
    twin.write_bytes(photos[1].read_bytes())
    assert "share one sidecar" in vidcap(photos[0], twin, "--alt-text", describer=Unsure()).err
    film = vidcap(samples_dir / "tour.mp4", "--alt-text", describer=EchoDescriber())
    assert film.code == 1
    assert "is a film" in film.err
