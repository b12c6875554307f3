"""The errors that vidcap raises on purpose.

VidcapError
├── SourceError            a video or picture can't be read
│   ├── SourceNotFound     there is no such file, address or device
│   ├── SourceUnsupported  it is there, but holds no video that can be decoded
│   └── SourceCorrupt      it is a video, but too damaged to give one frame
├── CheckpointError        a model file can't be used
├── LibraryError           a library of films can't be used
├── ManifestError          a training or evaluation manifest can't be used
└── OutputError            a track can't be written
    └── OutputClosed       whoever read the output went away (``| head``): the end of the work, not a failure

Each keeps its data and prints as one line that names the file and the reason. Wrong arguments are ``ValueError``;
bugs are whatever they are. All of them pickle (work done in other processes reports through them).
"""

from __future__ import annotations

from vidcap.text import one_line
from vidcap.urls import mask_secrets


class VidcapError(Exception):
    """Base of every error raised on purpose; ``subject`` is the file or address, ``reason`` says what is wrong."""

    def __init__(self, subject: str, reason: str) -> None:
        super().__init__(subject, reason)
        self.subject = subject
        self.reason = reason

    def __str__(self) -> str:
        return one_line(f"{mask_secrets(self.subject)}: {self.reason}")


class SourceError(VidcapError):
    """A video or picture can't be read."""


class SourceNotFound(SourceError):
    """There is no such file, address or device."""


class SourceUnsupported(SourceError):
    """The source is there, but holds no video that can be decoded."""


class SourceCorrupt(SourceError):
    """The source is a video, but too damaged to give a single frame."""


class CheckpointError(VidcapError):
    """A model file can't be used."""


class LibraryError(VidcapError):
    """A library of films can't be used."""


class ManifestError(VidcapError):
    """A manifest of training or evaluation data can't be used."""


class OutputError(VidcapError):
    """A track can't be written."""


class OutputClosed(OutputError):
    """Whoever read the output went away: the end of the work, not a failure."""
