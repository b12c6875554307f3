"""All settings of captioning, composed of the stages' own; each default lives with its stage and nowhere else."""

from __future__ import annotations

from dataclasses import Field, dataclass, field, fields, replace
from fractions import Fraction
from typing import Any

from vidcap.cues.config import CueConfig
from vidcap.model.config import SearchConfig
from vidcap.sampling import SamplingConfig
from vidcap.shots import ShotConfig
from vidcap.sources.config import SourceConfig
from vidcap.timeline import Seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig:
    """How clips travel from the decoder to the model."""

    batch: int = field(default=8, metadata={"help": "Clips that the model is given at once, at most."})
    batch_span_s: Seconds = field(
        default=Fraction(20),
        metadata={"help": "Media time that one batch may span: bounds how late a cue comes."},
    )
    ahead: int = field(default=8, metadata={"help": "Clips decoded ahead of the model, at most."})
    overlap: bool = field(
        default=True, metadata={"help": "Decode in a thread of its own while the model works."}
    )

    def __post_init__(self) -> None:
        if self.batch < 1 or self.ahead < 1:
            raise ValueError(f"batch and ahead are at least 1: {self.batch = } {self.ahead = }")
        if self.batch_span_s <= 0:
            raise ValueError(f"a batch must span some time: {self.batch_span_s = }")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionConfig:
    """Settings of every stage between a video and its cues."""

    source: SourceConfig = field(default_factory=SourceConfig)
    shots: ShotConfig = field(default_factory=ShotConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    search: SearchConfig = field(default_factory=SearchConfig)
    cues: CueConfig = field(default_factory=CueConfig)
    flow: FlowConfig = field(default_factory=FlowConfig)

    def with_options(self, **options: Any) -> CaptionConfig:
        """Return a copy with fields of the stages' configs changed by their plain names, as in ``beam=5``.

        TypeError names an option that no stage has; ValueError comes from the stage whose check failed.
        """
        known = stage_fields()
        for name in options:
            if name not in known:
                raise TypeError(f"there is no option {name!r}; there are {', '.join(sorted(known))}")
        changes = {
            section.name: {name: value for name, value in options.items() if known[name][0] == section.name}
            for section in fields(self)
        }
        return replace(
            self,
            **{
                section: replace(getattr(self, section), **changed)
                for section, changed in changes.items()
                if changed
            },
        )


def stage_fields() -> dict[str, tuple[str, Field[Any]]]:
    """Return, for every option's plain name, the section of :class:`CaptionConfig` it belongs to and its field."""
    config = CaptionConfig()
    return {
        option.name: (section.name, option)
        for section in fields(config)
        for option in fields(getattr(config, section.name))
    }
