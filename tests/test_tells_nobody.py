"""No work tells anybody over the network that it is done, nor leaves a trace beside its outputs.

Libraries that report home leave it be in CI, so what says so is taken out of the environment.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from vidcap.batch.cluster import ClusterError, RayEngine
from vidcap.batch.work import Recipe

_WATCHED = """
import sys

def tell(event, arguments):
    if event in ("socket.connect", "socket.getaddrinfo", "os.fork", "os.forkpty", "subprocess.Popen", "os.posix_spawn"):
        print("WENT OUT", event, arguments, file=sys.stderr, flush=True)

sys.addaudithook(tell)
"""
_CAPTION = """
from vidcap.cli import main
sys.exit(main(["--device", "cpu", "-o", sys.argv[2], sys.argv[1]]))
"""
_CONVERT = """
from vidcap.model.quiet import imported_openvino
print(imported_openvino().convert_model)
import openvino_telemetry
"""


def _run(code: str, home: Path, *arguments: Path) -> subprocess.CompletedProcess[str]:
    """Run code with a home of its own, as somebody at a desk does."""
    marks = ("CI", "TF_BUILD", "JENKINS_URL")
    home.mkdir()
    env = {name: value for name, value in os.environ.items() if name not in marks} | {"HOME": str(home)}
    command = [sys.executable, "-c", _WATCHED + code, *map(str, arguments)]
    return subprocess.run(command, capture_output=True, text=True, check=True, env=env)


def test_captioning_goes_nowhere_and_leaves_only_its_track(tmp_path: Path, samples_dir: Path) -> None:
    home, track = tmp_path / "home", tmp_path / "track.srt"
    done = _run(_CAPTION, home, samples_dir / "street.mp4", track)
    assert "-->" in track.read_text()
    assert "WENT OUT" not in done.stderr
    assert os.listdir(home) == []


def test_openvino_is_whole_and_its_telemetry_there_for_those_who_want_it(tmp_path: Path) -> None:
    pytest.importorskip("openvino", reason="it is not installed here")
    done = _run(_CONVERT, tmp_path / "home")
    assert "convert_model" in done.stdout
    assert "WENT OUT" not in done.stderr
    assert os.listdir(tmp_path / "home") == []


def test_a_cluster_of_our_own_sends_no_statistics(monkeypatch: pytest.MonkeyPatch) -> None:
    ray = pytest.importorskip("ray", reason="it is not installed here")
    told: list[str | None] = []

    def begun(address: str, **_options: object) -> None:
        if address == "auto":
            raise ConnectionError
        told.append(os.environ.get("RAY_USAGE_STATS_ENABLED"))
        raise RuntimeError

    monkeypatch.setattr(ray, "init", begun)
    for chosen, expected in ((None, "0"), ("1", "1")):
        monkeypatch.setenv("RAY_USAGE_STATS_ENABLED", chosen or "")
        if chosen is None:
            monkeypatch.delenv("RAY_USAGE_STATS_ENABLED")
        with pytest.raises(ClusterError), RayEngine(Recipe()):
            pass
        assert told.pop() == expected
