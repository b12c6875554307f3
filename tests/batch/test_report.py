"""Only one batch is at work in a folder, and on its report."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.batch.conftest import Run, tracks
from vidcap.batch import Report
from vidcap.errors import OutputError

HOLD = """
import sys, time
from pathlib import Path
from vidcap.batch import Report
with Report(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_batch_is_refused_until_the_first_ends(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    with Report(out):
        refused = run(film, out=out)
    assert (refused.code, refused.err) == (1, f"vidcap: {out}: another batch is at work there\n")
    assert (run(film, out=out).code, tracks(out)) == (0, {"film.srt"})


def test_who_is_killed_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="at work there"), Report(tmp_path):
            pass
        other.send_signal(signal.SIGKILL)
    with Report(tmp_path) as report:
        assert report.entries == {}
