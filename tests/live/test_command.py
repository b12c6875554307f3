"""The command as an operator runs it: signals, exit codes, secrets, outputs."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import click
import psutil
import pytest

from tests.live.cameras import ROOT, bad_camera, free_port, needs_cameras, remuxed
from vidcap.cli.root import root
from vidcap.lint import read_track

WORKER = "vidcap.sources.live.worker"
SPEAKS = """
import sys
from tests.live.cameras import Speaker
from vidcap.cli import main
sys.exit(main(describer=Speaker()))
"""


@pytest.fixture
def start(tmp_path: Path) -> Callable[..., subprocess.Popen[bytes]]:
    """Start the command line with a describer that is quick, in a folder of its own."""

    def popen(*words: str, **variables: str) -> subprocess.Popen[bytes]:
        environment = os.environ | variables | {"PYTHONPATH": os.pathsep.join([str(ROOT), *sys.path])}
        command = [sys.executable, "-c", SPEAKS, *words]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=tmp_path, env=environment, **pipes)  # type: ignore[call-overload,no-any-return]

    return popen


def wait_for(path: Path, text: str) -> None:
    until_s = time.monotonic() + 60
    while time.monotonic() < until_s:
        if path.is_file() and text in path.read_text():
            return
        time.sleep(0.05)
    raise AssertionError(f"{text!r} did not come")


@needs_cameras
@pytest.mark.slow
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_leaves_whole_tracks_a_summary_and_no_process(
    number: signal.Signals, loop: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    with bad_camera(loop, "--auth", "user:geheim") as camera:
        url = camera.url.replace("//", "//user:geheim@")
        outputs = [word for name in ("a.vtt", "a.srt", "a.jsonl", "a.txt", "-") for word in ("-o", name)]
        process = start("--source-env", "CAMERA", *outputs, "--window", "1", "--hls", "hls", CAMERA=url)
        (tmp_path / "hls").mkdir(exist_ok=True)
        wait_for(tmp_path / "a.vtt", "Thing2")
        running = subprocess.run(["ps", "-ww", "-eo", "args"], capture_output=True, text=True, check=True).stdout
        worker = _worker_of(process)
        process.send_signal(number)
        asked_s = time.monotonic()
        out, err = process.communicate(timeout=60)
        assert time.monotonic() - asked_s < 10
    assert process.returncode == 0
    said = err.decode()
    assert "cues, delay" in said.splitlines()[-1]
    assert "geheim" not in said + out.decode() + (tmp_path / "a.jsonl").read_text()
    assert not [line for line in running.splitlines() if "user:geheim@" in line]
    counts = [len(cues) for cues, problems in map(read_track, (tmp_path / "a.vtt", tmp_path / "a.srt")) if not problems]
    records = [json.loads(line) for line in (tmp_path / "a.jsonl").read_text().splitlines()]
    assert len(counts) == 2
    assert counts[0] == counts[1] == sum(record["type"] == "cue" for record in records) == len(out.splitlines())
    assert sum(record["type"] == "cue_end" for record in records) == counts[0]
    assert (tmp_path / "hls" / "captions.m3u8").is_file()
    assert not worker.is_running()


def _workers() -> list[psutil.Process]:
    return [each for each in psutil.process_iter(["cmdline"]) if WORKER in (each.info["cmdline"] or ())]


def _worker_of(process: subprocess.Popen[bytes]) -> psutil.Process:
    (worker,) = [each for each in _workers() if each.ppid() == process.pid]
    return worker


@pytest.mark.slow
def test_a_reader_that_is_killed_is_replaced_and_one_left_alone_goes(
    loop: Path, tmp_path: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    film = remuxed(loop, "long.ts", 50)
    process = start("live", str(film), "--realtime", "-o", "a.jsonl", "--window", "1")
    wait_for(tmp_path / "a.jsonl", '"live"')
    _worker_of(process).kill()
    wait_for(tmp_path / "a.jsonl", "the reading process crashed (SIGKILL)")
    wait_for(tmp_path / "a.jsonl", '"reconnects": 1')
    worker = _worker_of(process)
    process.kill()
    process.communicate()
    assert psutil.wait_procs([worker], timeout=20)[0]


@pytest.mark.slow
def test_one_line_and_code_1_when_given_up(start: Callable[..., subprocess.Popen[bytes]]) -> None:
    process = start(f"rtsp://user:geheim@127.0.0.1:{free_port()}/x", "--give-up-after", "0", "-q")
    out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (1, b"")
    (line,) = err.decode().splitlines()
    assert line.startswith("vidcap: rtsp://***@127.0.0.1:")
    assert line.endswith("the connection was refused")


@pytest.mark.slow
def test_json_has_wall_times_and_figures(loop: Path, start: Callable[..., subprocess.Popen[bytes]]) -> None:
    film = remuxed(loop, "json.mp4")
    process = start("--live", str(film), "--realtime", "--json", "--window", "1")
    out, err = process.communicate(timeout=90)
    assert process.returncode == 0, err
    records = [json.loads(line) for line in out.splitlines()]
    assert {"cue", "cue_end", "state", "tally"} == {record["type"] for record in records}
    assert records[-1]["type"] == "tally"
    assert records[-1]["frames_in"] == 150


@pytest.mark.slow
def test_when_whoever_reads_goes_away_it_ends_quietly(
    loop: Path, start: Callable[..., subprocess.Popen[bytes]]
) -> None:
    process = start("live", str(remuxed(loop, "head.mp4")), "--realtime", "--window", "1")
    assert process.stdout is not None
    assert process.stderr is not None
    process.stdout.readline()
    process.stdout.close()
    with process.stderr as stderr:
        said = stderr.read()
    assert process.wait(60) == 141
    assert b"Traceback" not in said


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["live"], "name one source"),
        (["live", "a", "--source-env", "B"], "name one source"),
        (["--source-env", "NOWHERE_TO_BE_FOUND"], "the environment has no NOWHERE_TO_BE_FOUND"),
        (["live", "-", "-o", "a.vtt", "-o", "a.vtt"], "2 outputs would be written"),
        (["live", "-", "--json", "-o", "-"], "only one output"),
        (["live", "-", "--rotate", "1h"], "--rotate needs files"),
        (["live", "-", "-o", "a.vtt", "--rotate", "soon"], "not a period"),
        (["live", "-", "--hls-offset", "1"], "--hls DIR"),
        (["live", "-", "--window", "0.1"], "from 0.5 to 60"),
    ],
)
def test_wrong_usage_is_told(words: list[str], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    from vidcap.cli import main

    assert main(words) == 2
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("words", "command"),
    [
        (["rtsp://camera/x"], "live"),
        (["-o", "a.vtt", "srt://host:1"], "live"),
        (["webcam:0"], "live"),
        (["--live", "film.mp4"], "live"),
        (["--source-env=CAMERA"], "live"),
        (["film.mp4"], "caption"),
        (["https://host/film.mp4"], "caption"),
        (["shots", "rtsp://camera/x"], "shots"),
    ],
)
def test_a_cameras_address_needs_no_verb(words: list[str], command: str) -> None:
    context = click.Context(root)
    root.parse_args(context, list(words))
    assert [*context._protected_args, *context.args][0] == command
