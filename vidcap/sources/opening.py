"""Opens containers, chooses the picture stream, and says in plain words why others won't open."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from typing import Any

import av
import av.error
from av.container import InputContainer
from av.stream import Disposition
from av.video.stream import VideoStream

from vidcap.errors import SourceCorrupt, SourceError, SourceNotFound, SourceUnsupported
from vidcap.sources.allocation import bound_blocks
from vidcap.sources.config import SourceConfig
from vidcap.sources.hardware import hardware_for
from vidcap.sources.places import Places
from vidcap.sources.protocols import Target, whitelists
from vidcap.sources.reading import BUFFER_BYTES, Reader, open_reader
from vidcap.sources.sniffing import why_unreadable
from vidcap.sources.spacing import Told

_MOST = 1 << 30
"""Larger numbers FFmpeg's options don't hold."""


@dataclass(slots=True)
class Opened:
    """An open container with its picture stream; close it."""

    target: Target
    container: InputContainer
    stream: VideoStream
    reader: Reader | None
    begins_at_key: bool = False
    """Whether the packet that the decoder was given first is a key frame's; known once it was."""
    hurt: list[int | None] = field(default_factory=list)
    """Stamps of packets that could not be decoded whole, until the frames after them have come."""
    places: Places | None = None
    """Counts frames, where the decoder leaves some out."""
    calm: set[int | None] = field(default_factory=set)
    """Stamps of frames yet to come before which frames were left out unseen, as nothing seemed to change."""
    leaps: set[int | None] = field(default_factory=set)
    """Stamps of frames yet to come before which frames were left out unseen, as all that changed did so with them."""
    is_given_up: bool = False
    """Nobody wants the rest: whoever still reads it ends, and closes it."""
    told: Told = field(default_factory=Told)
    """What the encoder wrote into the film's first frames, which is not read again after seeking."""

    @property
    def is_seekable(self) -> bool:
        """Whether one may go back and forth in it."""
        return self.reader is None or self.reader.seekable()

    def notice_packet(self) -> None:
        """Note that the bytes read so far led somewhere."""
        if self.reader is not None:
            self.reader.zeros = 0

    def notice_frame(self) -> None:
        """Note that there are frames."""
        if self.reader is not None:
            self.reader.has_frame = True

    def close(self) -> None:
        """Close container and file."""
        self.container.close()
        if self.reader is not None:
            self.reader.close()

    def raise_failure(self) -> None:
        """Raise what stopped the reading of bytes, Ctrl-C included, if anything did; ValueError once it is given up."""
        if self.is_given_up:
            raise ValueError("the source was closed while it was read")
        if self.reader is not None and self.reader.failure is not None:
            failure, self.reader.failure = self.reader.failure, None
            raise failure


def open_container(target: Target, config: SourceConfig) -> Opened:
    """Open a target and choose its picture stream.

    Raises SourceNotFound, SourceUnsupported or SourceCorrupt with a reason in plain words.
    """
    bound_blocks(config.max_pixels)
    reader = None if target.url else open_reader(target)
    try:
        if reader is not None and reader.seekable():
            _refuse_at_sight(target.name, reader, config)
        container = _open(target, reader, config)
    except BaseException:
        if reader is not None:
            reader.close()
        raise
    try:
        return Opened(target, container, picture_stream(target.name, container, config), reader)
    except BaseException:
        container.close()
        if reader is not None:
            reader.close()
        raise


def _refuse_at_sight(name: str, reader: Reader, config: SourceConfig) -> None:
    """Raise SourceUnsupported for what FFmpeg would read, but had better not."""
    if reader.samples_claimed() > config.max_samples:
        raise SourceUnsupported(name, f"its index lists more than {config.max_samples} frames")
    if reader.head(5) == b"%PDF-":
        raise SourceUnsupported(name, "is a document, not a video")


def _open(target: Target, reader: Reader | None, config: SourceConfig) -> InputContainer:
    options = whitelists(target, frozenset(av.formats_available), config)
    options["max_streams"] = str(min(config.max_streams, _MOST) + 1)
    wait_s: tuple[float, float] | None = None
    if target.url:
        options["timeout"] = str(int(config.timeout_s * 1_000_000))
        wait_s = (config.timeout_s, config.timeout_s)
    source: Any = reader or target.url
    try:
        container: InputContainer = av.open(
            source,
            "r",
            options=options,
            metadata_errors="replace",
            timeout=wait_s,
            buffer_size=BUFFER_BYTES,
            hwaccel=hardware_for(config.hwaccel),
        )
        return container
    except (av.error.FFmpegError, OSError, ValueError) as error:
        if reader is not None and reader.failure is not None:
            _raise_read_failure(target.name, reader.failure)
        if isinstance(error, MemoryError):  # so FFmpeg calls its limit of streams
            raise _too_many_streams(target.name, config) from None
        raise _plain(target, error) from None


def _raise_read_failure(name: str, failure: BaseException) -> None:
    if isinstance(failure, OSError):
        raise SourceCorrupt(name, f"can't be read: {(failure.strerror or 'input error').lower()}") from failure
    raise failure


def _plain(target: Target, error: Exception) -> SourceError:
    """Translate FFmpeg's error; its own text would show the URL with its password."""
    if target.url is None:
        return why_unreadable(target)
    if isinstance(error, av.error.HTTPNotFoundError):
        return SourceNotFound(target.name, "the server has no such file (404)")
    if isinstance(error, (av.error.HTTPUnauthorizedError, av.error.HTTPForbiddenError)):
        return SourceNotFound(target.name, "the server refuses access (401 or 403)")
    if isinstance(error, (av.error.HTTPClientError, av.error.HTTPServerError)):
        return SourceNotFound(target.name, "the server answers with an error")
    if isinstance(error, (TimeoutError, av.error.ExitError)):
        return SourceNotFound(target.name, "timed out: the server does not answer")
    if isinstance(error, ConnectionRefusedError):
        return SourceNotFound(target.name, "the server refuses the connection")
    if isinstance(error, (av.error.InvalidDataError, av.error.DemuxerNotFoundError)):
        return SourceUnsupported(target.name, "what the server sends is not a video")
    if isinstance(error, av.error.ProtocolNotFoundError):
        return SourceUnsupported(target.name, "this protocol is not supported")
    number = getattr(error, "errno", None)
    if isinstance(number, int) and 0 < number < 200:
        return SourceNotFound(target.name, f"can't be reached: {os.strerror(number).lower()}")
    return SourceNotFound(target.name, "can't be reached")


def picture_stream(name: str, container: InputContainer, config: SourceConfig) -> VideoStream:
    """Return the video that a player would show: not a cover; marked default, then the largest, one that moves."""
    if len(container.streams) > config.max_streams:
        raise _too_many_streams(name, config)
    streams = [s for s in container.streams.video if not _is_cover(s)]
    if not streams:
        raise SourceUnsupported(name, _why_no_video(container))
    known = [s for s in streams if s.codec_context is not None]
    if not known:
        raise SourceUnsupported(name, "its video has an unsupported codec")
    best = max(known, key=_standing)
    check_size(name, best.width, best.height, most_pixels(container, config))
    return best


def _standing(stream: VideoStream) -> tuple[bool, int, bool]:
    """Return what decides between streams: animated AVIF holds its first picture once more, as a stream of its own."""
    return bool(stream.disposition & Disposition.default), stream.width * stream.height, stream.frames != 1


def _too_many_streams(name: str, config: SourceConfig) -> SourceUnsupported:
    return SourceUnsupported(name, f"holds more than {config.max_streams} streams")


def _is_cover(stream: VideoStream) -> bool:
    return bool(stream.disposition & (Disposition.attached_pic | Disposition.timed_thumbnails))


def _why_no_video(container: InputContainer) -> str:
    if container.streams.video:
        return "holds no video, only sound with a cover picture"
    if container.streams.audio:
        return "holds no video, only sound"
    if container.streams.subtitles:
        return "holds no video, only subtitles"
    return "holds no video"


def is_still(container: InputContainer) -> bool:
    """Whether this is a format of single pictures; GIF and APNG may be films."""
    name = container.format.name
    brand = container.metadata.get("major_brand", "")
    return name.endswith("_pipe") or name in ("image2", "ico", "msp") or brand in ("avif", "heic", "heix", "mif1")


def most_pixels(container: InputContainer, config: SourceConfig) -> int:
    """Return the limit of a picture: lower for films, whose decoders hold several."""
    return config.max_pixels if is_still(container) else min(config.max_pixels, config.max_film_pixels)


def check_size(name: str, width_px: int, height_px: int, most: int) -> None:
    """Raise SourceUnsupported for pictures of more than ``most`` pixels."""
    if width_px * height_px > most:
        raise SourceUnsupported(name, f"its pictures are too large: {width_px} x {height_px}, more than {most} pixels")
