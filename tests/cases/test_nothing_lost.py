"""Stopped at any moment, vidcap leaves the old track, the new one, or a marked part that is a valid track."""

from __future__ import annotations

import random
import shutil
import signal
from collections import Counter
from pathlib import Path

import pytest

from tests.cases.running import Outcome, Runner, Surroundings
from tests.cases.validity import COUNTS, NEEDS_AN_END
from vidcap.formats import FORMATS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]

MOMENTS = 50
OLD = "an older track\n"
NAMES = {name: f"t{kind.suffixes[0]}" for name, kind in FORMATS.items()}


def run(runner: Runner, film: Path, folder: Path, *signals: tuple[float, int], isolate: bool = False) -> Outcome:
    """Write every format at once over older tracks."""
    folder.mkdir()
    for name in NAMES.values():
        (folder / name).write_text(OLD)
    outputs = [word for name in NAMES.values() for word in ("-o", name)]
    around = Surroundings(describer="slow", signals=signals)
    words = ("--overwrite", "--batch", "1", *(["--isolate"] if isolate else []))
    return runner(film, *outputs, *words, within=folder, around=around)


def test_a_reader_is_known_for_every_format() -> None:
    assert set(COUNTS) == set(FORMATS)


def test_fifty_moments(runner: Runner, many_shots: Path, tmp_path: Path) -> None:
    folder = tmp_path / "whole"
    whole = run(runner, many_shots, folder)
    assert (whole.code, set(whole.files)) == (0, set(NAMES.values()))
    new = {name: (folder / NAMES[name]).read_text() for name in NAMES}
    assert all(COUNTS[name](text) > 15 for name, text in new.items())
    rng = random.Random(50)
    seen: Counter[str] = Counter()
    for moment in range(MOMENTS):
        number = (signal.SIGTERM, signal.SIGKILL, signal.SIGINT)[moment % 3]
        folder = tmp_path / str(moment)
        after_s = rng.uniform(0, 1.1 * whole.wall_s)
        outcome = run(runner, many_shots, folder, (after_s, number), isolate=moment % 10 == 9)
        assert "Traceback" not in outcome.said
        parts = {name: kind_of_end(folder, name, new[name], was_killed=number == signal.SIGKILL) for name in NAMES}
        seen.update(parts.values())
        assert len(list(folder.iterdir())) == len(NAMES) + sum(kind == "part" for kind in parts.values())
    assert {"old", "part"} <= set(seen), seen


def kind_of_end(folder: Path, format_name: str, new: str, *, was_killed: bool) -> str:
    """Check what was left of one output and return what it is: the old track, the new one, or a marked part."""
    name = NAMES[format_name]
    text = (folder / name).read_text()
    assert text in (OLD, new)
    others = [path for path in folder.iterdir() if path.name.endswith(f".partial{Path(name).suffix}")]
    assert len(others) <= 1
    for path in others:
        part = path.read_text()
        if part and not (was_killed and format_name in NEEDS_AN_END):
            assert COUNTS[format_name](part) <= COUNTS[format_name](new)
    if others:
        return "part"
    return "new" if text == new else "old"
