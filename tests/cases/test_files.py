"""Every kind of file that people have had trouble with: built here, run through the command line, looked at."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cases.case import TRACK, Case, check_outcome, check_shots, check_times
from tests.cases.catalogue import CASES
from tests.cases.running import Runner
from tests.cases.table import PAGE, page
from tests.cases.watching import Watch
from tests.cases.workshop import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]


def identity(case: Case) -> str:
    name = os.fsdecode(case.name).encode("ascii", "backslashreplace").decode()
    return f"{case.kind}-{name}"[:60]


@pytest.fixture
def place(shop: Workshop, request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder for one input, with a file beside it that nothing may open."""
    folder = shop.folder / f"{abs(hash(request.node.name))}"
    folder.mkdir()
    (folder / "canary").write_bytes(b"never to be read\n")
    yield folder
    shutil.rmtree(folder)


@pytest.mark.parametrize("case", CASES, ids=identity)
def test_it_is_described_rightly_or_refused_in_one_line(
    case: Case, place: Path, shop: Workshop, runner: Runner, tmp_path: Path
) -> None:
    path, out = place / os.fsdecode(case.name), tmp_path / "out"
    out.mkdir()
    case.build(shop, path)
    before = sorted(os.listdir(place))
    word = os.fsdecode(path if case.word is None else case.word)
    with Watch(place / "canary") as canary:
        outcome = runner("-o", out / TRACK, "--json", *case.options, "--", word, within=place)
    check_outcome(outcome, case.code, tuple(os.listdir(out)), word)
    assert case.says in outcome.said
    check_times(case, outcome)
    assert not canary.was_opened
    assert sorted(os.listdir(place)) == before
    if case.code == 0 and (case.cuts_s is not None or case.end_s is not None):
        check_shots(case, _records(runner("shots", "--json", *case.options, "--", word, within=place).out))


def _records(out: bytes) -> list[dict[str, Any]]:
    return [json.loads(line) for line in out.decode().splitlines()]


def test_the_table_in_the_documentation_is_that_of_the_cases() -> None:
    assert PAGE.read_text() == page(), "run python -m tests.cases.table --write"
