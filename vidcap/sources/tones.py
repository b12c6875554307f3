"""High dynamic range to what an ordinary screen shows.

PQ (SMPTE ST 2084) and HLG (ARIB STD-B67) code values become linear light, relative to the reference white of
ITU-R BT.2408 (203 cd/m2). Primaries go from BT.2020 to BT.709, highlights are compressed by the extended Reinhard
curve (1000 cd/m2 becomes white, 203 ends near 190 of 255), and the result gets the sRGB curve.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from vidcap.types import Pixels

PQ, HLG = 16, 18
_WHITE_NITS, _PEAK_NITS = 203.0, 1000.0
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]], np.float32)
_CODES = 4096


def is_hdr(transfer: int) -> bool:
    """Whether a transfer characteristic (ITU-T H.273) is PQ or HLG."""
    return transfer in (PQ, HLG)


def map_tones(codes: NDArray[np.uint16], transfer: int) -> Pixels:
    """Return ``(H, W, 3)`` 8-bit sRGB of 16-bit PQ or HLG codes in BT.2020."""
    linear = _linear_table(transfer)[codes >> 4] @ _TO_BT709.T
    linear = np.clip(linear, 0, None)
    peak = _PEAK_NITS / _WHITE_NITS
    luma = linear @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    gain = (1 + luma / (peak * peak)) / (1 + luma)
    toned = np.clip(linear * gain[..., None], 0, 1)
    return np.asarray(_srgb_table()[(toned * (_CODES - 1) + 0.5).astype(np.uint16)])


@lru_cache(maxsize=2)
def _linear_table(transfer: int) -> NDArray[np.float32]:
    """Linear light of each 12-bit code; 1 is the reference white."""
    code = np.arange(_CODES) / (_CODES - 1)
    nits = _pq_nits(code) if transfer == PQ else _hlg_nits(code)
    return (nits / _WHITE_NITS).astype(np.float32)


def _pq_nits(code: NDArray[np.float64]) -> NDArray[np.float64]:
    root = code ** (32 / 2523)
    return 10_000 * (np.clip(root - 0.8359375, 0, None) / (18.8515625 - 18.6875 * root)) ** (16384 / 2610)


def _hlg_nits(code: NDArray[np.float64]) -> NDArray[np.float64]:
    """Scene light through the system gamma of a 1000 cd/m2 screen, taken a channel at a time."""
    a, b, c = 0.17883277, 0.28466892, 0.55991073
    scene = np.where(code <= 0.5, code**2 / 3, (np.exp((code - c) / a) + b) / 12)
    return np.asarray(1000 * scene**1.2)


@lru_cache(maxsize=1)
def _srgb_table() -> NDArray[np.uint8]:
    light = np.arange(_CODES) / (_CODES - 1)
    curve = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return (255 * curve + 0.5).astype(np.uint8)
