"""Pictures as files: JPEG for folders, WebP for pages, which must stay small however long the film is."""

from __future__ import annotations

import io
from dataclasses import dataclass

from vidcap.report.keyframes import KeyFrame, fitted
from vidcap.timeline import Seconds
from vidcap.types import Pixels

_LADDER = ((400, 76), (400, 60), (320, 58), (240, 54), (176, 48), (128, 42), (96, 36))
"""Longest side and quality, tried in turn."""
_SHARES = 1500
_LEAST_BYTES = 500


@dataclass(frozen=True, slots=True)
class KeyPicture:
    """An encoded picture."""

    time_s: Seconds
    width_px: int
    height_px: int
    media_type: str
    data: bytes


def encoded(pixels: Pixels, longest_px: int, quality: int, form: str) -> tuple[int, int, bytes]:
    """Return width, height and file of ``(H, W, 3)`` RGB; ``form`` is ``JPEG`` or ``WEBP``, ``quality`` 1 to 100."""
    from PIL import Image

    image = Image.fromarray(pixels)
    size_px = fitted(image.width, image.height, longest_px)
    if size_px != image.size:
        image = image.resize(size_px, Image.Resampling.LANCZOS)
    file = io.BytesIO()
    image.save(file, form, quality=quality, **({"method": 3} if form == "WEBP" else {"optimize": True}))
    return *size_px, file.getvalue()


class JpegFiles:
    """Encodes key pictures one by one, each as good as the next."""

    longest_px = 960

    def __call__(self, frame: KeyFrame) -> KeyPicture | None:
        """Return the picture as JPEG."""
        width_px, height_px, data = encoded(frame.pixels, self.longest_px, 86, "JPEG")
        return KeyPicture(frame.time_s, width_px, height_px, "image/jpeg", data)


class WithinBudget:
    """Encodes key pictures so that all of them together never take more than ``total_bytes`` as base64.

    Each may take one 1500th of what is left, so the first are good, later ones become smaller, and the sum is bounded
    for any number of them; past the point where nothing could be made out, None.
    """

    longest_px = _LADDER[0][0]

    def __init__(self, total_bytes: int, shares: int = _SHARES) -> None:
        self._left = total_bytes
        self._shares = shares
        self._step = 0  # where the last one came to rest: the next begins one better

    def __call__(self, frame: KeyFrame) -> KeyPicture | None:
        """Return the picture as WebP, or None where there is no room for it."""
        most = self._left // self._shares * 3 // 4  # base64 makes four bytes of three
        if most < _LEAST_BYTES:
            return None
        for step in range(max(0, self._step - 1), len(_LADDER)):
            width_px, height_px, data = encoded(frame.pixels, *_LADDER[step], "WEBP")
            if len(data) <= most:
                self._step = step
                self._left -= (len(data) + 2) // 3 * 4
                return KeyPicture(frame.time_s, width_px, height_px, "image/webp", data)
        return None
