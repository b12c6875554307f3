"""``vidcap lint TRACK...``"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from vidcap.cli.lint import command

Lint = Callable[..., Any]

GOOD = "1\n00:00:01,000 --> 00:00:03,000\nA dog runs.\n\n"
FAULTY = {
    "slow.srt": ("1\n00:00:01,000 --> 00:00:02,000\nA dog runs on the grass.\n\n", "reading-speed"),
    "syntax.srt": ("1\n00:00:01,000 -> 00:00:02,000\nA dog.\n\n2\n00:00:03,000 --> 4\nA cat.\n\n", "syntax"),
    "overlap.vtt": ("WEBVTT\n\n00:01.000 --> 00:03.000\nA dog.\n\n00:02.000 --> 00:04.000\nA cat.\n", "overlap"),
    "order.vtt": ("WEBVTT\n\n00:05.000 --> 00:07.000\nA dog.\n\n00:02.000 --> 00:04.000\nA cat.\n", "order"),
    "long.ttml": (
        '<tt xmlns="http://www.w3.org/ns/ttml"><body><div><p begin="1s" end="9s">A dog.</p></div></body></tt>',
        "too-long",
    ),
    "wide.srt": ("1\n00:00:01,000 --> 00:00:05,000\nA dog runs on the grass in front of the house.\n\n", "line-width"),
}  # fmt: skip


@pytest.fixture
def lint(capsys: pytest.CaptureFixture[str]) -> Lint:
    def run(*arguments: str | Path) -> tuple[int, str]:
        try:
            command.main([str(argument) for argument in arguments], standalone_mode=False)
            code = 0
        except click.exceptions.Exit as end:
            code = end.exit_code
        return code, capsys.readouterr().out

    return run


def test_a_good_track_is_one_line_and_code_0(lint: Lint, tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(GOOD)
    code, out = lint(tmp_path / "a.srt")
    assert (code or 0) == 0
    assert out == f"{tmp_path}/a.srt: 1 cues, 0 errors, 0 warnings (netflix)\n"


@pytest.mark.parametrize("name", FAULTY)
def test_a_faulty_track_is_told_with_the_line_and_code_1(lint: Lint, tmp_path: Path, name: str) -> None:
    text, rule = FAULTY[name]
    (tmp_path / name).write_text(text)
    result = lint(tmp_path / name, "--json")
    record = json.loads(result[1])
    assert rule in record["rules"]
    assert record["errors"] > 0
    line = next(problem["line"] for problem in record["problems"] if problem["rule"] == rule)
    assert re.search(rf"error +{rule} +{line} ", lint(tmp_path / name)[1])
