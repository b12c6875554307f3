"""Grids of the latest pictures, kept for clips whose pictures come one by one: a live source's."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock
from typing import Any

from vidcap.types import Pixels

MOST_KEPT = 32
"""Grids, a quarter of a megabyte each: of two windows and what was foreseen in vain."""


class RecentGrids:
    """Runs an encoder for pictures that it has not seen lately; may be called from several threads.

    ``stacked`` joins grids ``(D, h, w)`` into an array of the encoder's kind, by copying them.
    """

    def __init__(self, run: Callable[[Pixels], Any], stacked: Callable[[Sequence[Any]], Any]) -> None:
        self._run, self._stacked = run, stacked
        self._kept: OrderedDict[bytes, Any] = OrderedDict()
        self._lock = Lock()

    def __call__(self, pictures: Pixels) -> Any:
        """Return the grids ``(N, D, h, w)`` of pictures ``(N, H, W, 3)``."""
        names = [hashlib.blake2b(picture.tobytes(), digest_size=16).digest() for picture in pictures]
        with self._lock:
            known = {name: self._kept[name] for name in names if name in self._kept}
        unknown = {name: place for place, name in enumerate(names) if name not in known}
        if unknown:
            known |= zip(unknown, self._run(pictures[list(unknown.values())]), strict=True)
            self._keep(known)
        return self._stacked([known[name] for name in names])

    def _keep(self, grids: dict[bytes, Any]) -> None:
        with self._lock:
            for name, grid in grids.items():
                self._kept[name] = self._stacked([grid])[0]  # or it would hold the whole batch that it was made in
                self._kept.move_to_end(name)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
