"""vidcap looks at a video and writes what is seen as a timed track.

>>> import vidcap
>>> for caption in vidcap.caption("movie.mp4"):  # doctest: +SKIP
...     print(caption.start_s, caption.text, caption.confidence)

Importing it is light: torch, av and numpy load when something needs them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidcap.lazy import getter

if TYPE_CHECKING:
    from vidcap.captioner import CaptionConfig, Captioner, Film, caption, caption_file, find_shots
    from vidcap.errors import (
        CheckpointError,
        ManifestError,
        OutputError,
        SourceCorrupt,
        SourceError,
        SourceNotFound,
        SourceUnsupported,
        VidcapError,
    )
    from vidcap.evaluation import evaluate
    from vidcap.training import train
    from vidcap.types import Caption, Clip, Cue, Frame, Hypothesis, Label, Shot, Span

__version__ = "0.1.0"

_HOMES = {
    "vidcap.captioner": ("CaptionConfig", "Captioner", "Film", "caption", "caption_file", "find_shots"),
    "vidcap.errors": (
        "CheckpointError",
        "ManifestError",
        "OutputError",
        "SourceCorrupt",
        "SourceError",
        "SourceNotFound",
        "SourceUnsupported",
        "VidcapError",
    ),
    "vidcap.evaluation": ("evaluate",),
    "vidcap.training": ("train",),
    "vidcap.types": ("Caption", "Clip", "Cue", "Frame", "Hypothesis", "Label", "Shot", "Span"),
}

__all__ = [
    "Caption",
    "CaptionConfig",
    "Captioner",
    "CheckpointError",
    "Clip",
    "Cue",
    "Film",
    "Frame",
    "Hypothesis",
    "Label",
    "ManifestError",
    "OutputError",
    "Shot",
    "SourceCorrupt",
    "SourceError",
    "SourceNotFound",
    "SourceUnsupported",
    "Span",
    "VidcapError",
    "caption",
    "caption_file",
    "evaluate",
    "find_shots",
    "train",
]


__getattr__ = getter(__name__, _HOMES)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
