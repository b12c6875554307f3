"""What vidcap writes passes the profile that it was made for, whatever the captions."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.cues import PRESETS, cues
from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.lint import lint_track
from vidcap.types import Caption

from ..tracks import films, quick


@pytest.mark.parametrize("profile", PRESETS)
@quick
@given(captions=films, name=st.sampled_from(["srt", "vtt", "dapt"]))
def test_own_tracks_pass_the_profile_that_they_were_made_for(profile: str, captions: list[Caption], name: str) -> None:
    each = FORMATS[name]
    track = list(cues(captions, PRESETS[profile]))
    with TemporaryDirectory() as folder:
        path = Path(folder) / f"track{each.suffixes[0]}"
        path.write_text("".join(render(track, each.writer(TrackInfo()))), encoding="utf-8", newline="")
        report = lint_track(path, profile)
    assert report.cue_count == len(track)
    allowed = (
        {"too-short", "reading-speed", "word-speed"} if len(track) == 1 else set()
    )  # the only cue of a film that is shorter itself
    assert [problem for problem in report.problems if problem.is_error and problem.rule not in allowed] == []
