"""Opens live sources, and says in plain words what is wrong, and whether trying again may help."""

from __future__ import annotations

import errno
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import av
import av.error
from av.codec.context import ThreadType
from av.container import InputContainer
from av.stream import Discard

from vidcap.errors import SourceCorrupt, SourceError, SourceNotFound, SourceUnsupported
from vidcap.sources.config import SourceConfig
from vidcap.sources.live.bridge import open_bridge
from vidcap.sources.live.config import LiveSourceConfig
from vidcap.sources.live.growing import GrowingFile, Pipe
from vidcap.sources.live.targets import LiveTarget
from vidcap.sources.opening import Opened, picture_stream
from vidcap.sources.protocols import Target, open_formats
from vidcap.sources.sniffing import why_unreadable
from vidcap.urls import scheme_of


@dataclass(frozen=True, slots=True)
class LiveOpened:
    """An open live source."""

    opened: Opened
    is_finite: bool
    is_paced: bool
    """Its frames are to be shown by their stamps, since they come in bursts or all at once."""


class HopelessError(Exception):
    """Trying again can't help; ``error`` is for the user."""

    def __init__(self, error: SourceError) -> None:
        super().__init__(str(error))
        self.error = error


def open_live(target: LiveTarget, config: LiveSourceConfig) -> LiveOpened:
    """Open a live source; SourceError where it may come later, HopelessError where it won't."""
    container = _container(target, config)
    try:
        limits = SourceConfig(max_pixels=config.most_pixels, max_film_pixels=config.most_pixels)
        stream = picture_stream(target.name, container, limits)
        opened = Opened(Target(target.name, url=target.address), container, stream, None)
        _prepare(opened, config)
    except SourceUnsupported as error:
        container.close()
        if target.kind == "url":  # it may have been joined before anything was told of its video
            raise
        raise HopelessError(error) from None
    is_list = "hls" in container.format.name
    is_finite = target.kind in ("file", "stdin") or (_is_web(target) and bool(container.duration))
    return LiveOpened(opened, is_finite, is_list or (config.realtime and is_finite))


def _is_web(target: LiveTarget) -> bool:
    return scheme_of(target.address) in ("http", "https")


def _container(target: LiveTarget, config: LiveSourceConfig) -> InputContainer:
    if target.kind == "file":
        return _open_file(target, config)
    try:
        return _open(target, target.address)
    except av.error.ProtocolNotFoundError:
        scheme = scheme_of(target.address) or ""
        try:
            bridge = open_bridge(target, scheme)
        except SourceUnsupported as error:
            raise HopelessError(error) from None
        return _open(target, bridge)


def _open(target: LiveTarget, place: Any) -> InputContainer:
    source = Pipe(sys.stdin.fileno()) if target.kind == "stdin" else place
    wanted = "mpegts" if isinstance(source, Pipe) and source is place else target.format
    is_url = isinstance(source, str)
    options = dict(target.options) if is_url else {"protocol_whitelist": "none"}
    if target.kind != "webcam":
        options["format_whitelist"] = open_formats(frozenset(av.formats_available), frozenset(), is_url=is_url)
    try:
        container: InputContainer = av.open(
            source, "r", format=wanted, options=options, metadata_errors="replace", buffer_size=1 << 15
        )
        return container
    except av.error.ProtocolNotFoundError:
        if is_url:
            raise
        raise _error(target, ValueError()) from None
    except (av.error.FFmpegError, OSError, ValueError) as error:
        raise _error(target, error) from None


def _open_file(target: LiveTarget, config: LiveSourceConfig) -> InputContainer:
    """Open a file that may still grow; one whose index is at its end must be whole, however new it is."""
    try:
        file = open(target.address, "rb", buffering=0)  # noqa: SIM115 (open as long as the process)
    except OSError as error:
        raise HopelessError(SourceNotFound(target.name, (error.strerror or "can't be opened").lower())) from None
    growing = GrowingFile(file, config.frame_timeout_s)
    try:
        return _open(target, growing)
    except HopelessError:
        if growing.is_whole:
            raise
    growing.is_whole = True
    growing.seek(0)
    return _open(target, growing)


def _error(target: LiveTarget, error: Exception) -> Exception:
    """Translate FFmpeg's error; its own text would show the address with its password."""
    name = target.name
    if target.kind == "file":
        return HopelessError(why_unreadable(Target(name, path=target.address)))
    if target.kind == "webcam" and isinstance(error, FileNotFoundError):
        there = ", ".join(sorted(str(path) for path in Path("/dev").glob("video[0-9]*"))) or "none"
        return HopelessError(SourceNotFound(name, f"there is no such webcam (there are: {there})"))
    if target.kind == "stdin":
        return HopelessError(SourceUnsupported(name, "what comes in is not a video"))
    if isinstance(error, (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)):
        return HopelessError(SourceNotFound(name, "access refused (401 or 403): wrong or missing user and password"))
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceNotFound(name, "the server has no such stream (404)")
    if isinstance(error, (av.error.HTTPClientError, av.error.HTTPServerError)):
        return SourceNotFound(name, "the server answers with an error" + _other_transport(target))
    if isinstance(error, (TimeoutError, av.error.ExitError)):
        return SourceNotFound(name, "timed out: no answer")
    if isinstance(error, ConnectionRefusedError):
        return SourceNotFound(name, "the connection was refused")
    if isinstance(error, (av.error.InvalidDataError, av.error.DemuxerNotFoundError)):
        return SourceCorrupt(name, "what the server sends is not a video")
    number = getattr(error, "errno", None)
    if number == errno.EPROTONOSUPPORT and "rtsp_transport" in target.options:
        return SourceNotFound(name, "the camera does not send this way" + _other_transport(target))
    if isinstance(number, int) and 0 < number < 200:
        return SourceNotFound(name, f"can't be reached: {os.strerror(number).lower()}")
    return SourceNotFound(name, "can't be reached")


def _other_transport(target: LiveTarget) -> str:
    other = {"tcp": "udp", "udp": "tcp"}.get(target.options.get("rtsp_transport", ""))
    return f" (--rtsp-transport {other} may help)" if other else ""


def _prepare(opened: Opened, config: LiveSourceConfig) -> None:
    """Set the decoder up to give each picture as soon as it can."""
    stream = opened.stream
    for other in opened.container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    context = stream.codec_context
    context.thread_type = ThreadType.SLICE
    context.thread_count = config.decode_threads
    context.options = {"max_pixels": str(config.most_pixels)}
    try:
        context.open()
    except (av.error.FFmpegError, ValueError):
        raise SourceUnsupported(opened.target.name, "its video can't be decoded") from None
