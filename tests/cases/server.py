"""Runs the command line once for each job, in a process forked for it: a true process without the price of its imports.

Reads jobs as lines of JSON from standard input and answers each with a line. The forked process gets its own folder,
environment, standard streams and limits; what it used is asked of the kernel. ``describer`` says who speaks:
``shots`` says one sentence a shot, other names are troubles that a model may make.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
import time
import traceback
from typing import Any

from tests.cases.speakers import SPEAKERS
from vidcap.cli import main

_PRELOADED = ("av", "numpy", "srt", "vidcap.cli.caption", "vidcap.cli.shots", "vidcap.sources.source")


def serve() -> None:
    """Answer jobs until standard input ends."""
    for name in _PRELOADED:
        __import__(name)
    for line in sys.stdin:
        answer = _answer(json.loads(line))
        print(json.dumps(answer), flush=True)  # noqa: T201


def _answer(job: dict[str, Any]) -> dict[str, Any]:
    """Run one job and return how it ended."""
    started_s = time.monotonic()
    child = os.fork()
    if child == 0:
        _become(job)
    used, status = _wait(child, started_s, job)
    code = os.waitstatus_to_exitcode(status)
    seconds = used.ru_utime + used.ru_stime
    return {"code": code, "rss_mb": used.ru_maxrss / 1024, "cpu_s": seconds, "wall_s": time.monotonic() - started_s}


def _wait(child: int, started_s: float, job: dict[str, Any]) -> tuple[Any, int]:
    """Wait for the process; send it the job's signal when that is due, and kill it when its time is over."""
    due = [(job["wall_s"], signal.SIGKILL), *map(tuple, job["signals"])]
    while True:
        done, status, used = os.wait4(child, os.WNOHANG)
        if done:
            return used, status
        now_s = time.monotonic() - started_s
        for after_s, number in [signalled for signalled in due if signalled[0] <= now_s]:
            due.remove((after_s, number))
            os.kill(child, number)
        time.sleep(0.002)


def _become(job: dict[str, Any]) -> None:
    """Be the command line; never returns."""
    code = 70
    try:
        os.chdir(job["folder"])
        os.environ.update(job["environment"])
        _redirect(job)
        resource.setrlimit(resource.RLIMIT_CPU, (job["cpu_s"], job["cpu_s"] + 1))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        if job["file_bytes"] is not None:
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (job["file_bytes"], job["file_bytes"]))
        code = main(job["words"], describer=SPEAKERS[job["describer"]])
        sys.stdout.flush()
    except BaseException:
        traceback.print_exc()
    finally:
        sys.stderr.flush()
        os._exit(code)


def _redirect(job: dict[str, Any]) -> None:
    writing = os.O_WRONLY | os.O_CREAT | os.O_TRUNC
    for place, (path, flags) in enumerate(((job["stdin"], os.O_RDONLY), (job["out"], writing), (job["err"], writing))):
        file = os.open(path, flags, 0o600)
        os.dup2(file, place)
        os.close(file)


if __name__ == "__main__":
    serve()
