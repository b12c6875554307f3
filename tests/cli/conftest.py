"""A model with random weights that loads fast, and ways to run the command line."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from vidcap.captioner import Describer
from vidcap.cli import main

Name = str | bytes | Path


@dataclass(frozen=True)
class Result:
    """What a run of the command line gave."""

    code: int
    out: str
    err: str


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkpoint that says nonsense, always the same."""
    import torch

    from vidcap.model import CaptionNetwork, Checkpoint, ModelConfig, Vocabulary, save_checkpoint

    torch.set_num_threads(1)
    words = Counter(("a", "man", "woman", "dog", "car", "runs", "stands", "on", "in", "the", "red"))
    with torch.random.fork_rng():
        torch.manual_seed(7)
        network = CaptionNetwork(ModelConfig(width=16, heads=2, num_concepts=0), Vocabulary.build(words, 1))
    path = tmp_path_factory.mktemp("model") / "tiny.safetensors"
    save_checkpoint(Checkpoint(network), path)
    return path


@pytest.fixture
def vidcap(capfd: pytest.CaptureFixture[str]) -> Callable[..., Result]:
    """Run the command line in this process."""

    def run(*arguments: Name | int | float, describer: Describer | None = None) -> Result:
        words = [os.fsdecode(word) if isinstance(word, (bytes, Path)) else str(word) for word in arguments]
        code = main(words, describer=describer)
        out, err = capfd.readouterr()
        return Result(code, out, err)

    return run


@pytest.fixture
def start() -> Iterator[Callable[..., subprocess.Popen[bytes]]]:
    """Start the command line as a process of its own, its output caught; it is killed when the test ends."""
    started: list[subprocess.Popen[bytes]] = []

    def popen(*arguments: Name, **options: Any) -> subprocess.Popen[bytes]:
        command = [sys.executable, "-m", "vidcap", *map(os.fsdecode, arguments)]
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
        started.append(subprocess.Popen(command, **(pipes | options)))
        return started[-1]

    yield popen
    for process in started:
        process.kill()
        process.wait()
        for stream in (process.stdin, process.stdout, process.stderr):
            if stream is not None:
                with suppress(BrokenPipeError):
                    stream.close()
