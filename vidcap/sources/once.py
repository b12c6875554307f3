"""What sources have in common: used in a ``with``, and read once."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from vidcap.sources.config import Wanted
from vidcap.sources.protocols import Target
from vidcap.types import Frame
from vidcap.urls import mask_secrets


class ReadOnce(ABC):
    """Something open that gives frames, once; a context manager that closes it."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._is_read = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"{type(self).__name__}({mask_secrets(self._target.name)!r})"

    def frames(self, wanted: Wanted | None = None) -> Iterator[Frame]:
        """Yield the frames shown between ``start_s`` and ``end_s``, each when the next is known. Only once.

        The frame on screen at ``start_s`` is the first, and starts there; the last ends by ``end_s``. Who says that
        only some pictures are ``wanted`` may get them sooner; others then raise LookupError.
        """
        if self._is_read:
            raise RuntimeError("the frames of a source can be read only once: open it again")
        self._is_read = True
        return self._frames(wanted)

    @abstractmethod
    def _frames(self, wanted: Wanted | None) -> Iterator[Frame]:
        """Yield the frames."""

    @abstractmethod
    def close(self) -> None:
        """Close it; may be called twice."""
