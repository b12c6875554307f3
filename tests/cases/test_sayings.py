"""What a model may say: nothing, the same again, nonsense, attacks. Tracks stay valid, terminals stay whole."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
import srt

from tests.cases.case import controls
from tests.cases.running import Runner, Surroundings
from vidcap.formats import FORMATS

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]

CUES = {"shots": 3, "empty": 0, "blank": 0, "same": 1, "unknown": 1, "nan": 3, "huge": 1, "hostile": 1}
"""Sentences that share most of their words become one."""


@pytest.mark.parametrize("speaker", CUES)
def test_whatever_a_model_says_becomes_a_valid_track(runner: Runner, plain: Path, tmp_path: Path, speaker: str) -> None:
    outputs = [word for kind in FORMATS.values() for word in ("-o", str(tmp_path / f"t{kind.suffixes[0]}"))]
    outcome = runner(plain, *outputs, around=Surroundings(describer=speaker))
    assert outcome.code == 0, outcome.said
    assert "Traceback" not in outcome.said
    cues = list(srt.parse((tmp_path / "t.srt").read_text()))
    assert len(cues) == CUES[speaker]
    assert [cue.index for cue in cues] == list(range(1, len(cues) + 1))
    assert all(len(line) <= 42 for cue in cues for line in cue.content.splitlines())
    lines = [json.loads(line) for line in (tmp_path / "t.jsonl").read_text().splitlines()]
    assert len(lines) == len(cues)
    for path in tmp_path.iterdir():
        text = path.read_bytes().decode("utf-8")
        assert not controls(text), path.name
        assert not {"\u202e", "\ufeff"} & set(text), path.name
    assert (tmp_path / "t.vtt").read_text().count("-->") == len(cues)
    assert (tmp_path / "t.srt").read_text().count("-->") == len(cues)


@pytest.mark.parametrize("words", [(), ("--json",), ("-v",), ("--format", "vtt")])
def test_neither_titles_nor_names_nor_captions_reach_the_terminal_as_commands(
    runner: Runner, plain: Path, tmp_path: Path, words: tuple[str, ...]
) -> None:
    film = tmp_path / "\x1b]0;OWNED\x07\x9b31m\x1b[2J\r\nvidcap: forged.mp4"
    shutil.copy(plain, film)
    outcome = runner(film, *words, around=Surroundings(describer="hostile"))
    assert outcome.code == 0
    missing = runner(f"{film}x", *words)
    listed = runner("shots", film)
    unwritable = runner(plain, "-o", f"{film}/t.srt")
    for run in (outcome, missing, listed, unwritable):
        assert not controls((run.out + run.err).decode())
        assert not any(line.startswith("vidcap: forged") for line in run.said.splitlines())
    assert missing.said.count("\n") == unwritable.said.count("\n") == 1
