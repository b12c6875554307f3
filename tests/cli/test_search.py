"""``vidcap search`` and ``vidcap index``: from captioning with --index to the moment in the report."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidcap.testing import EchoDescriber

Run = Callable[..., Any]


@pytest.fixture
def filled(vidcap: Run, tmp_path: Path, samples_dir: Path) -> Path:
    """A library with two films, reports and pictures."""
    library = tmp_path / "lib.db"
    films = (samples_dir / "tour.mp4", samples_dir / "street.mp4")
    options = ("--thumbnails", tmp_path / "pictures", "--index", library, "--end", 6)
    done = vidcap(*films, "--format", "html", "-o", f"{tmp_path}/", *options, describer=EchoDescriber())
    assert (done.code, done.out) == (0, "")
    return library


def test_what_was_captioned_is_found_with_time_picture_and_moment(vidcap: Run, filled: Path) -> None:
    found = vidcap("search", filled, "clip", "--json", "--film", "tour")
    assert found.code == 0
    first = json.loads(found.out.splitlines()[0])
    assert first["film"].endswith("tour.mp4")
    assert first["text"].startswith("Clip ")
    assert os.path.isfile(first["picture"])
    assert first["moment"] == Path(first["report"]).as_uri() + f"#t={first['start_ms'] / 1000:g}"


def test_the_table_names_film_time_and_sentence(vidcap: Run, filled: Path) -> None:
    lines = vidcap("search", filled, "clip", "--limit", 3).out.splitlines()
    assert len(lines) == 3
    assert all("mp4" in line and "Clip" in line for line in lines)


def test_nothing_found_is_told_by_the_exit_code(vidcap: Run, filled: Path) -> None:
    done = vidcap("search", filled, "zebra")
    assert (done.code, done.out) == (1, "")
    assert "nothing was found" in done.err


def test_a_library_that_is_not_there_is_not_made(vidcap: Run, tmp_path: Path) -> None:
    done = vidcap("search", tmp_path / "none.db", "dog")
    assert done.code == 1
    assert "none.db: there is no such library" in done.err
    assert not (tmp_path / "none.db").exists()


def test_open_shows_the_moment_in_a_browser(vidcap: Run, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[str] = []
    monkeypatch.setattr("webbrowser.open", lambda address: opened.append(address) or True)
    assert vidcap("search", filled, '"clip 1"', "--film", "tour", "--open").code == 0
    (address,) = opened
    assert address.startswith("file:///")
    assert "tour.html#t=" in address


def test_a_wrong_library_is_told_before_any_film_is_read(vidcap: Run, tmp_path: Path, samples_dir: Path) -> None:
    (tmp_path / "lib.db").write_text("no database, however long one looks at it " * 30)
    done = vidcap(samples_dir / "tour.mp4", "-o", tmp_path / "a.srt", "--index", tmp_path / "lib.db",
                  describer=EchoDescriber())  # fmt: skip
    assert done.code == 1
    assert done.err.count("\n") == 1
    assert not (tmp_path / "a.srt").exists()


def test_tracks_are_indexed_listed_and_pruned(vidcap: Run, tmp_path: Path) -> None:
    library, track = tmp_path / "lib.db", tmp_path / "a.srt"
    track.write_text("1\n00:00:01,000 --> 00:00:02,000\nA dog runs.\n\n")
    bad = tmp_path / "b.jsonl"
    bad.write_text("nonsense\n")
    done = vidcap("index", track, bad, "--into", library, "--list")
    assert done.code == 1
    assert "b.jsonl: line 1" in done.err
    assert "1  " in done.out
    assert "a.srt" in done.out
    track.unlink()
    assert "forgotten" in vidcap("index", "--into", library, "--prune").err
    assert vidcap("index", "--into", library, "--list").out == ""


def test_minus_and_phrases_reach_the_library(vidcap: Run, tmp_path: Path) -> None:
    library, track = tmp_path / "lib.db", tmp_path / "a.srt"
    track.write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nA red car.\n\n2\n00:00:03,000 --> 00:00:04,000\nA car by a red road.\n\n"
    )
    assert vidcap("index", track, "--into", library).code == 0
    assert "00:00:01.000" in vidcap("search", library, "car", "-road").out
    assert vidcap("search", library, '"red car"', "--limit", 9).out.count("\n") == 1
