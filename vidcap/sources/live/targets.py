"""What the name of a live source means, and the options with which FFmpeg opens it."""

from __future__ import annotations

import os
import re
import sys
from dataclasses import dataclass, field

from vidcap.errors import SourceUnsupported
from vidcap.sources.live.config import LiveSourceConfig
from vidcap.urls import is_webcam, scheme_of

_HTTP = "http,https,httpproxy,tcp,tls"
_CARRIERS = {
    "http": f"{_HTTP},hls,crypto,data",
    "https": f"{_HTTP},hls,crypto,data",
    "rtsp": "rtsp,rtp,srtp,udp,tcp",
    "rtsps": "rtsp,rtsps,rtp,srtp,udp,tcp,tls",
    "rtmp": "rtmp,tcp",
    "rtmps": "rtmps,tls,tcp",
    "udp": "udp",
    "rtp": "rtp,udp",
    "srt": "srt",
}
_TRANSPORTS = {
    "tcp": {"rtsp_transport": "tcp"},
    "udp": {"rtsp_transport": "udp"},
    "auto": {"rtsp_transport": "tcp+udp", "rtsp_flags": "prefer_tcp"},
}
_PROBE = {"analyzeduration": "1000000", "probesize": "2000000"}
"""By default FFmpeg looks at 5 s of a stream before it gives the first frame. (Its flag ``nobuffer`` would throw away
what it looked at, the first key frame with it.)"""
_WEBCAMS = {"linux": "video4linux2", "darwin": "avfoundation"}


@dataclass(frozen=True, slots=True)
class LiveTarget:
    """A name, understood."""

    name: str
    address: str
    kind: str
    """``url``, ``webcam``, ``file`` or ``stdin``."""
    format: str | None = None
    options: dict[str, str] = field(default_factory=dict)


def live_target(name: str, config: LiveSourceConfig) -> LiveTarget:
    """Return what a name means; SourceUnsupported for what can't be opened here."""
    if name == "-":
        return LiveTarget(name, name, "stdin")
    if is_webcam(name):
        return _webcam(name)
    scheme = scheme_of(name)
    if scheme is None or os.path.lexists(name):
        return LiveTarget(name, name, "file")
    if scheme not in _CARRIERS:
        raise SourceUnsupported(name, f"the protocol {scheme} is not one of {', '.join(_CARRIERS)}")
    return LiveTarget(name, name, "url", options=_url_options(scheme, config))


def _url_options(scheme: str, config: LiveSourceConfig) -> dict[str, str]:
    wait_us = str(int(config.frame_timeout_s * 1_000_000))
    options = {"protocol_whitelist": _CARRIERS[scheme], **_PROBE}
    if scheme in ("rtsp", "rtsps"):
        return options | _TRANSPORTS[config.rtsp_transport] | {"timeout": wait_us, "allowed_media_types": "video"}
    if scheme in ("rtmp", "rtmps"):  # their "timeout" would make a server of us
        return options | {"rw_timeout": wait_us, "rtmp_live": "live"}
    if scheme == "udp":
        return options | {"timeout": wait_us, "overrun_nonfatal": "1", "fifo_size": "50000"}
    return options | {"rw_timeout": wait_us}


def _webcam(name: str) -> LiveTarget:
    """Return a webcam by the number or device in its name."""
    number = re.sub(r"\D", "", name)
    kind = _WEBCAMS.get(sys.platform)
    if kind is None:
        raise SourceUnsupported(name, "webcams can't be opened on this system")
    address = number if kind == "avfoundation" else f"/dev/video{number}"
    options = {"framerate": "30"} if kind == "avfoundation" else {}
    return LiveTarget(name, address, "webcam", format=kind, options=options)
