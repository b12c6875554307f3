"""vidcap looks at a video and writes what is seen as a timed track.

>>> import vidcap
>>> for caption in vidcap.caption("movie.mp4"):  # doctest: +SKIP
...     print(caption.start_s, caption.text, caption.confidence)

Importing it is light: torch, av and numpy load when something needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

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
_HOME_OF = {name: home for home, names in _HOMES.items() for name in names}

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


def __getattr__(name: str) -> Any:
    if name not in _HOME_OF:
        raise AttributeError(f"module 'vidcap' has no attribute {name!r}")
    return getattr(import_module(_HOME_OF[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
