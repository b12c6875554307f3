"""Captioning starts quickly: what takes seconds to import and is not needed is not imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_captioning_imports_no_compiler_and_no_zoo(tiny_model: Path, samples_dir: Path) -> None:
    code = f"""
import sys
from vidcap.cli import main
assert main(["-q", "--model", {str(tiny_model)!r}, {str(samples_dir / "street.mp4")!r}]) == 0
print(*sys.modules, file=sys.stderr)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    unwanted = {"sympy", "torch._dynamo", "torchvision", "timm", "cv2", "scipy", "pandas", "rich"}
    assert unwanted & set(done.stderr.split()) == set()
