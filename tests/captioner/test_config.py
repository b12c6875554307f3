"""Settings by plain names, each in one place."""

from __future__ import annotations

from collections import Counter

import pytest

from vidcap import CaptionConfig
from vidcap.captioner import FlowConfig, option_names


def test_every_option_has_a_name_of_its_own() -> None:
    twice = [name for name, times in Counter(option_names(CaptionConfig())).items() if times > 1]
    assert not twice


def test_options_reach_the_stage_that_has_them() -> None:
    config = CaptionConfig().with_options(beam=5, sample_fps=4, max_line_width=30, batch=2, min_shot_s=1)
    assert config.describer.search.beam == 5
    assert config.sampling.sample_fps == 4
    assert config.cues.max_line_width == 30
    assert config.flow.batch == 2
    assert config.shots.min_shot_s == 1


def test_options_leave_the_original_alone() -> None:
    config = CaptionConfig()
    assert config.with_options(beam=5) != config
    assert config == CaptionConfig()


def test_an_unknown_option_is_named_with_what_there_is() -> None:
    with pytest.raises(TypeError, match=r"no option is called beams; there are .*beam"):
        CaptionConfig().with_options(beams=5)


def test_a_wrong_value_is_told_by_its_stage() -> None:
    with pytest.raises(ValueError, match="beam must be at least 1"):
        CaptionConfig().with_options(beam=0)
    with pytest.raises(ValueError, match="at least 1"):
        FlowConfig(batch=0)
