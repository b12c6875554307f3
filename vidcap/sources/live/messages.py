"""What the process that reads a live source sends, as values."""

from __future__ import annotations

from dataclasses import dataclass

from vidcap.errors import SourceError
from vidcap.timeline import Seconds
from vidcap.types import Pixels


@dataclass(frozen=True, slots=True)
class FeedOpened:
    """Connected; frames may follow."""

    codec: str
    container: str
    is_finite: bool
    """The source has an end by its own word: a recording, or a playlist that was closed."""


@dataclass(frozen=True, slots=True, eq=False)
class FeedFrame:
    """A decoded frame."""

    stamp_s: Seconds | None
    """What the camera says, from wherever it counts; it may repeat, jump and go back."""
    arrival_s: float
    """When it was decoded, by ``time.monotonic``, which all processes of a machine share."""
    small: Pixels
    """``(36, 64, 3)`` luma, Cb, Cr."""
    view: Pixels | None
    """``(view_px, view_px, 3)`` RGB where it is time for one and the frame is whole."""
    is_corrupt: bool
    skipped: int
    """Frames left out before this one because the decoder was behind."""


@dataclass(frozen=True, slots=True, eq=False)
class FeedSnapshot:
    """A picture for people to look at."""

    jpeg: bytes
    width_px: int
    height_px: int
    arrival_s: float


@dataclass(frozen=True, slots=True)
class FeedEnd:
    """Nothing more comes."""

    error: SourceError | None
    """None at the end of the data."""
    is_hopeless: bool = False
    """Trying again can't help: a wrong password, a protocol that is not there, a file that ended."""


FeedMessage = FeedOpened | FeedFrame | FeedSnapshot | FeedEnd
