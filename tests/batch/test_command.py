"""``vidcap batch``: many films in, tracks named alike out, bad ones told apart, whole ones skipped."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import IO

import pytest

from tests.batch.conftest import Run, tracks
from tests.batch.fakes import ColourDescriber, DeadlyDescriber, StarvedDescriber
from vidcap.batch import report
from vidcap.cli import main


@pytest.fixture
def films(tmp_path: Path, film: Path) -> Path:
    """A folder with two films of the same name in folders of their own, and a broken one."""
    for name in ("a/film.mp4", "b/film.mp4", "b/notes.txt"):
        (tmp_path / "films" / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(film, tmp_path / "films" / name)
    (tmp_path / "films" / "broken.mp4").write_bytes(b"not a film at all")
    return tmp_path / "films"


def test_outputs_mirror_a_folder_and_a_bad_film_stops_no_other(run: Run, films: Path, tmp_path: Path) -> None:
    out = tmp_path / "tracks"
    done = run(films, "--formats", "srt,jsonl", "--workers", 2, out=out)
    assert done.code == 1
    assert tracks(out) == {"a/film.srt", "a/film.jsonl", "b/film.srt", "b/film.jsonl"}
    assert {entry["status"] for name, entry in done.report.items() if name == "film.mp4"} == {"done"}
    broken = done.report["broken.mp4"]
    assert (broken["status"], broken["outputs"]) == ("failed", [])
    assert broken["error"] in done.err
    assert str(films / "broken.mp4") in broken["error"]
    assert "2 done, 0 whole already, 1 failed" in done.err


def test_a_report_that_can_not_be_written_is_named(
    run: Run, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def open_full(_path: Path, mode: str, encoding: str) -> IO[str]:
        return open("/dev/full", mode, encoding=encoding)

    monkeypatch.setattr(report, "open", open_full, raising=False)
    done = run(film, out=tmp_path / "out")
    assert done.code == 1
    assert (
        done.err.splitlines()[-1] == f"vidcap: {tmp_path}/out/report.jsonl: can't be written: no space left on device"
    )


def test_a_report_that_can_not_be_written_anew_stays_as_it_was(
    run: Run, film: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out"
    before = run(film, out=out).report

    def refuse(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vidcap.batch.report.os.replace", refuse)
    done = run(film, out=out)
    assert (done.code, done.report) == (1, before)
    assert "report.jsonl: can't be written: no space left" in done.err
    assert tracks(out) == {"film.srt"}


def test_a_track_of_a_batch_is_that_of_one_film(
    run: Run, film: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert run(film, "--formats", "vtt,jsonl", out=tmp_path / "out").code == 0
    for suffix in ("vtt", "jsonl"):
        alone = tmp_path / f"alone.{suffix}"
        assert main([str(film), "-o", str(alone)], describer=ColourDescriber()) == 0
        assert (tmp_path / "out" / f"film.{suffix}").read_bytes() == alone.read_bytes()


def test_what_is_whole_is_skipped_and_what_changed_is_done_again(run: Run, film: Path, tmp_path: Path) -> None:
    copy, out = tmp_path / "copy.mp4", tmp_path / "out"
    shutil.copy(film, copy)
    assert "1 done, 0 whole" in run(copy, out=out).err
    written = (out / "copy.srt").stat().st_mtime_ns
    again = run(copy, out=out)
    assert (again.code, again.report["copy.mp4"]["status"]) == (0, "done")
    assert "0 done, 1 whole" in again.err
    assert (out / "copy.srt").stat().st_mtime_ns == written
    assert "0 done, 1 whole" in run(copy, "--threads", 1, out=out).err  # the track does not depend on it
    assert "1 done, 0 whole" in run(copy, "--max-lines", 1, out=out).err
    os.utime(copy, ns=(1, 1))
    assert "1 done, 0 whole" in run(copy, "--max-lines", 1, out=out).err
    (out / "copy.srt").unlink()
    assert "1 done, 0 whole" in run(copy, "--max-lines", 1, out=out).err
    assert "1 done, 0 whole" in run(copy, "--max-lines", 1, "--again", out=out).err


def test_a_track_that_is_not_the_batchs_own_stays(run: Run, film: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    out.mkdir()
    (out / "film.srt").write_text("by hand")
    done = run(film, out=out)
    assert (done.code, (out / "film.srt").read_text()) == (1, "by hand")
    assert "exists already" in done.report["film.mp4"]["error"]
    assert run(film, "--overwrite", out=out).code == 0
    assert "-->" in (out / "film.srt").read_text()


def test_a_killed_worker_is_replaced_and_its_film_tried_once_more(run: Run, film: Path, tmp_path: Path) -> None:
    describer = DeadlyDescriber(folder=str(tmp_path), times=1)
    done = run(film, out=tmp_path / "out", describer=describer)
    assert (done.code, done.report["film.mp4"]["attempts"]) == (0, 2)
    assert "SIGKILL" in done.err
    assert tracks(tmp_path / "out") == {"film.srt"}


def test_a_film_that_kills_each_worker_is_reported_and_the_others_are_done(
    run: Run, film: Path, tmp_path: Path
) -> None:
    other = tmp_path / "other.mp4"
    shutil.copy(film, other)
    describer = DeadlyDescriber(folder=str(tmp_path), times=2)
    done = run(film, other, out=tmp_path / "out", describer=describer)
    assert done.code == 1
    assert "killed by SIGKILL (out of memory?), 2 times" in done.report["film.mp4"]["error"]
    assert done.report["other.mp4"]["status"] == "done"
    assert tracks(tmp_path / "out") == {"other.srt"}


def test_a_worker_that_got_no_memory_is_replaced_too(run: Run, film: Path, tmp_path: Path) -> None:
    describer = StarvedDescriber(folder=str(tmp_path), times=3)  # twice for the first film, once for the other
    other = tmp_path / "other.mp4"
    shutil.copy(film, other)
    done = run(film, other, "--workers", "1", out=tmp_path / "out", describer=describer)
    assert done.code == 1
    assert done.report["film.mp4"]["error"].endswith("film.mp4: its worker got no memory, 2 times")
    assert (done.report["other.mp4"]["status"], done.report["other.mp4"]["attempts"]) == ("done", 2)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--formats", "srt,docx"], "there is no format 'docx'"),
        (["--devices", "gpu"], "a device is auto"),
        (["--split", "1"], "parts last 10 s at least"),
        (["--sample-fps", "0"], "sample_fps"),
        (["--ray-address", "x"], "goes with --engine ray"),
    ],
)
def test_wrong_usage_is_told_at_once(
    film: Path, tmp_path: Path, words: list[str], complaint: str, capfd: pytest.CaptureFixture[str]
) -> None:
    assert main(["batch", str(film), "--out", str(tmp_path / "out"), *words], describer=ColourDescriber()) == 2
    assert complaint in capfd.readouterr().err


def test_a_model_that_cant_be_loaded_ends_the_batch(run: Run, film: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong.safetensors"
    wrong.write_bytes(b"nothing")
    done = run(film, "--model", wrong, "--devices", "cpu", out=tmp_path / "out", describer=None)
    assert (done.code, tracks(tmp_path / "out")) == (1, set())
    assert "wrong.safetensors" in done.err
    assert "the same command goes on there" in done.err


@pytest.mark.slow
def test_the_packaged_model_works_in_workers(run: Run, samples_dir: Path, tmp_path: Path) -> None:
    done = run(samples_dir, "--devices", "cpu,cpu", "--beam", 1, out=tmp_path, describer=None)
    assert done.code == 0
    assert tracks(tmp_path) == {"people.srt", "street.srt", "tour.srt"}
    assert all(entry["cues"] for entry in done.report.values())


def test_workers_share_the_cores_out() -> None:
    cores = os.sched_getaffinity(0)
    code = (
        "import os, sys; from vidcap.batch.pool import Seat;"
        "print(Seat(*map(int, sys.argv[1:])).take(), *os.sched_getaffinity(0))"
    )
    for total in (1, 2, len(cores) + 1):
        taken = []
        for number in range(total):
            words = [sys.executable, "-c", code, str(number), str(total)]
            others, *own = map(int, subprocess.run(words, capture_output=True, check=True).stdout.split())
            assert others == 1
            taken += own
        assert set(taken) == cores
        assert len(taken) == max(total, len(cores))
