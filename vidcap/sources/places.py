"""Which frame of the film a frame is, where the decoder leaves some out."""

from __future__ import annotations

from heapq import heappop, heappush


class Places:
    """Counts packets by their stamps: each holds one frame, whether it is decoded or not.

    What is held is bounded by how far packets run ahead of frames.
    """

    def __init__(self) -> None:
        self._waiting: list[int] = []
        self._passed = 0

    def note(self, pts: int | None) -> None:
        """Take a packet's stamp, in the order of decoding."""
        if pts is not None:
            heappush(self._waiting, pts)

    def place(self, pts: int | None) -> int | None:
        """Return how many frames of the film are shown before the one with this stamp; None where that is unknown.

        Frames come in the order shown.
        """
        if pts is None or (not self._waiting and not self._passed):
            return None
        while self._waiting and self._waiting[0] < pts:
            heappop(self._waiting)
            self._passed += 1
        return self._passed
