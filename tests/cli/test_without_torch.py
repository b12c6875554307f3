"""Captioning on a processor works where torch is not installed; what needs it says so in one line."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import sys
sys.modules["torch"] = None  # as if it were not installed
from vidcap.cli import main
if "GPU" in sys.argv:
    sys.argv.remove("GPU")
    import vidcap.model.devices
    vidcap.model.devices.may_have_gpu = lambda: True
sys.exit(main(sys.argv[1:]))
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", SCRIPT, *words], capture_output=True, text=True)


def test_a_film_is_captioned(samples_dir: Path, tmp_path: Path) -> None:
    done = run(str(samples_dir / "street.mp4"), "-o", str(tmp_path / "street.srt"))
    assert (done.returncode, done.stderr) == (0, "")
    assert "-->" in (tmp_path / "street.srt").read_text()


def test_a_gpu_that_can_t_be_used_is_told_of(samples_dir: Path, tmp_path: Path) -> None:
    done = run("GPU", str(samples_dir / "street.mp4"), "-o", str(tmp_path / "street.srt"))
    assert done.returncode == 0
    assert "pip install 'vidcap[torch]'" in done.stderr
    assert "-->" in (tmp_path / "street.srt").read_text()


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--runtime", "torch"], "the runtime torch was asked for"),
        (["--device", "cuda"], "it runs a model on cuda"),
    ],
)
def test_what_needs_torch_says_so(samples_dir: Path, tmp_path: Path, words: list[str], why: str) -> None:
    done = run(str(samples_dir / "street.mp4"), "-o", str(tmp_path / "street.srt"), *words)
    assert done.returncode == 2
    assert f"torch is not installed, but needed: {why}; pip install 'vidcap[torch]'" in done.stderr
    assert not list(tmp_path.iterdir())


def test_training_says_that_it_needs_torch(tmp_path: Path) -> None:
    done = run("train", str(tmp_path / "captions.jsonl"), "-o", str(tmp_path / "model.safetensors"))
    assert done.returncode == 2
    assert "torch is not installed, but needed: it trains" in done.stderr
