"""Graphs of OpenVINO that threads share."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from vidcap.model.compiled import Compiled
from vidcap.model.cores import Share
from vidcap.model.quiet import imported_openvino

pytest.importorskip("openvino", reason="it is not installed here")


@pytest.fixture
def doubled(monkeypatch: pytest.MonkeyPatch) -> tuple[Compiled, list[Any]]:
    """A graph that doubles, and the requests that were made of it."""
    openvino = imported_openvino()
    ops = openvino.opset13
    given = ops.parameter([-1], np.float32)
    compiled = Compiled(openvino.Model([ops.multiply(given, np.float32(2))], [given]), "f32", Share(2, 1))
    made: list[Any] = []
    make = compiled._request
    monkeypatch.setattr(compiled, "_request", lambda: made.append(make()) or made[-1])
    return compiled, made


def test_what_a_call_returns_stays_as_it_is(doubled: tuple[Compiled, list[Any]]) -> None:
    compiled, _ = doubled
    first, second = (compiled([np.full(3, value, np.float32)])[0] for value in (1, 5))
    assert (first.tolist(), second.tolist()) == ([2.0] * 3, [10.0] * 3)


def test_a_thread_that_ends_leaves_its_request_to_the_next(doubled: tuple[Compiled, list[Any]]) -> None:
    compiled, made = doubled
    found: list[float] = []

    def work(value: float) -> None:
        found.extend(compiled([np.array([value], np.float32)])[0])

    for value in range(5):
        thread = threading.Thread(target=work, args=(value,))
        thread.start()
        thread.join()
    assert found == [0, 2, 4, 6, 8]
    assert len(made) == 1


def test_a_call_that_fails_keeps_no_request(doubled: tuple[Compiled, list[Any]]) -> None:
    compiled, made = doubled
    for _ in range(3):
        with pytest.raises(RuntimeError):
            compiled([np.zeros((2, 2), np.float32)])
    assert compiled([np.ones(1, np.float32)])[0].tolist() == [2.0]
    assert len(made) == 1


def test_calls_at_the_same_time_do_not_mix(doubled: tuple[Compiled, list[Any]]) -> None:
    compiled, made = doubled
    wrong: list[float] = []

    def work(value: float) -> None:
        for _ in range(200):
            (got,) = compiled([np.full(4, value, np.float32)])
            wrong.extend(float(one) for one in got if one != 2 * value)

    threads = [threading.Thread(target=work, args=(value,)) for value in (1.0, 2.0, 3.0, 4.0)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []
    assert 1 <= len(made) <= 4


ENDS_AMONG_THREADS = """
import sys, threading, time
import numpy as np
from vidcap.model.compiled import Compiled
from vidcap.model.cores import Share
from vidcap.model.quiet import imported_openvino

ops, model = imported_openvino().opset13, imported_openvino().Model
given = ops.parameter([-1], np.float32)
compiled = Compiled(model([ops.multiply(given, np.float32(2))], [given]), "f32", Share(2, 1))
go, called = threading.Event(), threading.Semaphore(0)

def work():
    compiled([np.ones(3, np.float32)])
    called.release()
    go.wait()

for _ in range(100):
    threading.Thread(target=work, daemon=True).start()
for _ in range(100):
    called.acquire()
go.set()
time.sleep(float(sys.argv[1]))
"""


@pytest.mark.parametrize("pause_s", [0.001, 0.003, 0.005])
def test_a_process_may_end_while_threads_that_called_it_end(pause_s: float) -> None:
    command = [sys.executable, "-c", ENDS_AMONG_THREADS, str(pause_s)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stderr) == (0, "")


INTERRUPTED_AFTERWARDS = """
import signal
import numpy as np
from vidcap.model.compiled import Compiled
from vidcap.model.cores import Share
from vidcap.model.quiet import imported_openvino

ops, model = imported_openvino().opset13, imported_openvino().Model
given = ops.parameter([-1], np.float32)
twice = [Compiled(model([ops.multiply(given, np.float32(2))], [given]), "f32", Share(2, 1)) for _ in range(3)]
for compiled in twice:
    compiled([np.ones(3, np.float32)])
del compiled
while twice:
    del twice[0]
try:
    signal.raise_signal(signal.SIGINT)
except KeyboardInterrupt:
    print("heard")
"""


def test_a_ctrl_c_after_models_are_given_up_is_heard() -> None:
    done = subprocess.run([sys.executable, "-c", INTERRUPTED_AFTERWARDS], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "heard\n")


SHORT_OF_MEMORY = """
import os, resource, sys
from pathlib import Path
import numpy as np
from vidcap.model.cores import Share
from vidcap.model.header import DEFAULT
from vidcap.model.light.remembering import Recognising
from vidcap.model.stored import read_stored

stored = read_stored(DEFAULT)
graph = Recognising(stored.described.config, stored.weights, Share(1, 1))._graph
few, many = ([np.ones((count, width), np.float32) for width in (1280, 2560)] for count in (4, 3000))
graph(few)
taken = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
resource.setrlimit(resource.RLIMIT_AS, (taken + 100_000, taken + 100_000))
try:
    print([output.shape for output in graph(many)])
except MemoryError:
    print("no memory")
sys.stdout.flush()
os._exit(0)
"""


@pytest.mark.skipif(not Path("/proc/self/statm").exists(), reason="asks Linux how much memory is taken")
def test_a_call_that_gets_no_memory_says_so() -> None:
    done = subprocess.run([sys.executable, "-c", SHORT_OF_MEMORY], capture_output=True, text=True, timeout=100)
    assert (done.returncode, done.stdout) == (0, "no memory\n"), done.stderr
