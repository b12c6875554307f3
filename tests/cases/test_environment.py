"""Where vidcap runs: no home, nothing on the path, full disks, closed streams, other locales, no graphics card."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import srt

from tests.cases.case import controls
from tests.cases.running import ROOT, Runner, Surroundings

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]

OLD = "an older track\n"


def alone(
    *words: str | Path, shell: str = "", limit_bytes: int = 0, **environment: str
) -> subprocess.CompletedProcess[bytes]:
    """Run the command line in a process of its own, through a shell that may close streams."""
    limit = f"ulimit -v {limit_bytes >> 10} && " if limit_bytes else ""
    script = f'{limit}exec "$@" {shell}'
    command = ["sh", "-c", script, "sh", sys.executable, "-m", "tests.cases.alone", *map(str, words)]
    return subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        timeout=200,
        env=os.environ | {"PYTHONPATH": str(ROOT)} | environment,
    )


def test_neither_home_nor_programs_nor_a_terminal_are_needed(runner: Runner, plain: Path, tmp_path: Path) -> None:
    bare = {"HOME": "/nonexistent", "PATH": "/nonexistent", "TERM": "dumb", "XDG_CACHE_HOME": "/nonexistent"}
    outcome = runner(plain, "-o", tmp_path / "t.srt", around=Surroundings(environment=bare))
    assert (outcome.code, outcome.err, outcome.files) == (0, b"", ())


def test_the_current_folder_is_not_written_to(runner: Runner, plain: Path, tmp_path: Path) -> None:
    assert runner(plain, "-o", tmp_path / "t.srt", within=Path("/proc")).code == 0
    assert (tmp_path / "t.srt").exists()


@pytest.mark.parametrize("place", ["/proc/t.srt", "no/such/folder/t.srt"])
def test_a_folder_that_takes_no_files_is_told_before_the_work(runner: Runner, plain: Path, place: str) -> None:
    outcome = runner(plain, "-o", place)
    assert (outcome.code, outcome.said.count("\n"), outcome.files) == (1, 1, ())
    assert outcome.said.startswith(f"vidcap: {place}: ")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_that_may_only_be_read_is_told(runner: Runner, plain: Path, tmp_path: Path) -> None:
    tmp_path.chmod(0o555)
    outcome = runner(plain, "-o", tmp_path / "t.srt")
    assert "permission denied" in outcome.said


def test_a_full_disk_is_told_and_the_older_track_stays(runner: Runner, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "t.jsonl").write_text(OLD)
    outcome = runner(plain, "-o", tmp_path / "t.jsonl", "--overwrite", around=Surroundings(file_bytes=1000))
    assert outcome.code == 1
    assert "can't be written" in outcome.said
    assert (tmp_path / "t.jsonl").read_text() == OLD
    for path in tmp_path.glob("*.partial.jsonl"):
        assert all(json.loads(line) for line in path.read_text().splitlines())


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("shots", "--help")])
def test_help_on_a_full_device_is_one_line(words: tuple[str, ...]) -> None:
    command = [sys.executable, "-m", "vidcap", *words]
    with open("/dev/full", "w") as full:
        done = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True)
    assert (done.returncode, done.stderr) == (1, "vidcap: standard output: No space left on device\n")


@pytest.mark.parametrize("words", [("-o", "-"), ("-o", "/dev/full"), ("--json",)])
def test_a_full_device_is_told_in_one_line(runner: Runner, plain: Path, words: tuple[str, ...]) -> None:
    outcome = runner(plain, *words, around=Surroundings(out=Path("/dev/full")))
    assert (outcome.code, outcome.said.count("\n")) == (1, 1)
    assert "no space left on device" in outcome.said


def test_a_closed_standard_output_is_told_where_it_is_needed_only(plain: Path, tmp_path: Path) -> None:
    told = alone(plain, "-o", "-", shell=">&-")
    assert (told.returncode, told.stderr.count(b"\n")) == (1, 1)
    assert told.stderr.startswith(b"vidcap: -: can't be written")
    done = alone(plain, "-o", tmp_path / "t.srt", shell=">&- 2>&-")
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list(srt.parse((tmp_path / "t.srt").read_text()))) == 3


def test_other_locales_change_nothing_but_what_a_terminal_can_show(plain: Path, tmp_path: Path) -> None:
    film = tmp_path / "🎬 café.mp4"
    shutil.copy(plain, film)
    old = {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    for encoding in ("ascii", "latin-1", "utf-8"):
        done = alone(film, "-o", "-", "-v", PYTHONIOENCODING=encoding, **old)
        assert (done.returncode, b"Traceback" in done.stderr) == (0, False), done.stderr
        assert len(list(srt.parse(done.stdout.decode("utf-8")))) == 3
        missing = alone(tmp_path / "🎬 missing.mp4", PYTHONIOENCODING=encoding, **old)
        assert missing.returncode == 1
        assert b"no such file" in missing.stderr
        assert missing.stderr.count(b"\n") == 1


def test_the_input_can_never_be_the_output(runner: Runner, plain: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.srt"
    shutil.copy(plain, film)
    (tmp_path / "link.srt").symlink_to(film)
    os.link(film, tmp_path / "hard.srt")
    for output in ("film.srt", "link.srt", "hard.srt", "../" + tmp_path.name + "/film.srt"):
        outcome = runner("film.srt", "-o", output, "--overwrite", within=tmp_path)
        assert outcome.code == 2, output
        assert "is an input" in outcome.said
    beside = runner("film.srt", "plain.mp4", within=tmp_path)
    assert beside.code == 2
    assert film.read_bytes() == plain.read_bytes()


def test_a_link_to_a_track_stays_a_link(runner: Runner, plain: Path, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "t.srt").symlink_to(tmp_path / "there" / "true.srt")
    assert runner(plain, "-o", tmp_path / "t.srt").code == 0
    assert (tmp_path / "t.srt").is_symlink()
    assert list(srt.parse((tmp_path / "there" / "true.srt").read_text()))


@pytest.mark.parametrize("streams", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
@pytest.mark.parametrize("options", [(), ("--isolate",)], ids=["plain", "isolated"])
def test_closed_streams_do_not_hinder(plain: Path, tmp_path: Path, streams: str, options: tuple[str, ...]) -> None:
    done = alone(plain, "-o", tmp_path / "t.srt", *options, shell=streams)
    assert (done.returncode, done.stderr) == (0, b"")
    assert len(list(srt.parse((tmp_path / "t.srt").read_text()))) == 3


def test_a_folder_that_was_removed_meanwhile_is_told_where_it_is_needed(plain: Path, tmp_path: Path) -> None:
    (tmp_path / "gone").mkdir()
    command = [sys.executable, "-m", "tests.cases.alone", str(plain), "-o", "t.srt"]
    script = f'cd "{tmp_path}/gone" && rmdir "$PWD" && exec "$@" 2>&1'
    environment = os.environ | {"PYTHONPATH": str(ROOT)}
    done = subprocess.run(["bash", "-c", script, "bash", *command], capture_output=True, timeout=200, env=environment)
    assert (done.returncode, done.stdout.count(b"\n")) == (1, 1), done.stdout
    assert done.stdout.startswith(b"vidcap: t.srt: ")


def test_too_little_memory_or_too_few_threads_are_told_in_one_line(plain: Path, tmp_path: Path) -> None:
    for megabytes in range(160, 400, 40):
        done = alone(plain, "-o", tmp_path / "t.srt", "--overwrite", limit_bytes=megabytes << 20)
        if done.returncode == 0:
            return
        if b"numpy" in done.stderr or b"ImportError" in done.stderr:  # not even what is imported fits
            continue
        assert b"Traceback" not in done.stderr
        assert done.stderr.count(b"\n") <= 2


def test_a_device_that_is_not_there_is_told_in_one_line(plain: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "vidcap", str(plain), "-o", str(tmp_path / "t.srt"), "--device", "cuda:7"]
    environment = os.environ | {"PYTHONPATH": str(ROOT), "CUDA_VISIBLE_DEVICES": ""}
    done = subprocess.run(command, capture_output=True, timeout=280, env=environment)
    assert done.returncode == 2, done.stderr
    assert done.stderr.endswith(b"\nError: this machine has no CUDA device (or torch was built without it)\n")
    assert b"Traceback" not in done.stderr
    assert not controls(done.stderr.decode())
    assert list(tmp_path.iterdir()) == []
