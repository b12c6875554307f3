"""Addresses: what is a URL, and how to show one without its secrets."""

from __future__ import annotations

import re

_SCHEME = re.compile(r"^([A-Za-z][A-Za-z0-9+.-]+)://")
_USERINFO = re.compile(r"([A-Za-z][A-Za-z0-9+.-]*://)[^/?#\s]*@")
_SECRET_QUERY = re.compile(
    r"([?&;](?:[\w.-]*(?:pass|passwd|password|pwd|token|secret|key|auth|signature|sig|credential)[\w.-]*)=)[^&;#\s]*",
    re.IGNORECASE,
)


def scheme_of(name: str) -> str | None:
    """Return the lower-case scheme of a URL such as ``rtsp://host/``, or None for a path."""
    match = _SCHEME.match(name)
    return match.group(1).lower() if match else None


def mask_secrets(text: str) -> str:
    """Return ``text`` with user, password and secret query values of every URL in it replaced by ``***``."""
    return _SECRET_QUERY.sub(r"\1***", _USERINFO.sub(r"\1***@", text))
