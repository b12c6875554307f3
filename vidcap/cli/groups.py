"""Options that several commands share, as one decorator for each purpose."""

from __future__ import annotations

from vidcap.cli.options import LIMITS, Command, config_options
from vidcap.cues import CueConfig, GapConfig
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.sampling import SamplingConfig
from vidcap.shots import ShotConfig
from vidcap.sources import SourceConfig

CUE_OPTIONS = ("min_confidence", "max_line_width", "max_lines", "max_cps", "min_duration_s", "max_duration_s")


def describing_options(command: Command) -> Command:
    """Add what says how clips are described: the search, the wording, what is left unsaid, what runs the model."""
    for config, names in (
        (DescriberConfig, ("runtime", "precision")),
        (DescriberConfig, ("fallback", "floor", "sure", "sure_person", "grounding", "min_blank_s")),
        (DescriberConfig, ("style", "neutral", "min_gender", "attention")),
        (SearchConfig, ("sample", "top_p", "temperature", "seed")),
        (SearchConfig, ("beam", "n_best", "min_tokens", "max_tokens", "length_penalty", "avoid", "words")),
    ):
        command = config_options(config, names)(command)
    return command


def track_options(command: Command) -> Command:
    """Add what says how a film becomes cues: decoding, sampling, shots, cues, pauses, limits."""
    for config, names in (
        (SourceConfig, LIMITS),
        (GapConfig, ("gaps", "early_s", "late_s", "least_words")),
        (CueConfig, CUE_OPTIONS),
        (ShotConfig, ("min_shot_s",)),
        (SamplingConfig, ("sample_fps", "max_frames", "clip_s")),
        (SourceConfig, ("threads", "scan", "hwaccel")),
    ):
        command = config_options(config, names)(command)
    return command
