"""Only one batch is at work in a folder."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from tests.batch.test_command import Run
from vidcap.batch.alone import alone_in
from vidcap.errors import OutputError

HOLD = """
import sys, time
from pathlib import Path
from vidcap.batch.alone import alone_in
with alone_in(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_a_second_batch_is_refused_until_the_first_ends(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    with alone_in(out):
        refused = run(film, out=out)
    assert (refused.code, refused.err) == (1, f"vidcap: {out}: another batch is at work there\n")
    assert (run(film, out=out).code, sorted(os.listdir(out))) == (0, ["film.srt", "report.jsonl"])


def test_who_is_killed_lets_go(tmp_path: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == b"held\n"
        with pytest.raises(OutputError, match="at work there"), alone_in(tmp_path):
            pass
        other.send_signal(signal.SIGKILL)
    with alone_in(tmp_path):
        pass
    assert os.listdir(tmp_path) == []


def test_of_many_who_try_again_and_again_never_two_are_in(tmp_path: Path) -> None:
    inside, together, entered = [0], [0], [0]

    def work() -> None:
        for _ in range(300):
            with suppress(OutputError), alone_in(tmp_path):
                inside[0] += 1
                together[0] = max(together[0], inside[0])
                os.stat(tmp_path)  # others may come while the system is asked
                entered[0] += 1
                inside[0] -= 1

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert together == [1]
    assert entered[0] > 100
    assert os.listdir(tmp_path) == []
