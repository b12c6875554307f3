"""The command as people run it, with the packaged model: good, damaged and hopeless inputs in one go."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import srt

from tests.cases.case import controls
from tests.cases.running import ROOT
from tests.cases.workshop import Workshop, damaged, png_bomb

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]


@pytest.mark.parametrize("options", [(), ("--isolate",)], ids=["plain", "isolated"])
def test_each_input_gets_its_track_or_its_line(shop: Workshop, tmp_path: Path, options: tuple[str, ...]) -> None:
    shutil.copy(shop.part("plain.mp4"), tmp_path / "plain.mp4")
    shutil.copy(shop.part("still.png"), tmp_path / "still.png")
    (tmp_path / "hit.ts").write_bytes(damaged(shop.part("keys.ts").read_bytes()))
    (tmp_path / "bomb.png").write_bytes(png_bomb(16_000))
    (tmp_path / "words.mp4").write_text("no film\n")
    inputs = ["plain.mp4", "words.mp4", "hit.ts", "bomb.png", "still.png"]
    (tmp_path / "tracks").mkdir()
    done = subprocess.run(
        [sys.executable, "-m", "vidcap", *inputs, "-o", "tracks/", "--beam", "1", "--no-fallback", *options],
        cwd=tmp_path,
        capture_output=True,
        timeout=290,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
    )
    lines = done.stderr.decode().splitlines()
    assert done.returncode == 1, lines
    assert done.stdout == b""
    assert not controls(done.stderr.decode())
    errors = [line for line in lines if not line.startswith("vidcap: warning: hit.ts: ")]
    assert len(errors) == 2, lines
    assert errors[0].startswith("vidcap: words.mp4: ")
    assert errors[1].startswith("vidcap: bomb.png: ")
    tracks = {path.name: list(srt.parse(path.read_text())) for path in (tmp_path / "tracks").iterdir()}
    assert set(tracks) == {"plain.srt", "hit.srt", "still.srt"}
    assert 1 <= len(tracks["plain.srt"]) <= 3
    assert len(tracks["still.srt"]) == 1
    assert all(cue.content.strip() and cue.start < cue.end for cues in tracks.values() for cue in cues)
