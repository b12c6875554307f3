"""vidcap looks at a video and writes what is seen as a timed track.

>>> import vidcap
>>> for caption in vidcap.caption("movie.mp4"):  # doctest: +SKIP
...     print(caption.start_s, caption.text, caption.confidence)

Importing it is light: torch, av and numpy load when something needs them.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vidcap.lazy import getter
from vidcap.version import __version__ as __version__

if TYPE_CHECKING:
    from vidcap.captioner import CaptionConfig, Captioner, Film, caption, caption_file, find_shots
    from vidcap.errors import (
        CheckpointError,
        LibraryError,
        ManifestError,
        OutputError,
        SourceCorrupt,
        SourceError,
        SourceNotFound,
        SourceUnsupported,
        VidcapError,
    )
    from vidcap.evaluation import evaluate
    from vidcap.library import Library
    from vidcap.live import LiveConfig, Narration
    from vidcap.mux import mux_track
    from vidcap.report.api import write_report
    from vidcap.training import train
    from vidcap.types import Caption, Clip, Cue, Frame, Hypothesis, Label, Shot, Span

_HOMES = {
    "vidcap.captioner": ("CaptionConfig", "Captioner", "Film", "caption", "caption_file", "find_shots"),
    "vidcap.errors": (
        "CheckpointError",
        "LibraryError",
        "ManifestError",
        "OutputError",
        "SourceCorrupt",
        "SourceError",
        "SourceNotFound",
        "SourceUnsupported",
        "VidcapError",
    ),
    "vidcap.evaluation": ("evaluate",),
    "vidcap.library": ("Library",),
    "vidcap.report.api": ("write_report",),
    "vidcap.live": ("LiveConfig", "Narration"),
    "vidcap.mux": ("mux_track",),
    "vidcap.training": ("train",),
    "vidcap.types": ("Caption", "Clip", "Cue", "Frame", "Hypothesis", "Label", "Shot", "Span"),
}

_ADDS_FORMATS = "vidcap.report"
"""A room above those that write tracks: it makes its format known when it is loaded."""

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
    "Library",
    "LibraryError",
    "LiveConfig",
    "ManifestError",
    "Narration",
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
    "mux_track",
    "train",
    "write_report",
]


_load = getter(__name__, _HOMES)


def __getattr__(name: str) -> Any:
    if name in _HOMES["vidcap.captioner"]:
        import_module(_ADDS_FORMATS)
    return _load(name)


def __dir__() -> list[str]:
    return sorted([*globals(), *__all__])
