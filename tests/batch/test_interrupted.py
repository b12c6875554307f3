"""Ctrl-C leaves whole tracks and nothing else, and the same command goes on there."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from tests.batch.conftest import read_report, tracks

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
from tests.batch.fakes import ColourDescriber, SlowDescriber
from vidcap.cli import main
if __name__ == "__main__":
    pause_s = float(sys.argv[1])
    sys.exit(main(sys.argv[2:], describer=SlowDescriber(pause_s=pause_s) if pause_s else ColourDescriber()))
"""


def start(folder: Path, pause_s: float) -> subprocess.Popen[str]:
    script = folder / "script.py"
    script.write_text(SCRIPT)
    words = [str(pause_s), "batch", str(folder / "films"), "--out", str(folder / "out"), "--workers", "2"]
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    return subprocess.Popen([sys.executable, str(script), *words], stderr=subprocess.PIPE, text=True, env=environment)


def worker_processes(parent: int) -> list[int]:
    return [process.pid for process in psutil.Process(parent).children(recursive=True)]


@pytest.mark.slow
@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_an_interrupted_batch_goes_on_where_it_ended(film: Path, tmp_path: Path, number: int, code: int) -> None:
    (tmp_path / "films").mkdir()
    for count in range(6):
        shutil.copy(film, tmp_path / "films" / f"{count}.mp4")
    process = start(tmp_path, 1.0)
    deadline_s = time.monotonic() + 120
    while not whole_tracks_in(tmp_path) and time.monotonic() < deadline_s:
        assert process.poll() is None, process.communicate()
        time.sleep(0.1)
    workers = worker_processes(process.pid)
    process.send_signal(number)
    err = process.communicate(timeout=60)[1]
    assert process.returncode == code, err
    assert "Traceback" not in err
    assert "the same command goes on there" in err
    wait_until_gone(workers)
    whole = tracks_in(tmp_path)
    report = read_report(tmp_path / "out")
    assert 0 < len(whole) < 6
    assert {f"{name[:-4]}.srt" for name, entry in report.items() if entry["status"] == "done"} == whole
    process = start(tmp_path, 0)
    err = process.communicate(timeout=120)[1]
    assert (process.returncode, tracks_in(tmp_path)) == (0, {f"{count}.srt" for count in range(6)})
    assert f"{6 - len(whole)} done, {len(whole)} whole already, 0 failed" in err
    assert {entry["status"] for entry in read_report(tmp_path / "out").values()} == {"done"}


def tracks_in(folder: Path) -> set[str]:
    return tracks(folder / "out") if (folder / "out").is_dir() else set()


def whole_tracks_in(folder: Path) -> set[str]:
    """Those that have their name; others are still being written under another."""
    return {name for name in tracks_in(folder) if re.fullmatch(r"\d\.srt", name)}


def wait_until_gone(processes: list[int]) -> None:
    deadline_s = time.monotonic() + 20
    while any(psutil.pid_exists(process) for process in processes):
        assert time.monotonic() < deadline_s
        time.sleep(0.1)
