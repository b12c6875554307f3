"""Reports, key pictures and contact sheets from the command line."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from vidcap.testing import EchoDescriber
from vidcap.types import Caption, Clip

Run = Callable[..., Any]
SPEAKER = EchoDescriber()


class BreaksOff(EchoDescriber):
    """Is interrupted after eight clips."""

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        if clips[0].span.index > 8:
            raise KeyboardInterrupt
        return super().describe(clips)


@pytest.fixture
def film(samples_dir: Path) -> Path:
    return samples_dir / "tour.mp4"


def test_a_report_is_written_with_the_film_linked_and_a_picture_for_each_moment(
    vidcap: Run, film: Path, tmp_path: Path
) -> None:
    page = tmp_path / "tour.html"
    assert vidcap(film, "-o", page, describer=SPEAKER).code == 0
    text = page.read_text(encoding="utf-8")
    moments = text.count('<li class="moment')
    assert moments > 2
    assert text.count("data:image/webp;base64,") == moments
    assert 'src="./' in text
    assert "tour.mp4" in text
    assert vidcap(film, "-o", page, describer=SPEAKER).code == 1  # it is there already


def test_embed_puts_the_film_into_the_page(vidcap: Run, film: Path, tmp_path: Path) -> None:
    page = tmp_path / "tour.html"
    assert vidcap(film, "-o", page, "--embed", "--end", 3, describer=SPEAKER).code == 0
    assert page.stat().st_size > film.stat().st_size * 4 / 3
    assert 'src="./' not in page.read_text(encoding="utf-8")


def test_what_can_not_be_embedded_is_one_line_and_leaves_no_file(
    vidcap: Run, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("vidcap.report.film.LARGEST_BYTES", 1000)
    done = vidcap(film, "-o", tmp_path / "a.html", "--embed", describer=SPEAKER)
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_an_interrupted_report_is_kept_whole_up_to_there(vidcap: Run, film: Path, tmp_path: Path) -> None:
    done = vidcap(film, "-o", tmp_path / "a.html", "--clip", 1, describer=BreaksOff())
    assert done.code == 130
    (part,) = tmp_path.iterdir()
    assert part.name == "a.partial.html"
    assert part.read_text(encoding="utf-8").endswith("</html>\n")


def test_a_page_on_standard_output_says_that_it_has_no_place(vidcap: Run, film: Path) -> None:
    done = vidcap(film, "--format", "html", "--end", 3, describer=SPEAKER)
    assert done.code == 0
    assert done.out.startswith("<!doctype html>")
    assert done.out.endswith("</html>\n")


def test_thumbnails_are_named_by_time_and_show_their_moment(vidcap: Run, film: Path, tmp_path: Path) -> None:
    folder = tmp_path / "pictures"
    assert vidcap(film, "-o", tmp_path / "a.srt", "--thumbnails", folder, describer=SPEAKER).code == 0
    names = sorted(path.name for path in folder.iterdir())
    assert names[0] == "tour-00-00-00.000.jpg"
    assert len(names) > 2
    with Image.open(folder / names[1]) as picture:
        assert picture.format == "JPEG"
        assert max(picture.size) <= 960
    again = vidcap(film, "-o", tmp_path / "b.srt", "--thumbnails", folder, describer=SPEAKER)
    assert again.code == 1
    assert "exists already" in again.err


def test_a_contact_sheet_has_a_cell_for_each_moment(vidcap: Run, film: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    assert vidcap(film, "-o", tmp_path / "a.srt", "--contact-sheet", sheet, describer=SPEAKER).code == 0
    with Image.open(sheet) as picture:
        assert picture.format == "PNG"
        colours = {picture.getpixel((26 + column * 336, 74)) for column in range(3)}
    assert len(colours) == 3  # a picture in each
    assert (tmp_path / "a.srt").read_text()


def test_a_sheet_of_a_long_film_shows_moments_from_all_of_it(tmp_path: Path) -> None:
    from tests.report.films import cue_of
    from vidcap.report.sheet import MOST_PICTURES, ContactSheet

    sheet = ContactSheet(tmp_path / "s.png", "Long")
    with sheet:
        for number in range(1000):
            sheet.write(cue_of(number, f"Moment number {number} of a very long film with a long sentence."))
        assert len(sheet._kept) <= MOST_PICTURES
        assert sheet._kept[-1].shot_index > 900
    assert (tmp_path / "s.png").stat().st_size > 1000


def test_wrong_places_are_told_before_the_film_is_described(vidcap: Run, film: Path, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    cases = [("--contact-sheet", tmp_path / "no" / "a.png"), ("--contact-sheet", tmp_path / "a.gif"),
             ("--thumbnails", tmp_path / "file")]  # fmt: skip
    for option, place in cases:
        done = vidcap(film, "-o", tmp_path / "a.srt", option, place, describer=BreaksOff())
        assert (done.code, done.err.count("\n")) == (1, 1)
        assert not (tmp_path / "a.srt").exists()
    two = vidcap(film, film, "-o", f"{tmp_path}/", "--contact-sheet", tmp_path / "a.png", describer=SPEAKER)
    assert two.code == 2
