import os
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from vidcap.evaluation.java import JavaTools, ScorerError, meteor

SAID = {"a": ["a", "man", "is", "running"], "b": [], "c": ["a", "caf\u00e9"], "d": ["|||", "!"]}
TRUTH = {
    "a": [["a", "man", "runs"], ["the", "man", "ran", "fast"]],
    "b": [["a", "dog"]],
    "c": [["the", "caf\u00e9"]],
    "d": [["a", "dog"], ["a", "cat"]],
}


def children() -> set[psutil.Process]:
    return set(psutil.Process(os.getpid()).children(recursive=True))


@pytest.fixture
def before() -> set[psutil.Process]:
    """Processes that other tests keep."""
    return children()


# What pycocoevalcap's own wrapper gives for these captions, corpus and items: Meteor().compute_score(...).
CORPUS, ITEMS = 0.2241233828823708, [0.402846288358352, 0.0, 0.30000000000000004, 0.0]


@pytest.mark.slow
def test_meteor_agrees_with_pycocoevalcap_and_leaves_no_process(java: JavaTools, before: set[psutil.Process]) -> None:
    corpus, scores = meteor(SAID, TRUTH, java)
    assert children() <= before
    assert corpus == pytest.approx(CORPUS, abs=1e-9)
    assert scores == pytest.approx(ITEMS, abs=1e-9)


def program(folder: Path, script: str) -> str:
    path = folder / "java"
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("script", ["exit 1", "echo nonsense; exit 0", "while read line; do echo nonsense; done"])
def test_a_program_that_fails_is_an_error(
    java: JavaTools, tmp_path: Path, script: str, before: set[psutil.Process]
) -> None:
    with pytest.raises(ScorerError, match="METEOR: "):
        meteor(SAID, TRUTH, replace(java, java=program(tmp_path, script)))
    assert children() <= before


def test_a_program_that_hangs_is_ended(java: JavaTools, tmp_path: Path, before: set[psutil.Process]) -> None:
    started_s = time.monotonic()
    hanging = replace(java, java=program(tmp_path, "exec sleep 60"), timeout_s=0.3)
    with pytest.raises(ScorerError, match=r"METEOR: .* more than 0\.3 s"):
        meteor(SAID, TRUTH, hanging)
    assert time.monotonic() - started_s < 20
    assert children() <= before


def test_a_program_that_is_missing_is_an_error(java: JavaTools, tmp_path: Path) -> None:
    with pytest.raises(ScorerError, match="METEOR: "):
        meteor(SAID, TRUTH, replace(java, java=str(tmp_path / "none")))
