"""A film's entries in a library, written like a track: cue by cue, all or nothing."""

from __future__ import annotations

import math
import os
from collections.abc import Callable
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from vidcap.library.library import Library, Seen
from vidcap.timeline import Seconds, to_ms
from vidcap.types import Cue


class IndexedTrack:
    """Puts cues into a library; what was known of the film is replaced when the block is left normally.

    ``picture_at`` gives the path of the picture of what begins at a time. LibraryError where the file can't be used.
    """

    def __init__(
        self,
        library: str | os.PathLike[str],
        film: str,
        *,
        title: str = "",
        report: str = "",
        picture_at: Callable[[Seconds], str | os.PathLike[str]] | None = None,
    ) -> None:
        self.cues_written = 0
        self._stack = ExitStack()
        self._picture_at = picture_at
        self._opened = self._stack.enter_context(Library(library))
        self._film = self._stack.enter_context(self._opened.film(film, title=title, report=report))

    def write(self, cue: Cue) -> None:
        """Take one cue with the labels of its captions."""
        names = [(label.probability, label.name) for caption in cue.captions for label in caption.labels]
        labels = tuple(dict.fromkeys(name for _, name in sorted(names, reverse=True)))
        picture = ""
        if self._picture_at is not None and cue.captions:
            picture = os.path.realpath(self._picture_at(cue.captions[0].start_s))
        self._film.add(
            Seen(
                start_ms=max(0, to_ms(cue.start_s)),
                end_ms=to_ms(cue.end_s),
                text=cue.text,
                labels=labels,
                confidence=cue.confidence if math.isfinite(cue.confidence) else None,
                shot=cue.shot_index,
                picture=picture,
            )
        )
        self.cues_written += 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.__exit__(kind, error, trace)
