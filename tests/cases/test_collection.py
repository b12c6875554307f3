"""A collection of cases that lies outside the project, where there is one: $VIDCAP_CASES, or beside the checkout.

It holds ``cases.json`` (of each case an id, a file and what to expect) and ``make_cases.py OUT``, which builds them.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.cases.case import TRACK, Case, check_outcome, check_shots, check_times
from tests.cases.running import ROOT, Runner

FOLDER = Path(os.environ.get("VIDCAP_CASES") or ROOT.parent / "shared" / "cases")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]


def records() -> list[Any]:
    """Return the cases that are media files; the others describe what is tested beside this."""
    if not (FOLDER / "cases.json").is_file():
        return []
    found = json.loads((FOLDER / "cases.json").read_text())
    return [record for record in found if not record["file"].endswith(".json")]


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the collection was built."""
    folder = tmp_path_factory.mktemp("collection")
    command = [sys.executable, str(FOLDER / "make_cases.py"), str(folder)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1"}
    subprocess.run(command, check=True, capture_output=True, timeout=290, cwd=FOLDER, env=environment)
    return folder


@pytest.mark.skipif(not records(), reason="no collection of cases here: set VIDCAP_CASES to its folder")
@pytest.mark.parametrize("record", records(), ids=lambda record: f"{record['kind']}-{record['id']}")
@pytest.mark.timeout(600)
def test_a_case_of_the_collection(record: Any, built: Path, runner: Runner, tmp_path: Path) -> None:
    path = os.fsencode(built / record["file"])
    if "file_name_hex" in record:
        path += b"/" + bytes.fromhex(record["file_name_hex"])
    expect = record["expect"]
    outcome = runner("-o", tmp_path / TRACK, "--json", "--", path, within=built)
    codes = {"0": 0, "nonzero": 1}.get(str(expect["exit"]))
    check_outcome(outcome, codes, tuple(os.listdir(tmp_path)), os.fsdecode(path))
    case = _case(record)
    check_times(case, outcome)
    assert outcome.rss_mb < expect.get("max_rss_mb", 1200)
    if "max_cue_s" in expect:
        assert all(cue["end_s"] - cue["start_s"] <= expect["max_cue_s"] for cue in outcome.cues)
    if outcome.code == 0 and ("bounds" in expect or "duration_s" in expect):
        listed = runner("shots", "--json", "--", path, within=built)
        check_shots(case, [json.loads(line) for line in listed.out.decode().splitlines()])


def _case(record: Any) -> Case:
    expect = record["expect"]
    count = expect.get("cues")
    return Case(
        kind=record["kind"],
        name=record["file"],
        what="",
        right=expect["note"],
        build=lambda _shop, _path: None,
        cues=(count["min"], count["max"]) if count else None,
        cuts_s=tuple(expect["bounds"]) if "bounds" in expect else None,
        end_s=expect.get("duration_s"),
        first_s=expect.get("first_start"),
    )
