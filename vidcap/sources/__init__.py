"""Names to frames: files, URLs, standard input, stills. It knows PyAV, which loads when one is opened.

>>> with open_source("movie.mp4") as source:  # doctest: +SKIP
...     for frame in source.frames():
...         print(frame.start_s, frame.picture.rgb(224, 224).shape)
"""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType
from typing import Protocol, Self

from vidcap.sources.config import Damage, SourceConfig, SourceInfo, Wanted
from vidcap.types import Frame

__all__ = ["Damage", "FrameSource", "SourceConfig", "SourceInfo", "Wanted", "open_source"]

_DEFAULTS = SourceConfig()


class FrameSource(Protocol):
    """An open film, stream or picture; a context manager that closes it."""

    info: SourceInfo
    """What is known beforehand."""
    damage: Damage
    """What turned out to be wrong; counts during the read."""

    def frames(self, wanted: Wanted | None = None) -> Iterator[Frame]:
        """Yield the frames shown between ``start_s`` and ``end_s``, each when the next is known. Only once.

        ``wanted`` announces which pictures will be asked for; None: perhaps all.
        """
        ...

    def close(self) -> None:
        """Close it; may be called twice."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...


def open_source(name: str, config: SourceConfig = _DEFAULTS) -> FrameSource:
    """Open a path, a URL or standard input (``-``) and decode its first frame; use it in a ``with``.

    Raises SourceNotFound, SourceUnsupported or SourceCorrupt, each with a reason in plain words.
    """
    if config.isolate:
        from vidcap.sources.isolated import IsolatedSource

        return IsolatedSource(name, config)
    from vidcap.sources.source import Source

    return Source(name, config)
