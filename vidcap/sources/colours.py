"""Which colours the numbers of a frame mean: matrix, range, transparency."""

from __future__ import annotations

import numpy as np
from av.video.frame import VideoFrame
from av.video.reformatter import ColorRange, Colorspace
from numpy.typing import NDArray

from vidcap.types import Pixels

NEUTRAL = 128
"""The grey ground under transparent pictures."""
_HD_HEIGHT = 720
"""From this height on, video that doesn't name its matrix has that of BT.709, as players assume."""
_MATRICES = {
    1: Colorspace.ITU709,
    4: Colorspace.FCC,
    5: Colorspace.ITU601,
    6: Colorspace.ITU601,
    7: Colorspace.SMPTE240M,
    9: Colorspace.BT2020,
    10: Colorspace.BT2020,
}
"""From the matrix numbers of ITU-T H.273 to swscale's."""


def matrix_of(frame: VideoFrame) -> int | None:
    """Return swscale's number of the frame's colour matrix, None for RGB."""
    if frame.format.is_rgb:
        return None
    return _MATRICES.get(frame.colorspace) or (Colorspace.ITU709 if frame.height >= _HD_HEIGHT else Colorspace.ITU601)


def range_of(frame: VideoFrame) -> int:
    """Return the frame's range; one that doesn't name it is full for RGB and for JPEG's own formats."""
    if frame.color_range in (ColorRange.MPEG, ColorRange.JPEG):
        return frame.color_range
    is_full = frame.format.is_rgb or frame.format.name.startswith(("yuvj", "gray", "ya", "mono", "pal8"))
    return ColorRange.JPEG if is_full else ColorRange.MPEG


def has_alpha(frame: VideoFrame) -> bool:
    """Whether parts of a frame may be transparent."""
    return frame.format.has_palette or any(component.is_alpha for component in frame.format.components)


def on_grey(rgba: NDArray[np.uint8]) -> Pixels:
    """Return ``(H, W, 3)`` of ``(H, W, 4)`` laid on a neutral ground."""
    alpha = rgba[..., 3:].astype(np.uint16)
    mixed = rgba[..., :3] * alpha + NEUTRAL * (255 - alpha)
    return ((mixed + 127) // 255).astype(np.uint8)
