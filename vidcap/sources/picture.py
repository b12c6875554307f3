"""Decoded pictures, converted only where somebody looks."""

from __future__ import annotations

import threading
from fractions import Fraction
from functools import cached_property, lru_cache

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace, Interpolation, VideoReformatter
from numpy.typing import NDArray

from vidcap.sources.geometry import Turn, shown_size, turn_of
from vidcap.sources.tones import is_hdr, map_tones
from vidcap.types import Pixels

SMALL_HEIGHT, SMALL_WIDTH = 36, 64
NEUTRAL = 128
"""The grey ground under transparent pictures."""
_PLANAR = frozenset(
    f"yuv{j}{sampling}p{depth}"
    for sampling in ("410", "411", "420", "422", "440", "444")
    for j, depth in (("", ""), ("j", ""), ("", "9le"), ("", "10le"), ("", "12le"), ("", "14le"), ("", "16le"))
)
"""Formats whose three planes :func:`_small_planes` can read as they are."""
_MATRICES = {1: Colorspace.ITU709, 4: Colorspace.FCC, 5: Colorspace.ITU601, 6: Colorspace.ITU601}
_MATRICES |= {7: Colorspace.SMPTE240M, 9: Colorspace.BT2020, 10: Colorspace.BT2020}
_HD_HEIGHT = 720
"""From this height on, video that doesn't name its colour matrix has that of BT.709, as players assume."""


class Scalers(threading.local):
    """One scaler a thread, kept from picture to picture: setting one up costs more than using it."""

    def __init__(self) -> None:
        self.scaler = VideoReformatter()


class DecodedPicture:
    """A :class:`vidcap.types.Picture` over a decoded frame."""

    __slots__ = ("__dict__", "_aspect", "_frame", "_scalers")

    def __init__(self, frame: VideoFrame, aspect: Fraction | None, scalers: Scalers) -> None:
        self._frame = frame
        self._aspect = aspect
        self._scalers = scalers

    def __repr__(self) -> str:
        frame = self._frame
        return f"<{type(self).__name__} {frame.width} x {frame.height} {frame.format.name}>"

    @cached_property
    def _turn(self) -> Turn:
        return turn_of(self._frame)

    @cached_property
    def _shown(self) -> tuple[int, int]:
        return shown_size(self._frame.width, self._frame.height, self._aspect, self._turn)

    @property
    def width_px(self) -> int:
        """Width as shown: upright, with square pixels."""
        return self._shown[0]

    @property
    def height_px(self) -> int:
        """Height as shown: upright, with square pixels."""
        return self._shown[1]

    def small_yuv(self) -> Pixels:
        """Return ``(36, 64, 3)`` luma, Cb, Cr: means of a few samples a cell, as stored (not turned)."""
        frame = self._frame
        if frame.format.name in _PLANAR and frame.width >= SMALL_WIDTH and frame.height >= SMALL_HEIGHT:
            return _small_planes(frame)
        return _yuv_of_rgb(self._stored_rgb(SMALL_WIDTH, SMALL_HEIGHT))

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB, upright, stretched to just that size.

        HDR (PQ, HLG) is mapped to the standard range; transparent pictures lie on a grey ground.
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
        if _has_alpha(frame):
            return _on_grey(self._scaled(width_px, height_px, "rgba"))
        return self._scaled(width_px, height_px, "rgb24")

    def _scaled(self, width_px: int, height_px: int, pixel_format: str) -> NDArray[np.uint8]:
        frame = self._frame
        scaled = self._scalers.scaler.reformat(
            frame,
            width_px,
            height_px,
            pixel_format,
            src_colorspace=_matrix_of(frame),
            src_color_range=_range_of(frame),
            dst_color_range=ColorRange.JPEG,
            interpolation=Interpolation.BILINEAR,
            threads=1,
        )
        return scaled.to_ndarray()  # type: ignore[return-value]


def _matrix_of(frame: VideoFrame) -> int | None:
    if frame.format.is_rgb:
        return None
    known = _MATRICES.get(frame.colorspace)
    return known or (Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601)


def _range_of(frame: VideoFrame) -> int:
    if frame.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return frame.color_range
    name = frame.format.name
    is_full = name.startswith("yuvj") or frame.format.is_rgb
    return ColorRange.JPEG if is_full else ColorRange.MPEG


def _has_alpha(frame: VideoFrame) -> bool:
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)


def _on_grey(rgba: NDArray[np.uint8]) -> Pixels:
    alpha = rgba[..., 3:].astype(np.uint16)
    if alpha.min() == 255:
        return np.ascontiguousarray(rgba[..., :3])
    mixed = rgba[..., :3] * alpha + NEUTRAL * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)


def _yuv_of_rgb(rgb: Pixels) -> Pixels:
    """Full-range BT.601, as JPEG has it: the small picture is only compared with others of its kind."""
    red, green, blue = (rgb[..., k].astype(np.float32) for k in range(3))
    luma = 0.299 * red + 0.587 * green + 0.114 * blue
    planes = (luma, 128 + 0.564 * (blue - luma), 128 + 0.713 * (red - luma))
    return np.stack([np.clip(plane + 0.5, 0, 255).astype(np.uint8) for plane in planes], axis=-1)


@lru_cache(maxsize=64)
def _grid(height: int, width: int, line: int, samples: int) -> NDArray[np.intp]:
    """Return flat offsets ``(samples, samples, 36, 64)`` of evenly spread samples of each cell in a plane."""
    rows = ((np.arange(SMALL_HEIGHT * samples) + 0.5) * height / (SMALL_HEIGHT * samples)).astype(np.intp)
    rows[1::2] ^= (
        samples > 1 and height % 2 == 0
    )  # the other field, so that interlaced video counts half each
    columns = ((np.arange(SMALL_WIDTH * samples) + 0.5) * width / (SMALL_WIDTH * samples)).astype(np.intp)
    flat = rows[:, None] * line + columns
    return np.ascontiguousarray(
        flat.reshape(SMALL_HEIGHT, samples, SMALL_WIDTH, samples).transpose(1, 3, 0, 2)
    )


def _small_planes(frame: VideoFrame) -> Pixels:
    small = np.empty((SMALL_HEIGHT, SMALL_WIDTH, 3), np.uint8)
    bits = frame.format.components[0].bits
    for place, plane in enumerate(frame.planes):
        dtype = np.dtype("u1" if bits == 8 else "<u2")
        stored = np.frombuffer(plane, dtype)
        samples = 2 if place == 0 else 1
        taken = stored.take(_grid(plane.height, plane.width, plane.line_size // dtype.itemsize, samples))
        total = taken.sum((0, 1), dtype=np.uint32)
        small[..., place] = total // (samples * samples) >> (bits - 8)
    return small
