"""A describer that is loaded when it is first needed, so that a wrong file name is told before torch is loaded."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from threading import Lock, Thread

from vidcap.captioner.film import Describer
from vidcap.types import Caption, Clip, Pixels


class LateDescriber:
    """Stands in for the describer that ``load()`` returns; calls it once, in a thread of its own.

    Where ``size()`` can tell the size of pictures beforehand, whoever asks for it gets it at once and can decode while
    the model is being loaded. What ``load()`` raises is raised where the describer is needed first.
    """

    def __init__(self, load: Callable[[], Describer], size: Callable[[], int | None] = lambda: None) -> None:
        self._load = load
        self._size = size
        self._lock = Lock()
        self._loading: Future[Describer] | None = None

    @property
    def picture_px(self) -> int:
        """Width and height of the pictures that the describer wants; asking for it begins to load."""
        size_px = self._size()
        loading = self._begun()
        return loading.result().picture_px if size_px is None else size_px

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each clip, in order."""
        return self._begun().result().describe(clips)

    def glance(self, picture: Pixels) -> None:
        """Let the loaded describer look at a picture of a clip to come, if it can."""
        glance = getattr(self._begun().result(), "glance", None)
        if glance is not None:
            glance(picture)

    def _begun(self) -> Future[Describer]:
        with self._lock:
            if self._loading is None:
                self._loading = Future()
                Thread(target=self._fill, args=(self._loading,), name="vidcap-load", daemon=True).start()
            return self._loading

    def _fill(self, loading: Future[Describer]) -> None:
        try:
            loading.set_result(self._load())
        except BaseException as error:  # raised again where the describer is needed
            loading.set_exception(error)
