"""The progress bar."""

from __future__ import annotations

import io
from fractions import Fraction

from rich.console import Console

from vidcap.cli.progress import Position, shown_progress
from vidcap.testing import frames_from_arrays
from vidcap.types import Frame


def shown(seconds: int, *, start_s: int = 0, end_s: int | None = 60) -> str:
    """Return what a terminal of 100 columns got while ``seconds`` of film were read."""
    import numpy as np

    console = Console(file=io.StringIO(), force_terminal=True, width=100, color_system=None)
    position = Position()
    limit_s = None if end_s is None else Fraction(end_s)
    with shown_progress("a\x1b[31m film.mp4", position, start_s=Fraction(start_s), end_s=limit_s, console=console):
        pictures = [np.zeros((2, 2, 3), np.uint8)] * seconds
        frames: list[Frame] = list(position("decode", frames_from_arrays(pictures, fps=1)))
        assert len(frames) == seconds
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_media_time_pace_and_what_is_left_are_shown() -> None:
    text = shown(30)
    assert "00:00:30 of 00:01:00" in text
    assert "x real time" in text
    assert "--:--" in text or "00:0" in text


def test_without_a_known_end_the_time_alone_is_shown() -> None:
    text = shown(30, end_s=None)
    assert "00:00:30 " in text
    assert " of " not in text


def test_names_can_not_steer_the_terminal() -> None:
    assert "\x1b[31m" not in shown(1)


def test_other_streams_pass_untouched() -> None:
    items = iter([1, 2])
    assert Position()("cues", items) is items
