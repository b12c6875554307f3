"""``import vidcap`` and ``vidcap --help`` are quick: they load no heavy library."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

HEAVY = (
    "torch",
    "torchvision",
    "timm",
    "cv2",
    "av",
    "rich",
    "pycocoevalcap",
    "openvino",
    "starlette",
    "uvicorn",
    "prometheus_client",
)


def loaded_after(code: str) -> set[str]:
    """Return the top-level modules that a fresh interpreter has loaded after running ``code``."""
    script = f"import sys\n{code}\nprint(*{{name.split('.')[0] for name in sys.modules}}, file=sys.stderr)"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return set(done.stderr.split())


@pytest.mark.parametrize(
    "code",
    [
        "import vidcap",
        "import vidcap; vidcap.Captioner; vidcap.VidcapError; vidcap.Cue",
        "from vidcap.cli import main; main(['--help'])",
        "from vidcap.cli import main; main(['--version'])",
        "from vidcap.cli import main; main(['shots', '--help'])",
        "from vidcap.cli import main; main(['evaluate', '--help'])",
        "import vidcap.web, vidcap.live.hls",
        "from vidcap.cli import main; main(['train', '--help'])",
        "from vidcap.training import DataSource, Recipe, TrainConfig, read_recipe",
    ],
)
def test_nothing_heavy_is_loaded(code: str) -> None:
    assert loaded_after(code) & set(HEAVY) == set()


def test_import_vidcap_loads_not_even_numpy_and_is_quick() -> None:
    assert "numpy" not in loaded_after("import vidcap")
    before = os.times()
    subprocess.run([sys.executable, "-c", "import vidcap"], check=True)
    after = os.times()  # the processor's time: a busy machine makes the clock's meaningless
    assert after.children_user + after.children_system - before.children_user - before.children_system < 0.3


def test_captioning_with_openvino_on_a_processor_loads_no_torch(tmp_path: Path, samples_dir: Path) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    film, track, page = samples_dir / "street.mp4", tmp_path / "track.srt", tmp_path / "page.html"
    code = f"""
import sys
from vidcap.cli import main
arguments = ["-v", "--device", "cpu", "-o", {str(track)!r}, "-o", {str(page)!r}, {str(film)!r}]
assert main(arguments) == 0
print(*{{name.split(".")[0] for name in sys.modules}})
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "-->" in track.read_text()
    assert page.exists()
    assert "the CNN runs on openvino" in done.stderr
    assert "sentences are made by openvino, without torch" in done.stderr
    assert {"torch", "timm", "scipy", "pandas"} & set(done.stdout.split()) == set()


def test_captioning_needs_neither_timm_nor_torchvision_nor_cv2() -> None:
    assert loaded_after("import vidcap.model.describer") & {"timm", "torchvision", "cv2"} == set()
