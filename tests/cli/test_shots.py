"""``vidcap shots``."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

Vidcap = Callable[..., Any]

STARTS = ["00:00:00.000", "00:00:03.500", "00:00:07.500", "00:00:11.000"]


@pytest.fixture
def film(samples_dir: Path) -> Path:
    return samples_dir / "tour.mp4"


def test_a_table_is_shown(vidcap: Vidcap, film: Path) -> None:
    result = vidcap("shots", film)
    header, *rows = result.out.splitlines()
    assert (result.code, result.err) == (0, "")
    assert header.split()[:3] == ["shot", "start", "end"]
    assert [row.split()[1] for row in rows] == STARTS


def test_csv_reads_back(vidcap: Vidcap, film: Path) -> None:
    rows = list(csv.DictReader(vidcap("shots", film, "--csv").out.splitlines()))
    assert [row["start"] for row in rows] == STARTS
    assert [int(row["start_frame"]) for row in rows] == [0, 43, 83, 167]
    assert [row["kind"] for row in rows] == ["start", "cut", "cut", "cut"]
    assert [row["end_s"] for row in rows[:-1]] == [row["start_s"] for row in rows[1:]]


def test_json_lines_hold_exact_times(vidcap: Vidcap, film: Path) -> None:
    records = [json.loads(line) for line in vidcap("shots", film, "--json").out.splitlines()]
    assert [record["start"] for record in records] == ["0", "7/2", "15/2", "11"]
    assert records[1]["start_s"] == 3.5


def test_options_act(vidcap: Vidcap, film: Path) -> None:
    assert len(vidcap("shots", film, "--csv", "--start", 4).out.splitlines()) == 4
    result = vidcap("shots", film, "--min-shot", "-1")
    assert result.code == 2
    assert "can't be negative" in result.err


def test_a_bad_input_is_told_in_one_line(vidcap: Vidcap, tmp_path: Path) -> None:
    result = vidcap("shots", tmp_path / "none.mp4")
    assert (result.code, result.out, result.err) == (1, "", f"vidcap: {tmp_path}/none.mp4: no such file\n")
