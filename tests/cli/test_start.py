"""Captioning starts quickly: what takes seconds to import and is not needed is not imported."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from vidcap.cli.live import soon_ready


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


def test_a_live_narration_is_given_no_runtime_that_takes_seconds_to_start(
    tiny_model: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    assert soon_ready(None) == soon_ready(str(tiny_model)) == "auto"  # OpenVINO, with graphs of our own
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert soon_ready(None) == "torch"  # not ONNX Runtime, which may be there
