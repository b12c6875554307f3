"""A disk that is full before the track is: one line, the older track stays, no half of one is left unmarked."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.cases.running import Runner, Surroundings
from tests.cases.validity import COUNTS, NEEDS_AN_END
from vidcap.formats import FORMATS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]

PAGE = 4096
OLD = "an older track\n"
Disk = tuple[Path, int | None]
"""A folder, and the most bytes that a file there may get where no small disk could be had."""


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Callable[[int], Disk]]:
    """Make a disk of so many pages; where it can't be mounted, the system's limit of a file's size stands for it."""
    mounted: list[Path] = []

    def make(pages: int) -> Disk:
        folder = tmp_path / "disk"
        folder.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", f"size={pages * PAGE}", "tmpfs", str(folder)]
        if shutil.which("mount") and subprocess.run(command, capture_output=True).returncode == 0:
            mounted.append(folder)
            return folder, None
        return folder, max(pages - 1, 0) * PAGE + 100

    yield make
    for folder in mounted:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("name", FORMATS)
def test_a_full_disk_costs_neither_the_older_track_nor_leaves_half_a_new_one(
    runner: Runner, hundreds: Path, tmp_path: Path, disk: Callable[[int], Disk], name: str
) -> None:
    suffix = FORMATS[name].suffixes[0]
    assert runner(hundreds, "-o", tmp_path / f"whole{suffix}").code == 0
    whole = (tmp_path / f"whole{suffix}").read_text()
    pages = -(-len(whole.encode()) // PAGE)
    assert pages > 1
    folder, file_bytes = disk(pages)  # one page short: the older track takes one
    (folder / f"t{suffix}").write_text(OLD)
    around = Surroundings(file_bytes=file_bytes)
    outcome = runner(hundreds, "-o", f"t{suffix}", "--overwrite", within=folder, around=around)
    errors = [line for line in outcome.said.splitlines() if "can't be written" in line]
    assert (outcome.code, len(errors)) == (1, 1), outcome.said
    assert errors[0].startswith(f"vidcap: t{suffix}: can't be written: ")
    assert (folder / f"t{suffix}").read_text() == OLD
    others = [path for path in folder.iterdir() if path.name != f"t{suffix}"]
    assert all(path.name == f"t.partial{suffix}" for path in others)
    for path in others:
        assert name in NEEDS_AN_END or 0 < COUNTS[name](path.read_text()) < COUNTS[name](whole)
