"""Films of a few seconds, and ways to run a batch."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.batch.fakes import COLOURS
from tests.batch.films import write_film
from vidcap.batch.report import LOCK
from vidcap.captioner import Describer
from vidcap.cli import main


@dataclass(frozen=True)
class Result:
    """What a batch gave."""

    code: int
    err: str
    report: dict[str, dict[str, Any]]
    """Entries by the last part of the input's name."""


Run = Callable[..., Result]


@pytest.fixture(scope="session")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of four shots."""
    return write_film(tmp_path_factory.mktemp("films") / "film.mp4", (2, 3, 2.5, 3))


@pytest.fixture
def run(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run ``vidcap batch`` in this process, its workers in theirs."""

    def batch(*words: Any, out: Path, describer: Describer | None = COLOURS) -> Result:
        code = main(["batch", *map(os.fsdecode, map(str, words)), "--out", str(out)], describer=describer)
        return Result(code, capfd.readouterr().err, read_report(out))

    return batch


def read_report(folder: Path) -> dict[str, dict[str, Any]]:
    path = folder / "report.jsonl"
    entries = [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []
    assert len({entry["key"] for entry in entries}) == len(entries)
    return {Path(entry["input"]).name: entry for entry in entries}


def tracks(folder: Path) -> set[str]:
    """Return the files below a folder but for the report and its lock."""
    files = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return files - {"report.jsonl", LOCK}
