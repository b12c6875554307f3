"""Names to frames: files, URLs, standard input, stills. The only room that knows PyAV, which loads when one is opened.

>>> with open_source("movie.mp4") as source:  # doctest: +SKIP
...     for frame in source.frames():
...         print(frame.start_s, frame.picture.rgb(224, 224).shape)
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidcap.sources.config import Damage, SourceConfig, SourceInfo

if TYPE_CHECKING:
    from vidcap.sources.source import Source

__all__ = ["Damage", "SourceConfig", "SourceInfo", "open_source"]

_DEFAULTS = SourceConfig()


def open_source(name: str, config: SourceConfig = _DEFAULTS) -> Source:
    """Open a path, a URL or standard input (``-``) and decode its first frame; use it in a ``with``.

    Raises SourceNotFound, SourceUnsupported or SourceCorrupt, each with a reason in plain words.
    """
    from vidcap.sources.source import Source

    return Source(name, config)
