"""The frozen values that the stages hand to one another.

source ─Frame─► shots ─Marked─► sampling ─Clip─► captioner ─Caption─► cues ─Cue─► formats

Intervals are half-open, ``[start_s, end_s)``, in exact seconds from the container's start.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from vidcap.timeline import Seconds

Pixels = NDArray[np.uint8]


class Picture(Protocol):
    """A decoded picture that is converted only where somebody looks: as stored until one of its methods is called.

    One that can still be converted when later frames have come says so by one more property, ``stored_bytes``: how much
    memory it takes up as it is.
    """

    @property
    def width_px(self) -> int:
        """Width as shown: upright, with square pixels."""
        ...

    @property
    def height_px(self) -> int:
        """Height as shown: upright, with square pixels."""
        ...

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)`` luma, Cb, Cr, full range or not as stored; cheap enough for every frame."""
        ...

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB, upright, stretched to just that size (area or bilinear)."""
        ...


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """One picture as shown during ``[start_s, end_s)``. Starts rise strictly from frame to frame."""

    index: int
    """Counts the frames of the film, from 0 where it is read from; those that a scan leaves out count too."""
    start_s: Seconds
    end_s: Seconds
    """Where the next frame starts; for the last frame, by its own duration."""
    picture: Picture
    is_key: bool = False
    is_corrupt: bool = False
    """The decoder had to conceal damage: fine for timing, not for looking at."""
    after_calm: bool = False
    """Frames before it were left out, as the pictures at both ends of them are alike: no cut lies there."""
    is_leap: bool = False
    """Frames before it were left out that are like the one before them: what changed since did so at once, here."""

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ValueError(f"a frame must last: {self.start_s = } {self.end_s = }")


@dataclass(frozen=True, slots=True)
class Cut:
    """A boundary between two shots: the later one starts at ``time_s``, which is some frame's start."""

    time_s: Seconds
    kind: str
    """``cut``, ``fade`` (through black or white) or ``dissolve``."""
    score: float
    """How far above its threshold the change was; 1 is at the threshold."""
    frame_index: int
    """Index of the first frame of the later shot."""


@dataclass(frozen=True, slots=True, eq=False)
class Marked:
    """A frame, passed on at once, with what the detector has learnt by it."""

    frame: Frame
    cuts: tuple[Cut, ...]
    """Cuts now certain, in order; their times lie at or before this frame's start."""
    settled_s: Seconds
    """No cut before this time will be reported from now on."""


@dataclass(frozen=True, slots=True)
class Shot:
    """What lies between two cuts, or a cut and an end of the film."""

    index: int
    start_s: Seconds
    end_s: Seconds
    start_frame: int
    end_frame: int
    """One past its last frame."""
    kind: str = "start"
    """How it began: ``start`` of the film, or the kind of its :class:`Cut`."""

    @property
    def duration_s(self) -> Seconds:
        """Length in seconds."""
        return self.end_s - self.start_s


@dataclass(frozen=True, slots=True)
class Span:
    """Where a clip lies: a part of one shot, or all of it."""

    index: int
    """Counts clips from 0."""
    shot_index: int
    start_s: Seconds
    end_s: Seconds
    starts_shot: bool
    ends_shot: bool

    def __post_init__(self) -> None:
        if not self.start_s < self.end_s:
            raise ValueError(f"a clip must last: {self.start_s = } {self.end_s = }")


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """Sampled pictures of one span, ready for a model."""

    span: Span
    times_s: tuple[Seconds, ...]
    """When each picture is shown; rising, inside the span."""
    pictures: Pixels
    """``(T, H, W, 3)`` RGB."""

    def __post_init__(self) -> None:
        if self.pictures.ndim != 4 or self.pictures.shape[-1] != 3 or len(self.times_s) != len(self.pictures):
            raise ValueError(f"pictures are (T, H, W, 3): {self.pictures.shape = } {len(self.times_s) = }")


@dataclass(frozen=True, slots=True)
class Label:
    """Something recognised in a clip."""

    name: str
    probability: float


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One sentence that the model could say, with its score."""

    text: str
    token_logprobs: tuple[float, ...]
    """Natural logarithm of each token's probability, the end token included."""

    @property
    def logprob(self) -> float:
        """Sum of the tokens' log-probabilities."""
        return sum(self.token_logprobs)


@dataclass(frozen=True, slots=True, eq=False)
class Attention:
    """What each word of a sentence looked at; for each word all shares together are 1."""

    words: tuple[str, ...]
    """The L words, as they stand in the text."""
    frames: NDArray[np.float32]
    """``(L, T)`` share of each of the clip's pictures."""
    cells: NDArray[np.float32]
    """``(L, h, w)`` share of each place in the picture, averaged over the clip's pictures."""
    concepts: NDArray[np.float32]
    """``(L,)`` share of the things that were recognised."""

    def __post_init__(self) -> None:
        counts = {len(self.words), len(self.frames), len(self.cells), len(self.concepts)}
        if len(counts) != 1 or self.cells.ndim != 3:
            raise ValueError(f"one row a word: {len(self.words)} {self.frames.shape = } {self.cells.shape = }")


@dataclass(frozen=True, slots=True)
class Caption:
    """What is seen in one clip."""

    span: Span
    text: str
    """A plain sentence, or empty where nothing can be said."""
    confidence: float
    """0 to 1: how likely the sentence is to be right."""
    token_logprobs: tuple[float, ...] = ()
    labels: tuple[Label, ...] = ()
    """Recognised things, most probable first."""
    alternatives: tuple[Hypothesis, ...] = ()
    """Other sentences, best first."""
    attention: Attention | None = field(default=None, compare=False)
    """What each word looked at, where it was asked for (``attention=True``) and the model can tell."""

    @property
    def start_s(self) -> Seconds:
        """Start of the clip."""
        return self.span.start_s

    @property
    def end_s(self) -> Seconds:
        """End of the clip."""
        return self.span.end_s


@dataclass(frozen=True, slots=True)
class Cue:
    """A sentence with the time it is shown and the lines it is broken into."""

    start_s: Seconds
    end_s: Seconds
    lines: tuple[str, ...]
    """Never empty, no line empty, no line break or control character inside."""
    confidence: float = 1.0
    shot_index: int = 0
    captions: tuple[Caption, ...] = field(default=(), compare=False)
    """What the cue was made of; formats that carry more than text (JSON Lines, the report) take it from here."""
    is_extended: bool = False
    """There is no pause in the dialogue long enough for it: a player must stop the film while it is read."""

    @property
    def text(self) -> str:
        """The sentence on one line."""
        return " ".join(self.lines)
