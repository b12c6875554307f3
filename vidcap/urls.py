"""Addresses: what is a URL, and how to show one without its secrets."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)(?:[^/?#\s]*|[^/?#\s@:]+:(?!\d+/)[^\s@]*)@")
"""The second half is a password with a ``/``, ``?`` or ``#`` in it, which makes the address wrong, but stays secret."""
_SECRET_QUERY = re.compile(
    r"([?&;](?:[\w.-]*(?:pass|passwd|passphrase|password|pwd|streamid|token|secret|key|auth|signature|sig|credential)[\w.-]*)=)[^&;#\s]*",
    re.IGNORECASE,
)

LIVE_SCHEMES = frozenset({"rtsp", "rtsps", "rtmp", "rtmps", "srt", "udp", "rtp"})
"""Addresses of these kinds have no end."""
_WEBCAM = re.compile(r"^(?:webcam:\d+|/dev/video\d+)$")


def is_live(name: str) -> bool:
    """Tell whether a name can only mean something live: a camera's address, a webcam.

    >>> is_live("rtsp://camera/stream"), is_live("webcam:0"), is_live("film.mp4"), is_live("https://host/film.mp4")
    (True, True, False, False)
    """
    return scheme_of(name) in LIVE_SCHEMES or is_webcam(name)


def is_webcam(name: str) -> bool:
    """Tell whether a name is that of a webcam: ``webcam:0``, ``/dev/video0``."""
    return _WEBCAM.match(name) is not None


def scheme_of(name: str) -> str | None:
    """Return the lower-case scheme of a URL such as ``rtsp://host/``, or None for a path."""
    match = _SCHEME.match(name)
    return match.group(1).lower() if match else None


def mask_secrets(text: str) -> str:
    """Return ``text`` with user, password and secret query values of every URL in it replaced by ``***``."""
    return _SECRET_QUERY.sub(r"\1***", _USERINFO.sub(r"\1***@", text))
