"""What a name means, and which doors stay shut while it is read.

A local file is handed to FFmpeg as an open Python file, so its name is never read as a protocol or a pattern,
and FFmpeg gets a whitelist that holds no protocol at all: whatever a playlist, script or header inside points to
stays shut. A URL gets only the protocols that carry it. Containers that do nothing but point elsewhere are not
even looked for in local files. ``SourceConfig.allow_protocols`` opens by name.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

from vidcap.errors import SourceUnsupported
from vidcap.sources.config import SourceConfig
from vidcap.text import one_line
from vidcap.urls import mask_secrets, scheme_of

_CARRIERS = {
    "http": "http,https,httpproxy,tcp,tls",
    "https": "http,https,httpproxy,tcp,tls",
    "rtsp": "rtsp,rtp,srtp,udp,tcp",
    "rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
}
_ALWAYS = frozenset({"http", "https"})
_POINTERS = frozenset({"applehttp", "concat", "concatf", "dash", "hls", "imf", "rtp", "rtsp", "sap", "sdp"})
"""Demuxers that fetch what they show from elsewhere."""
_UNSAFE = frozenset(
    {"image2", "lavfi", "tty", "vobsub", "mlv", "dvdvideo", "vapoursynth", "libgme", "bin", "adf", "idf"}
)
"""Demuxers that read names as patterns, open files beside the given one, run scripts, or film plain text."""


@dataclass(frozen=True, slots=True)
class Target:
    """A name, understood: a local path, a URL, or neither for standard input."""

    name: str
    path: str | None = None
    url: str | None = None

    @property
    def shown(self) -> str:
        """The name on one line, harmless and without secrets."""
        return one_line(mask_secrets(self.name))

    @property
    def is_stdin(self) -> bool:
        """Whether frames come from standard input."""
        return self.path is None and self.url is None


def target_of(name: str, config: SourceConfig) -> Target:
    """Return what ``name`` means; a path that exists is always that file, whatever it looks like.

    Raises SourceUnsupported for a protocol that is closed.
    """
    if name == "-":
        return Target(name)
    scheme = scheme_of(name)
    if scheme is None or os.path.lexists(name):
        return Target(name, path=name)
    if scheme == "file":
        return Target(name, path=unquote(urlsplit(name).path))
    if scheme not in _ALWAYS | config.allow_protocols:
        raise SourceUnsupported(name, f"the protocol {scheme} is closed; it must be allowed by name")
    return Target(name, url=scheme + name[len(scheme) :])  # FFmpeg does not know HTTP in capitals


def whitelists(target: Target, available: frozenset[str], config: SourceConfig) -> dict[str, str]:
    """Return FFmpeg's options that keep the other doors shut; ``available`` names all demuxers."""
    scheme = scheme_of(target.url) if target.url else None
    carriers = set(_CARRIERS.get(scheme, scheme).split(",")) if scheme else set()
    protocols = carriers | (config.allow_protocols - _POINTERS)
    return {
        "protocol_whitelist": ",".join(sorted(protocols)) or "none",
        "format_whitelist": open_formats(available, config.allow_protocols, is_url=target.url is not None),
    }


def open_formats(available: frozenset[str], allowed: frozenset[str], *, is_url: bool) -> str:
    """Return FFmpeg's list of the demuxers that may look at a source."""
    closed = (_UNSAFE | (frozenset() if is_url else _POINTERS)) - allowed
    return ",".join(sorted(available - closed))
