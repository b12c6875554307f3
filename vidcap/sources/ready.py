"""Frames of which only what will be asked for is kept, so that many can be held."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import lcm

from av.video.frame import VideoFrame

from vidcap.sources.config import Wanted
from vidcap.sources.picture import DecodedPicture, Scalers
from vidcap.sources.reduced import ReducedPicture
from vidcap.timeline import Seconds
from vidcap.types import Pixels


class ReadyPicture(ReducedPicture):
    """A :class:`vidcap.types.Picture` whose decoded frame is gone: a small version, and pixels if they were wanted."""

    __slots__ = ("_pixels",)

    def __init__(self, size: tuple[int, int], small: Pixels, pixels: Pixels | None = None) -> None:
        super().__init__(size, small)
        self._pixels = pixels

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB, upright; LookupError for what nobody was to ask for."""
        if self._pixels is None or self._pixels.shape[:2] != (height_px, width_px):
            raise LookupError(f"a picture of {width_px} x {height_px} was not kept: it was not announced as wanted")
        return self._pixels


class StoredPicture(DecodedPicture):
    """A picture that is still as decoded, with its small version at hand."""

    __slots__ = ("_shown", "_small")

    def __init__(
        self, frame: VideoFrame, aspect: Fraction | None, scalers: Scalers, before: StoredPicture | None = None
    ) -> None:
        """``before`` is the one before it in its group, which is turned in the same way."""
        super().__init__(frame, aspect, scalers)
        self._small = super().small_yuv()
        is_alike = before is not None and (before._frame.width, before._frame.height) == (frame.width, frame.height)
        self._shown: tuple[int, int] = (
            before._shown if before is not None and is_alike else (self.width_px, self.height_px)
        )

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)`` luma, Cb, Cr of the picture as stored."""
        return self._small

    def ready(self, size_px: int | None) -> ReadyPicture:
        """Return it without the decoded frame, but with square pixels of a size if one is given."""
        pixels = None if size_px is None else self.rgb(size_px, size_px)
        return ReadyPicture(self._shown, self._small, pixels)


@dataclass(frozen=True, slots=True, eq=False)
class ReadyFrame:
    """What is asked of a decoded frame, under the names that PyAV gives it."""

    pts: int
    duration: int | None
    key_frame: bool
    width: int
    height: int
    picture: ReadyPicture | StoredPicture
    is_corrupt: bool = False


class Wish:
    """Tells of which frames the pictures are wanted, by a stream's own ticks."""

    def __init__(self, wanted: Wanted, base_s: Fraction, origin_s: Seconds, until_s: Seconds) -> None:
        """Of all frames before ``until_s`` pictures are wanted, if any are."""
        self.size_px = wanted.size_px
        every_s = wanted.every_s
        # In whole numbers: this is asked of every frame.
        scale = lcm(base_s.denominator, origin_s.denominator, (every_s or until_s).denominator, until_s.denominator)
        self._base, self._origin = int(base_s * scale), int(origin_s * scale)
        self._every, self._until = int((every_s or 0) * scale), int(until_s * scale)

    @property
    def is_none(self) -> bool:
        """Whether no picture is wanted at all."""
        return not self._every

    def covers(self, pts: int, end_pts: int) -> bool:
        """Whether the picture of a frame on screen for ``[pts, end_pts)`` is wanted."""
        if self.is_none:
            return False
        start, end = pts * self._base - self._origin, end_pts * self._base - self._origin
        return start < self._until or -(-start // self._every) * self._every < end


AnyFrame = VideoFrame | ReadyFrame
"""As decoded, or reduced to what is wanted."""
