"""Runs the command line for a case and looks at all that came of it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
CPU_S, WALL_S = 40, 240
"""Limits of a case; the wall's is for machines that do other things besides."""
MOST_RSS_MB = 1200

Word = str | bytes | Path


@dataclass(frozen=True)
class Outcome:
    """What a run left behind."""

    code: int
    out: bytes
    err: bytes
    rss_mb: float
    cpu_s: float
    wall_s: float
    files: tuple[str, ...]
    """Names in the folder that it ran in, afterwards."""

    @property
    def said(self) -> str:
        """Standard error as text."""
        return self.err.decode("utf-8", "replace")

    @property
    def cues(self) -> list[dict[str, Any]]:
        """The cues that it wrote as JSON Lines to standard output."""
        return [json.loads(line) for line in self.out.decode("utf-8").splitlines()]

    @property
    def cuts_s(self) -> list[float]:
        """Where shots begin, the first one aside."""
        starts: dict[int, float] = {}
        for caption in self.captions:
            starts.setdefault(caption["shot"], float(Fraction(caption["start"])))
        return list(starts.values())[1:]

    @property
    def captions(self) -> list[dict[str, Any]]:
        """What the describer said, in order."""
        return [caption for cue in self.cues for caption in cue["captions"]]

    @property
    def end_s(self) -> float:
        """Where the last cue ends, or the last thing that was described."""
        return float(max([Fraction(0), *(Fraction(piece["end"]) for piece in [*self.cues, *self.captions])]))


@dataclass(frozen=True)
class Surroundings:
    """What a run finds besides its words."""

    describer: str = "shots"
    environment: Mapping[str, str] = field(default_factory=dict)
    stdin: Path = Path(os.devnull)
    out: Path | None = None
    file_bytes: int | None = None
    signals: tuple[tuple[float, int], ...] = ()
    """Sent so many seconds after the start."""


PLAIN = Surroundings()


class Runner:
    """Keeps a process that forks one for each run; close it."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._count = 0
        self.most_mb, self.most_by = 0.0, ""
        """The largest memory of a run, and its words."""
        environment = os.environ | {"OPENBLAS_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.cases.server"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env=environment,
        )

    def __call__(self, *words: Word, within: Path | None = None, around: Surroundings = PLAIN) -> Outcome:
        """Run ``vidcap WORDS`` in a fresh folder, or ``within`` one that is there."""
        self._count += 1
        place = self._folder / str(self._count)
        folder = within or place / "work"
        folder.mkdir(parents=True, exist_ok=True)
        place.mkdir(exist_ok=True)
        out, err = around.out or place / "out", place / "err"
        used = self._ask(words, folder, (out, err), around)
        if used["rss_mb"] > self.most_mb:
            self.most_mb, self.most_by = used["rss_mb"], ascii(words)
        return Outcome(
            code=used["code"],
            out=b"" if around.out else out.read_bytes(),
            err=err.read_bytes(),
            rss_mb=used["rss_mb"],
            cpu_s=used["cpu_s"],
            wall_s=used["wall_s"],
            files=tuple(sorted(os.listdir(folder))),
        )

    def _ask(self, words: Sequence[Word], folder: Path, caught: tuple[Path, Path], around: Surroundings) -> Any:
        job = {
            "words": [word if isinstance(word, str) else os.fsdecode(word) for word in words],
            "folder": str(folder),
            "stdin": str(around.stdin),
            "out": str(caught[0]),
            "err": str(caught[1]),
            "environment": dict(around.environment),
            "describer": around.describer,
            "cpu_s": CPU_S,
            "wall_s": WALL_S,
            "file_bytes": around.file_bytes,
            "signals": around.signals,
        }
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(job).encode() + b"\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())

    def close(self) -> None:
        """End the process."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()
