"""A batch on a real Ray cluster of two nodes: every output is there once, whatever dies meanwhile."""

from __future__ import annotations

import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.batch.conftest import Result, tracks
from tests.batch.fakes import COLOURS, DeadlyDescriber, SlowDescriber
from tests.batch.films import SHORT, write_film

pytest.importorskip("ray", reason="Ray is not installed here (extra: ray)")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.timeout(600),
    pytest.mark.filterwarnings("default"),  # Ray's own
]

NODE = {"num_cpus": 1, "object_store_memory": 80_000_000}
Run = Callable[..., Result]


@pytest.fixture(scope="module")
def cluster() -> Iterator[Any]:
    import ray
    from ray.cluster_utils import Cluster

    root = str(Path(__file__).resolve().parents[2])
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(filter(None, [root, os.environ.get("PYTHONPATH")])))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        made = Cluster(initialize_head=True, head_node_args=NODE | {"include_dashboard": False})
        made.add_node(**NODE)
        ray.init(address=made.address, log_to_driver=False, logging_level="ERROR")
        yield made
        ray.shutdown()
        made.shutdown()


@pytest.fixture(scope="module")
def films(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("films")
    for number in range(3):
        write_film(folder / f"{number}" / "film.mp4", SHORT[number : number + 3])
    write_film(folder / "long.mp4", SHORT[:12])
    return folder


EVERYTHING = {f"{name}.{suffix}" for name in ("0/film", "1/film", "2/film", "long") for suffix in ("srt", "jsonl")}
RAY = ("--engine", "ray", "--workers", 2, "--formats", "srt,jsonl", "--split", 10)


@pytest.fixture(scope="module")
def expected(films: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """What one process makes of the films, in one piece each."""
    from vidcap.cli import main

    out = tmp_path_factory.mktemp("expected")
    assert main(["batch", str(films), "--out", str(out), "--formats", "srt,jsonl", "-q"], describer=COLOURS) == 0
    return {name: (out / name).read_bytes() for name in tracks(out)}


def same(out: Path, expected: dict[str, bytes]) -> bool:
    return {name: (out / name).read_bytes() for name in tracks(out)} == expected


def test_a_worker_is_killed_half_way_and_every_output_is_there_once(
    cluster: Any, run: Run, films: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    out = tmp_path / "out"
    done = run(films, *RAY, out=out, describer=DeadlyDescriber(folder=str(tmp_path), times=1))
    assert done.code == 0, done.err
    assert (tmp_path / "killed-0").exists()
    assert "its worker died; it is tried again" in done.err
    assert tracks(out) == EVERYTHING
    assert same(out, expected)
    entries = [json.loads(line) for line in (out / "report.jsonl").read_text().splitlines()]
    assert sorted(entry["attempts"] for entry in entries) == [1, 1, 1, 2]
    assert done.report["long.mp4"]["parts"] > 1
    again = run(films, *RAY, out=out)
    assert "0 done, 4 whole already, 0 failed" in again.err


def test_a_machine_goes_away_and_another_one_does_its_work(
    cluster: Any, run: Run, films: Path, tmp_path: Path, expected: dict[str, bytes]
) -> None:
    extra = cluster.add_node(**NODE)
    cluster.wait_for_nodes()
    out = tmp_path / "out"

    def pull_the_plug() -> None:
        deadline_s = time.monotonic() + 120
        while time.monotonic() < deadline_s and not (out.is_dir() and tracks(out)):
            time.sleep(0.1)
        cluster.remove_node(extra, allow_graceful=False)

    thread = threading.Thread(target=pull_the_plug)
    thread.start()
    done = run(films, *RAY, "--workers", 3, out=out, describer=SlowDescriber(pause_s=0.2))
    thread.join()
    assert done.code == 0, done.err
    assert same(out, expected)


def test_a_bad_film_is_told_and_a_bad_model_ends_it(cluster: Any, run: Run, films: Path, tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"not a film")
    shutil.copy(films / "0" / "film.mp4", tmp_path / "good.mp4")
    done = run(broken, tmp_path / "good.mp4", "--engine", "ray", "--workers", 1, out=tmp_path / "out")
    assert (done.code, tracks(tmp_path / "out")) == (1, {"good.srt"})
    assert str(broken) in done.report["broken.mp4"]["error"]
    done = run(
        tmp_path / "good.mp4", "--engine", "ray", "--model", broken, "--workers", 1, out=tmp_path / "2", describer=None
    )
    assert done.code == 1
    assert "broken.mp4" in done.err
