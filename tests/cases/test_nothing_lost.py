"""Stopped at any moment, vidcap leaves the old track, the new one, or a marked part that is a valid track."""

from __future__ import annotations

import random
import shutil
import signal
from pathlib import Path

import pytest
import srt

from tests.cases.running import Outcome, Runner, Surroundings
from tests.cases.workshop import H264, SCENES, Workshop

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]

MOMENTS = 50
OLD = "1\n00:00:00,000 --> 00:00:01,000\nAn older track.\n\n"


@pytest.fixture(scope="module")
def many_shots(shop: Workshop) -> Path:
    """A film of 30 shots of a second each."""
    path = shop.parts / "many-shots.mp4"
    inputs = [word for scene in SCENES for word in ("-f", "lavfi", "-i", f"{scene}=s=64x48:r=5:d=1")]
    shop.ffmpeg(*inputs, "-filter_complex", "[0][1][2]concat=n=3:v=1,loop=9:15,format=yuv420p", *H264, path)
    return path


def run(runner: Runner, film: Path, folder: Path, *signals: tuple[float, int]) -> Outcome:
    (folder / "t.srt").write_text(OLD)
    around = Surroundings(describer="slow", signals=signals)
    return runner(film, "-o", "t.srt", "--overwrite", "--batch", "1", within=folder, around=around)


def test_fifty_moments(runner: Runner, many_shots: Path, tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    folder.mkdir()
    whole = run(runner, many_shots, folder)
    assert (whole.code, whole.files) == (0, ("t.srt",))
    new = (folder / "t.srt").read_text()
    assert len(list(srt.parse(new))) > 15
    rng = random.Random(50)
    seen = set()
    for moment in range(MOMENTS):
        number = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT)[moment % 3]
        folder = tmp_path / str(moment)
        folder.mkdir()
        after_s = rng.uniform(0, 1.1 * whole.wall_s)
        outcome = run(runner, many_shots, folder, (after_s, number))
        seen.add(kind_of_end(folder, outcome, new))
    assert {"old", "part"} <= seen


def kind_of_end(folder: Path, outcome: Outcome, new: str) -> str:
    """Check what was left behind and return what it is."""
    assert "Traceback" not in outcome.said
    text = (folder / "t.srt").read_text()
    assert text in (OLD, new)
    others = [path for path in folder.iterdir() if path.name != "t.srt"]
    assert len(others) <= 1
    for path in others:
        assert path.name.endswith(".partial.srt")
        part = path.read_text()
        assert new.startswith(part) or path.name.startswith("t.") or not part
        cues = list(srt.parse(part))
        assert srt.compose(cues, reindex=False) == part
    if text == new:
        return "new"
    return "part" if others else "old"
