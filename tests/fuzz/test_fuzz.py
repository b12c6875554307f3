"""Mutated films through the source for a bounded time; benchmarks/fuzz.py does the same for as long as one likes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.fuzz import mutated, outcome, seeds

ROOT = Path(__file__).resolve().parents[2]
SECONDS = float(os.environ.get("VIDCAP_FUZZ_SECONDS", "60"))

pytestmark = pytest.mark.slow


def test_mutated_films_are_read_or_refused(tmp_path: Path) -> None:
    command = [sys.executable, str(ROOT / "benchmarks" / "fuzz.py"), "--seed", "5", "--minutes", str(SECONDS / 60)]
    done = subprocess.run(
        [*command, "--keep", str(tmp_path)],
        capture_output=True,
        text=True,
        timeout=SECONDS + 200,
        env=os.environ | {"PYTHONPATH": str(ROOT), "OPENBLAS_NUM_THREADS": "1"},
    )
    said = "\n".join(path.read_text() for path in tmp_path.glob("bug*.txt"))
    assert done.returncode == 0, done.stdout + done.stderr + said
    assert '"frames"' in done.stdout
    assert '"refused"' in done.stdout


def test_a_seed_always_makes_the_same_films(tmp_path: Path) -> None:
    films = seeds(tmp_path)
    first, second = ([mutated(films, rng) for _ in range(50)] for rng in (random.Random(3), random.Random(3)))
    assert first == second
    assert len({content for _suffix, content in first}) > 45


def test_a_whole_film_gives_frames(tmp_path: Path) -> None:
    for suffix, content in seeds(tmp_path).items():
        path = tmp_path / f"whole.{suffix}"
        path.write_bytes(content)
        assert outcome(path, tmp_path / "said") == "frames", suffix
