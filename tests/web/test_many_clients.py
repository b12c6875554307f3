"""Many pages at once: the benchmark's own clients, some of which never read."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).resolve().parents[2] / "benchmarks" / "web_clients.py"


@pytest.mark.slow
def test_every_page_gets_every_cue_although_some_never_read() -> None:
    command = [sys.executable, str(BENCHMARK), "--clients", "60", "--deaf", "10", "--seconds", "3"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=200, check=True)
    _alone, together = json.loads(done.stdout.splitlines()[-1])["runs"]
    assert together["arrived"] == together["cues"] * 60 == 720
    assert together["threads"] < 12  # none for each client
