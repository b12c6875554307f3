"""Mutated films through the source for a bounded time; benchmarks/fuzz.py does the same for as long as one likes."""

from __future__ import annotations

import os
import random
import subprocess
import sys
from pathlib import Path

import pytest
from fuzz import outcome, seeds
from mutations import PACKET_BYTES, WALKS, mutated, pieces

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


KINDS = {"mp4": b"stts", "mov": b"stco", "frag.mp4": b"trun", "hevc.mp4": b"hvcC", "mkv": b"\xa3", "webm": b"\xe0",
         "ffv1.mkv": b"\xae", "ts": b"PES", "avi": b"strh", "apng": b"fcTL", "flv": b"\x09", "h264": b"\x67",
         "mpg": b"\xba"}  # fmt: skip


def test_pieces_of_every_container_are_found(tmp_path: Path) -> None:
    films = seeds(tmp_path)
    for name, kind in KINDS.items():
        found = pieces(name, films[name])
        assert kind in {piece.kind for piece in found}, name
        assert all(piece.start < piece.body <= piece.end <= len(films[name]) for piece in found)
    assert set(KINDS) == set(WALKS) & set(films)
    assert (
        len([piece for piece in pieces("ts", films["ts"]) if piece.kind == b"packet"])
        == len(films["ts"]) / PACKET_BYTES
    )


def test_pieces_of_any_bytes_are_found_without_error(tmp_path: Path) -> None:
    rng = random.Random(9)
    films = seeds(tmp_path)
    for _ in range(300):
        name, content = mutated(films, rng)
        assert isinstance(pieces(name, content), list)
