"""Choices for a track that is put into a film."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class MuxConfig:
    """What the track says about itself, and what becomes of one that is there already."""

    language: str = field(default="en", metadata={"help": "language of the track, as a BCP 47 tag: en, pt-BR"})
    title: str = field(default="Descriptions", metadata={"help": "name of the track, as players list it"})
    default: bool = field(default=False, metadata={"help": "mark the track as the one that players show unasked"})
    replace: bool = field(
        default=False, metadata={"help": "leave out the description tracks of that language that the film has"}
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class BurnConfig:
    """How the picture is encoded again once the cues are drawn into it."""

    encoder: str | None = field(
        default=None, metadata={"help": "video encoder of ffmpeg; libx264, for WebM libvpx-vp9, if none is named"}
    )
    crf: int | None = field(
        default=None,
        metadata={"help": "constant quality of the encoder, lower is better; 18, for VP9 30, if not given"},
    )

    def __post_init__(self) -> None:
        if self.crf is not None and not 0 <= self.crf <= 63:
            raise ValueError(f"crf is from 0 to 63: {self.crf}")
