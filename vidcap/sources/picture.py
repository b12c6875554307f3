"""Decoded pictures, converted only where somebody looks."""

from __future__ import annotations

import threading
from fractions import Fraction
from typing import Any

from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Interpolation, VideoReformatter

from vidcap.sources import small
from vidcap.sources.colours import has_alpha, matrix_of, on_grey, range_of
from vidcap.sources.geometry import Turn, shown_size, turn_of
from vidcap.sources.tones import is_hdr, map_tones
from vidcap.types import Pixels


class Scalers(threading.local):
    """One scaler a thread, kept from picture to picture: setting one up costs a third of using it."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()


class DecodedPicture:
    """A :class:`vidcap.types.Picture` over a decoded frame."""

    __slots__ = ("_aspect", "_frame", "_scalers", "_turned")

    def __init__(self, frame: VideoFrame, aspect: Fraction | None, scalers: Scalers) -> None:
        self._frame = frame
        self._aspect = aspect
        self._scalers = scalers
        self._turned: Turn | None = None

    def __repr__(self) -> str:
        frame = self._frame
        return f"<{type(self).__name__} {frame.width} x {frame.height} {frame.format.name}>"

    @property
    def _turn(self) -> Turn:
        if self._turned is None:
            self._turned = turn_of(self._frame)
        return self._turned

    @property
    def width_px(self) -> int:
        """Width as shown: upright, with square pixels."""
        return shown_size(self._frame.width, self._frame.height, self._aspect, self._turn)[0]

    @property
    def height_px(self) -> int:
        """Height as shown: upright, with square pixels."""
        return shown_size(self._frame.width, self._frame.height, self._aspect, self._turn)[1]

    @property
    def stored_bytes(self) -> int:
        """Memory that it takes up as decoded; it can be converted as long as it is held."""
        frame = self._frame
        return frame.width * frame.height * frame.format.padded_bits_per_pixel // 8

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)`` luma, Cb, Cr of the picture as stored: not turned, in its own range."""
        planes = small.from_planes(self._frame)
        return small.from_rgb(self._stored_rgb(small.WIDTH, small.HEIGHT)) if planes is None else planes

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB, upright, stretched to just that size.

        Made smaller by area, larger by bilinear interpolation. HDR (PQ, HLG) is mapped to what an ordinary screen
        shows; transparent pictures lie on a grey ground.
        """
        if width_px < 1 or height_px < 1:
            raise ValueError(f"a picture has at least one pixel: {width_px} x {height_px}")
        turn = self._turn
        if turn.swaps_sides:
            width_px, height_px = height_px, width_px
        return turn.apply(self._stored_rgb(width_px, height_px))

    def _stored_rgb(self, width_px: int, height_px: int) -> Pixels:
        frame = self._frame
        if is_hdr(frame.color_trc):
            return map_tones(self._scaled(width_px, height_px, "rgb48le"), frame.color_trc)
        if has_alpha(frame):
            return on_grey(self._scaled(width_px, height_px, "rgba"))
        pixels: Pixels = self._scaled(width_px, height_px, "rgb24")
        return pixels

    def _scaled(self, width_px: int, height_px: int, pixel_format: str) -> Any:
        frame = self._frame
        is_smaller = width_px <= frame.width and height_px <= frame.height
        scaled = self._scalers.scaler.reformat(
            frame,
            width_px,
            height_px,
            pixel_format,
            src_colorspace=matrix_of(frame),
            src_color_range=range_of(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.AREA if is_smaller else Interpolation.BILINEAR,
            threads=1,
        )
        return scaled.to_ndarray()
