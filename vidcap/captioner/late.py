"""A describer that is loaded when it is first needed, so that a wrong file name is told before torch is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Lock

from vidcap.captioner.film import Describer
from vidcap.types import Caption, Clip, Pixels


class LateDescriber:
    """Stands in for the describer that ``load()`` returns; calls it once, whichever thread comes first."""

    def __init__(self, load: Callable[[], Describer]) -> None:
        self._load = load
        self._lock = Lock()
        self._loaded: Describer | None = None

    @property
    def picture_px(self) -> int:
        """Width and height of the pictures that the loaded describer wants."""
        return self._describer().picture_px

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each clip, in order."""
        return self._describer().describe(clips)

    def glance(self, picture: Pixels) -> None:
        """Let the loaded describer look at a picture of a clip to come, if it can."""
        glance = getattr(self._describer(), "glance", None)
        if glance is not None:
            glance(picture)

    def _describer(self) -> Describer:
        with self._lock:
            if self._loaded is None:
                self._loaded = self._load()
            return self._loaded
