"""The shape of a captioning network, and how its sentences are searched for."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from fractions import Fraction
from typing import Any, Literal

from vidcap.timeline import Seconds

IMAGENET_TRUST = 0.8
"""How much of an ImageNet probability counts as evidence for the everyday noun."""


def from_dict(kind: Any, values: dict[str, Any]) -> Any:
    """Return the frozen config ``kind`` made of ``values``; ValueError names any key that it does not know."""
    known = {f.name for f in fields(kind)}
    unknown = sorted(set(values) - known)
    if unknown:
        raise ValueError(f"{kind.__name__} does not know {', '.join(unknown)}")
    return kind(**{k: tuple(v) if isinstance(v, list) else v for k, v in values.items()})


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelConfig:
    """Everything that fixes the tensors of a checkpoint."""

    encoder: str = "lite0"
    """``lite0``, or the name of a timm model."""
    encoder_features: int = 1280
    """Channels of the encoder's last grid."""
    picture_px: int = 224
    mean: tuple[float, ...] = (0.5, 0.5, 0.5)
    std: tuple[float, ...] = (0.5, 0.5, 0.5)
    temporal: str = "lstm"
    """Recurrence over the frames of a clip: ``lstm`` or ``gru``."""
    width: int = 384
    heads: int = 8
    concept_width: int = 768
    """Hidden width of the concept head."""
    num_concepts: int = 12
    """How many of the strongest concepts the decoder sees; 0 switches them off."""
    dropout: float = 0.4
    max_tokens: int = 24
    """Longest caption, end token included."""
    styles: tuple[str, ...] = ("still", "video")
    """Ways of saying it that the decoder was taught; the first is for pictures, the second, if any, for video."""

    def __post_init__(self) -> None:
        if self.temporal not in ("lstm", "gru"):
            raise ValueError(f"temporal is lstm or gru: {self.temporal!r}")
        if self.heads < 1 or self.width % self.heads:
            raise ValueError(f"heads must divide width: {self.width = } {self.heads = }")
        if not self.styles:
            raise ValueError("a model needs at least one style")


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchConfig:
    """How a sentence is looked for."""

    beam: int = field(default=3, metadata={"help": "Sentences kept while searching; 1 is greedy."})
    length_penalty: float = field(
        default=0.7, metadata={"help": "Log-probability is divided by length to this power; 0 prefers short."}
    )
    no_repeat: int = field(
        default=2,
        metadata={"help": "No run of this many words, and no word for a thing or action, occurs twice; 0 allows it."},
    )
    min_tokens: int = field(default=4, metadata={"flag": "--min-words", "help": "Shortest sentence, in words."})
    max_tokens: int = field(default=22, metadata={"flag": "--max-words", "help": "Longest sentence, in words."})
    n_best: int = field(
        default=0,
        metadata={"help": "Sentences kept of each clip, with scores in JSON; 0: as many as the beam, or one drawn."},
    )
    avoid: frozenset[str] = field(
        default=frozenset(), metadata={"help": "A word never said, in any of its forms; several times or with commas."}
    )
    words: frozenset[str] = field(
        default=frozenset(),
        metadata={
            "flag": "--words",
            "help": "A word that must be said, in one of its forms; several times or with commas.",
        },
    )
    sample: bool = field(default=False, metadata={"help": "Draw sentences by chance instead of searching the best."})
    top_p: float = field(
        default=0.9, metadata={"help": "Sampling: draw from the likeliest words that together hold this chance."}
    )
    temperature: float = field(default=1.0, metadata={"help": "Sampling: below 1 likelier words, above 1 rarer ones."})
    seed: int = field(default=0, metadata={"help": "Sampling: another seed gives other sentences."})

    def __post_init__(self) -> None:
        if self.beam < 1:
            raise ValueError(f"beam must be at least 1: {self.beam}")
        if self.n_best < 0:
            raise ValueError(f"n_best can't be negative: {self.n_best}")
        if not 0 < self.top_p <= 1 or self.temperature <= 0 or self.seed < 0:
            raise ValueError(
                f"0 < top_p <= 1, 0 < temperature, 0 <= seed: {self.top_p:g} {self.temperature:g} {self.seed}"
            )
        if self.sample and self.words:
            raise ValueError("words can't be asked for where sentences are drawn by chance")
        if not 0 <= self.min_tokens <= self.max_tokens:
            raise ValueError(f"0 <= min_tokens <= max_tokens: {self.min_tokens} {self.max_tokens}")
        if self.no_repeat < 0:
            raise ValueError(f"no_repeat can't be negative: {self.no_repeat}")


REUSE_BELOW = 3.0


@dataclass(frozen=True, slots=True, kw_only=True)
class DescriberConfig:
    """How a model is run."""

    search: SearchConfig = field(default_factory=SearchConfig)
    style: str = field(
        default="auto",
        metadata={"help": "Way of saying it, one of the model's; auto: as of a picture or a video."},
    )
    frames: Literal["all", "shuffled", "mean", "single"] = field(
        default="all", metadata={"help": "Rob clips of time, to measure what it is worth."}
    )
    runtime: str = field(
        default="auto",
        metadata={"help": "What runs the CNN: torch, openvino, onnx; auto: the fastest installed (-v tells which)"},
    )
    precision: str = field(
        default="auto",
        metadata={"help": "Of the CNN: fp32, bf16, fp16; auto: what this processor or GPU gains by"},
    )
    reuse_below: float = field(
        default=REUSE_BELOW,
        metadata={"help": "Pictures of a clip that differ by fewer levels than this are looked at once; 0: all are"},
    )
    num_labels: int = field(default=10, metadata={"help": "Recognised things kept with a caption."})
    min_label: float = field(default=0.1, metadata={"help": "Least probability of a label."})
    attention: bool = field(default=False, metadata={"help": "Keep what each word of a sentence looked at."})
    fallback: bool = field(
        default=True,
        metadata={"help": "Below the floor, name only what is surely seen, or nothing, instead of a sentence."},
    )
    floor: float = field(
        default=0.06, metadata={"help": "Least chance to be right that a sentence needs, unless there is no fallback."}
    )
    sure: float = field(
        default=0.5, metadata={"help": "Least chance to be mentioned that a thing needs to be named in its stead."}
    )
    sure_person: float = field(
        default=0.8, metadata={"help": "The same for a person: most captions have one, whether much is seen or not."}
    )
    grounding: float = field(
        default=0.6, metadata={"help": "How much words cost whose concepts are not seen; 0 lets the sentence invent."}
    )
    neutral: bool = field(default=False, metadata={"help": "Say person, child and their: guess nobody's gender."})
    min_gender: float = field(
        default=0.0,
        metadata={"help": "The same only where less than this share (0.5 to 1) of the evidence is for one gender."},
    )
    min_blank_s: Seconds = field(
        default=Fraction(2),
        metadata={"help": "Black, plain or noisy screens this long are told; shorter ones are left without a word."},
    )

    def __post_init__(self) -> None:
        for name in ("floor", "sure", "sure_person"):
            if not 0 <= getattr(self, name) <= 1:
                raise ValueError(f"{name} lies between 0 and 1: {getattr(self, name)}")
        if self.frames not in ("all", "shuffled", "mean", "single"):
            raise ValueError(f"frames are all, shuffled, mean or single: {self.frames!r}")
        if self.grounding < 0:
            raise ValueError(f"grounding can't be negative: {self.grounding}")
