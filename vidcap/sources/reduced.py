"""What pictures have in common whose decoded frame is not at hand."""

from __future__ import annotations

from vidcap.types import Pixels


class ReducedPicture:
    """Part of a :class:`vidcap.types.Picture`: its size and its small version."""

    __slots__ = ("_size", "_small")

    def __init__(self, size: tuple[int, int], small: Pixels) -> None:
        self._size = size
        self._small = small

    @property
    def width_px(self) -> int:
        """Width as shown: upright, with square pixels."""
        return self._size[0]

    @property
    def height_px(self) -> int:
        """Height as shown: upright, with square pixels."""
        return self._size[1]

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)`` luma, Cb, Cr of the picture as stored."""
        return self._small
