"""What is made of the moments of a film while its cues come: the shape of the thumbnails and the contact sheet."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Any, Self

from vidcap.report.scenes import Moment, Scenes
from vidcap.types import Cue


class Gatherer:
    """Takes moments as they become certain: a context manager like a track. ``tap`` must see the stages.

    The rest is taken, and :meth:`_finish` called, only where the film was read to its end.
    """

    def __init__(self, scenes: Scenes) -> None:
        self.cues_written = 0
        self._scenes = scenes

    def tap(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass on the stream that leaves ``stage``."""
        return self._scenes.tap(stage, items)

    def write(self, cue: Cue) -> None:
        """Take the moments that this cue makes certain."""
        self.cues_written += 1
        self._take(self._scenes.upto(cue))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if error is None:
            self._take(self._scenes.rest())
            self._finish()

    def _take(self, moments: Iterable[Moment]) -> None:
        raise NotImplementedError

    def _finish(self) -> None:
        """Write what can be written only at the end."""
