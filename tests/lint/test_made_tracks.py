"""Tracks that vidcap makes of real film pass the checks that it makes of anybody's."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidcap.captioner import Captioner
from vidcap.cues import PRESETS, GapConfig
from vidcap.lint import lint_track

MEDIA = ("big-buck-bunny-480p-30s.mp4", "intel-bottles-40s.mp4")
CLIPS = 8


def films(data_dir: Path) -> list[Path]:
    clips = sorted((data_dir / "video_dev" / "clips").iterdir())
    return [*(data_dir / "media" / name for name in MEDIA), *clips[:: max(1, len(clips) // CLIPS)][:CLIPS]]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_ten_tracks_of_real_film_are_clean(data_dir: Path, tmp_path: Path) -> None:
    """The model that ships, ten films, each profile in turn, each format that can be checked."""
    made = films(data_dir)
    assert len(made) == 10
    loaded = Captioner.load(device="cpu", sample_fps=2, fallback=False)
    for place, film in enumerate(made):
        profile = sorted(PRESETS)[place % len(PRESETS)]
        suffix = (".srt", ".vtt", ".ttml")[place // len(PRESETS) % 3]
        options = {name: getattr(PRESETS[profile], name) for name in PRESETS[profile].__dataclass_fields__}
        captioner = Captioner(loaded.describer, loaded.config.with_options(**options))
        track = tmp_path / f"{place}{suffix}"
        count = captioner.caption_file(film, track)
        report = lint_track(track, profile)
        assert report.cue_count == count > 0
        assert [problem for problem in report.problems if problem.is_error] == [], f"{film.name}, {profile}"


@pytest.mark.slow
def test_a_track_fitted_into_pauses_is_clean_too(data_dir: Path, tmp_path: Path) -> None:
    assert GapConfig().gaps is None
    loaded = Captioner.load(device="cpu", sample_fps=2, gaps="audio", fallback=False)
    loaded.caption_file(data_dir / "media" / MEDIA[0], tmp_path / "a.vtt")
    report = lint_track(tmp_path / "a.vtt", "netflix")
    assert report.cue_count > 0
    assert [problem for problem in report.problems if problem.is_error] == []
