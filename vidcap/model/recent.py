"""Grids of the latest pictures, kept for clips whose pictures come one by one: a live source's."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

import torch
from torch import Tensor

from vidcap.model.engines import Grids
from vidcap.types import Pixels

MOST_KEPT = 32
"""Grids, a quarter of a megabyte each: of two windows and what was foreseen in vain."""


class RecentGrids:
    """Runs an encoder for pictures that it has not seen lately; may be called from several threads."""

    def __init__(self, run: Grids) -> None:
        self._run = run
        self._kept: OrderedDict[bytes, Tensor] = OrderedDict()
        self._lock = Lock()

    @torch.inference_mode()
    def __call__(self, pictures: Pixels) -> Tensor:
        """Return the grids ``(N, D, h, w)`` of pictures ``(N, H, W, 3)``."""
        names = [hashlib.blake2b(picture.tobytes(), digest_size=16).digest() for picture in pictures]
        with self._lock:
            known = {name: self._kept[name] for name in names if name in self._kept}
        unknown = {name: place for place, name in enumerate(names) if name not in known}
        if unknown:
            known |= zip(unknown, self._run(pictures[list(unknown.values())]), strict=True)
            self._keep(known)
        return torch.stack([known[name] for name in names])

    def _keep(self, grids: dict[bytes, Tensor]) -> None:
        with self._lock:
            for name, grid in grids.items():
                self._kept[name] = grid.clone()  # or it would hold the whole batch that it was made in
                self._kept.move_to_end(name)
            while len(self._kept) > MOST_KEPT:
                self._kept.popitem(last=False)
