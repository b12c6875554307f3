"""Decoding by hardware, where there is some that works; the frames come to main memory like all others."""

from __future__ import annotations

import logging
from functools import lru_cache

from av.codec import Codec
from av.codec.hwaccel import HWAccel, hwdevices_available
from av.error import FFmpegError

log = logging.getLogger(__name__)

_PREFERRED = ("cuda", "videotoolbox", "d3d11va", "vaapi", "qsv", "vdpau")


def hardware_for(name: str) -> HWAccel | None:
    """Return how PyAV is told to decode by hardware of this name; None, with a warning, where it can't be used.

    ``auto`` takes the first that works, and says nothing where none does. A codec that the hardware does not know is
    decoded by the processor.
    """
    if name == "none":
        return None
    wanted = _PREFERRED if name == "auto" else (name,)
    for device in wanted:
        if _works(device):
            log.info("decoding by %s where it knows the codec", device)
            return HWAccel(device, allow_software_fallback=True)
    if name != "auto":
        log.warning("there is no working %s decoder here: the processor decodes", name)
    return None


@lru_cache(maxsize=16)
def _works(device: str) -> bool:
    """Whether a device of this kind can be opened: FFmpeg knows many that the machine has not."""
    if device not in hwdevices_available():
        return False
    try:
        HWAccel(device).create(Codec("h264", "r"))
    except (FFmpegError, OSError, NotImplementedError):
        return False
    return True
