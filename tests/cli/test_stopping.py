"""A signal stops the command line wherever it comes, and whoever was to hear of it hears nothing of Python's."""

from __future__ import annotations

import importlib
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

import vidcap.cli
from vidcap.cli import main, stopping

ROOT = Path(__file__).resolve().parents[2]
BOTH = pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
HANDLERS = (signal.SIGINT, signal.SIGTERM)

pytestmark = pytest.mark.filterwarnings("error::pytest.PytestUnraisableExceptionWarning")


class Finalised:
    """Does something when it is thrown away."""

    def __init__(self, deed: Callable[[], object]) -> None:
        self.deed = deed

    def __del__(self) -> None:
        self.deed()


def run(monkeypatch: pytest.MonkeyPatch, job: Callable[[], object]) -> int:
    """Return the code of a command line that does a job."""
    before = [signal.getsignal(number) for number in HANDLERS]
    hook = sys.unraisablehook

    def command(_arguments: object, _describer: object) -> int:
        job()
        return 0

    monkeypatch.setattr(vidcap.cli, "_run", command)
    code = main([])
    assert [signal.getsignal(number) for number in HANDLERS] == before
    assert sys.unraisablehook == hook
    return code


@BOTH
def test_one_that_comes_in_a_finaliser_is_heard(
    monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str], number: int, code: int
) -> None:
    def job() -> None:
        Finalised(lambda: signal.raise_signal(number))
        time.sleep(60)

    assert run(monkeypatch, job) == code
    assert capfd.readouterr() == ("", "")


@BOTH
def test_one_that_comes_amid_an_import_lets_it_end(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, code: int
) -> None:
    """As C code does that imports: the module makes another error of whatever is raised in it."""
    name = f"amid_{int(number)}"
    (tmp_path / f"{name}.py").write_text(
        f"import signal\ntry:\n    signal.raise_signal({int(number)})\n    list(range(1000))\n"
        "except BaseException:\n    raise TypeError from None\n"
    )
    monkeypatch.syspath_prepend(tmp_path)

    def job() -> None:
        importlib.import_module(name)
        time.sleep(60)

    assert run(monkeypatch, job) == code
    assert sys.modules.pop(name)


@BOTH
def test_an_import_that_does_not_end_is_interrupted(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, number: int, code: int
) -> None:
    (tmp_path / "endless.py").write_text(f"import signal, time\nsignal.raise_signal({int(number)})\ntime.sleep(60)\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(stopping, "_MOST_TRIES", 3)
    assert run(monkeypatch, lambda: importlib.import_module("endless")) == code
    assert "endless" not in sys.modules


def test_one_that_comes_while_a_lock_is_taken_leaves_no_lock_held(monkeypatch: pytest.MonkeyPatch) -> None:
    locked = 0
    for _ in range(100):
        condition = threading.Condition(threading.Lock())

        def job(condition: threading.Condition = condition) -> None:
            interrupter = threading.Timer(0.005, signal.pthread_kill, (threading.get_ident(), signal.SIGINT))
            interrupter.start()
            while True:
                with condition:
                    pass

        assert run(monkeypatch, job) == 130
        locked += not condition.acquire(blocking=False)
    assert not locked


@BOTH
def test_one_that_became_another_error_is_heard(monkeypatch: pytest.MonkeyPatch, number: int, code: int) -> None:
    """As where it comes while a condition is waited for, whose lock is not held then."""

    def job() -> None:
        lock = threading.Lock()
        with lock:
            lock.release()
            signal.raise_signal(number)
            time.sleep(60)

    assert run(monkeypatch, job) == code
    with pytest.raises(ZeroDivisionError):
        run(monkeypatch, lambda: 1 // 0)


def test_what_else_python_cannot_raise_is_told_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    monkeypatch.setattr(sys, "unraisablehook", lambda lost: told.append(lost.exc_type))

    def job() -> None:
        Finalised(lambda: 1 // 0)

    assert run(monkeypatch, job) == 0
    assert told == [ZeroDivisionError]


@pytest.mark.parametrize("number", HANDLERS)
def test_one_that_is_to_be_ignored_is_ignored(monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    before = signal.signal(number, signal.SIG_IGN)
    try:
        assert run(monkeypatch, lambda: signal.raise_signal(number)) == 0
    finally:
        signal.signal(number, before)


def test_a_program_keeps_its_own_handler(monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[int] = []
    before = signal.signal(signal.SIGTERM, lambda number, _frame: heard.append(number))
    try:
        assert run(monkeypatch, lambda: signal.raise_signal(signal.SIGTERM)) == 0
    finally:
        signal.signal(signal.SIGTERM, before)
    assert heard == [signal.SIGTERM]


@pytest.mark.parametrize("number", HANDLERS)
def test_one_that_comes_before_the_command_line_is_there_ends_the_program_without_a_word(
    tmp_path: Path, number: int
) -> None:
    (tmp_path / "click.py").write_text("import pathlib, time\npathlib.Path('here').touch()\ntime.sleep(60)\n")
    environment = os.environ | {"PYTHONPATH": f"{tmp_path}{os.pathsep}{ROOT}"}
    process = subprocess.Popen(
        [sys.executable, "-m", "vidcap"], cwd=tmp_path, env=environment, stderr=subprocess.PIPE, text=True
    )
    try:
        while not (tmp_path / "here").exists():
            assert process.poll() is None, process.communicate()
            time.sleep(0.02)
        process.send_signal(number)
        assert (process.communicate(timeout=30)[1], process.returncode) == ("", -number)
    finally:
        process.kill()
