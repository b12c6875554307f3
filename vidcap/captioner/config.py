"""All settings of captioning, composed of the stages' own; each default lives with its stage and nowhere else."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, fields, is_dataclass, replace
from fractions import Fraction
from functools import partial
from typing import Any, TypeVar

from vidcap.cues.config import CueConfig
from vidcap.cues.pauses import GapConfig
from vidcap.model.config import DescriberConfig
from vidcap.sampling import SamplingConfig
from vidcap.shots import ShotConfig
from vidcap.sources.config import SourceConfig
from vidcap.timeline import Seconds

C = TypeVar("C")


@dataclass(frozen=True, slots=True, kw_only=True)
class FlowConfig:
    """How clips travel from the decoder to the model."""

    batch: int = field(default=8, metadata={"help": "clips that the model is given at once, at most"})
    batch_span_s: Seconds = field(
        default=Fraction(20), metadata={"help": "media time that one batch may span: bounds how late a cue comes"}
    )
    ahead: int = field(default=4, metadata={"help": "batches that wait for the model, at most"})
    workers: int = field(
        default=0, metadata={"help": "batches described at the same time; 0 chooses by the number of cores"}
    )
    overlap: bool = field(default=True, metadata={"help": "decode in a thread of its own while the model works"})

    def __post_init__(self) -> None:
        if self.batch < 1 or self.ahead < 1:
            raise ValueError(f"batch and ahead are at least 1: {self.batch = } {self.ahead = }")
        if self.workers < 0:
            raise ValueError(f"workers can't be negative: {self.workers}")
        if self.batch_span_s <= 0:
            raise ValueError(f"a batch must span some time: {self.batch_span_s = }")


@dataclass(frozen=True, slots=True, kw_only=True)
class CaptionConfig:
    """Settings of every stage between a video and its cues."""

    source: SourceConfig = field(default_factory=partial(SourceConfig, scan="auto"))
    shots: ShotConfig = field(default_factory=ShotConfig)
    sampling: SamplingConfig = field(default_factory=SamplingConfig)
    describer: DescriberConfig = field(default_factory=DescriberConfig)
    flow: FlowConfig = field(default_factory=FlowConfig)
    cues: CueConfig = field(default_factory=CueConfig)
    dialogue: GapConfig = field(default_factory=GapConfig)

    def with_options(self, **options: Any) -> CaptionConfig:
        """Return a copy with fields of the stages' configs changed by their plain names, as in ``beam=5``.

        TypeError names an option that no stage has; ValueError comes from the stage whose check failed.
        """
        unknown = options.keys() - set(option_names(self))
        if unknown:
            known = ", ".join(sorted(option_names(self)))
            raise TypeError(f"no option is called {', '.join(sorted(unknown))}; there are {known}")
        return _changed(self, options)


def option_names(config: Any) -> Iterator[str]:
    """Yield the plain names of all fields of a config and of the configs in it."""
    for item in fields(config):
        value = getattr(config, item.name)
        if is_dataclass(value):
            yield from option_names(value)
        else:
            yield item.name


def _changed(config: C, options: dict[str, Any]) -> C:
    """Return a copy of a config with the named fields changed, in the configs inside it too."""
    changes: dict[str, Any] = {}
    for item in fields(config):  # type: ignore[arg-type]
        value = getattr(config, item.name)
        if is_dataclass(value):
            inner = _changed(value, options)
            if inner != value:
                changes[item.name] = inner
        elif item.name in options:
            changes[item.name] = options[item.name]
    return replace(config, **changes) if changes else config  # type: ignore[type-var]
