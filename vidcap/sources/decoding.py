"""Packets to frames: damage is skipped and counted, never fatal."""

from __future__ import annotations

import logging
import os
from collections.abc import Callable, Generator, Iterable, Iterator
from fractions import Fraction
from functools import partial
from itertools import chain
from math import ceil
from typing import Any

import av
import av.error
from av.codec.context import ThreadType
from av.packet import Packet
from av.stream import Discard
from av.video.frame import VideoFrame

from vidcap.errors import SourceUnsupported
from vidcap.sources.ahead import Ahead
from vidcap.sources.config import Damage, SourceConfig
from vidcap.sources.decoders import MOST_PACKETS, Decode, Division
from vidcap.sources.keys import KeyScan
from vidcap.sources.opening import Opened, check_size, most_pixels
from vidcap.sources.places import Places
from vidcap.sources.ready import AnyFrame
from vidcap.timeline import exact

_log = logging.getLogger(__name__)

MOST_BAD_READS = 64
"""Failed reads in a row after which the rest of a container is given up."""
LARGE_PIXELS = 16_000_000
MOST_THREADS = 64
"""FFmpeg itself warns of more; starting thousands takes minutes."""
MOST_CHOSEN = 16
"""Threads that are started unasked."""
_FAST_KEEPS_CUTS = ("h264", "vp9")
"""Decoders whose fast scan moves cuts by a frame at most: see benchmarks/scan.py."""


def prepare(opened: Opened, config: SourceConfig) -> None:
    """Set the decoder up: threads, limits, what to skip. Before the first packet is decoded."""
    stream = opened.stream
    for other in opened.container.streams:
        if other.index != stream.index:
            other.discard = Discard.all
    context = stream.codec_context
    context.thread_type = ThreadType.AUTO
    context.thread_count = min(config.threads, MOST_THREADS) or _threads(stream.width * stream.height)
    context.options = {"max_pixels": str(most_pixels(opened.container, config))}
    if scan_of(opened, config) == "fast":
        context.skip_frame = "NONREF"
    try:
        context.open()
    except (av.error.FFmpegError, ValueError):
        raise SourceUnsupported(opened.target.name, "its video can't be decoded") from None


def _threads(pixels: int) -> int:
    """Twice the cores, as frame threads wait for one another; one for huge pictures, since each holds some."""
    return 1 if pixels > LARGE_PIXELS else min(2 * num_cores(), MOST_CHOSEN)


def num_cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def scan_of(opened: Opened, config: SourceConfig) -> str:
    """Return how much of a film is decoded: ``full``, ``fast`` or ``keys``."""
    if opened.stream.start_time is None:  # no stamps: times come from counting frames, of which none may be missing
        return "full"
    if config.scan != "auto":
        return config.scan
    has_true_stamps = opened.container.format.name != "avi"
    return "fast" if _fast_keeps_cuts(opened) and has_true_stamps else "full"


def _fast_keeps_cuts(opened: Opened) -> bool:
    return opened.stream.codec_context.name in _FAST_KEEPS_CUTS


def decoded(
    opened: Opened, config: SourceConfig, damage: Damage, division: Callable[[], Division | None] = lambda: None
) -> Generator[AnyFrame]:
    """Yield the frames of the chosen stream in the order shown, as the decoder gives them.

    As soon as ``division`` returns one, groups of pictures are decoded side by side.
    """
    if not opened.stream.codec_context.is_open:
        prepare(opened, config)
    scan = scan_of(opened, config)
    _log.info("%s: %s scan of %s", opened.target.shown, scan, opened.stream.codec_context.name)
    opened.places = Places() if scan != "full" else None
    opened.calm.clear()
    opened.leaps.clear()

    most = most_pixels(opened.container, config)

    def decode(packet: Packet[Any] | None) -> list[VideoFrame]:
        return _frames_of(packet, opened, most, damage)

    packets = _packets(opened, damage)
    first = next(packets, None)
    opened.begins_at_key = first is not None and first.is_keyframe
    packets = chain((first,), packets)
    if scan == "keys":
        keys = KeyScan(opened, decode, skips=_fast_keeps_cuts(opened), division=division)
        yield from keys.frames(_noted(packets, opened))
    else:
        yield from _as_they_come(packets, opened, decode, division)


def _as_they_come(
    packets: Iterator[Packet[Any] | None], opened: Opened, decode: Decode, division: Callable[[], Division | None]
) -> Iterator[AnyFrame]:
    """Yield the frames of all packets."""
    fed_pts: list[int | None] = []
    for packet in packets:
        if packet is not None and packet.is_keyframe and fed_pts and len(fed_pts) <= MOST_PACKETS:
            side_by_side = division()
            if side_by_side is not None:
                rest = chain((packet,), packets)
                note = partial(_note, opened)
                yield from Ahead(opened, decode, note, side_by_side).frames(rest, fed_pts)
                return
        if packet is not None:
            _note(opened, packet)
            if packet.size and len(fed_pts) <= MOST_PACKETS:
                fed_pts.append(packet.pts)
        yield from decode(packet)


def _noted(packets: Iterable[Packet[Any] | None], opened: Opened) -> Iterator[Packet[Any] | None]:
    """Yield packets, noting what their frames will be judged by."""
    for packet in packets:
        if packet is not None:
            _note(opened, packet)
        yield packet


def _note(opened: Opened, packet: Packet[Any]) -> None:
    if packet.is_corrupt:
        opened.hurt.append(packet.pts)
    if opened.places is not None and packet.size:
        opened.places.note(packet.pts)


def _frames_of(packet: Packet[Any] | None, opened: Opened, most: int, damage: Damage) -> list[VideoFrame]:
    """Return the frames that a packet, or the end, makes the decoder give; none where it is damaged."""
    try:
        frames = opened.stream.codec_context.decode(packet)
    except (av.error.FFmpegError, ValueError):
        damage.bad_packets += 1
        opened.hurt.append(packet.pts if packet is not None else None)
        _notice_size(opened, most, damage)
        return []
    for frame in frames:
        check_size(opened.target.name, frame.width, frame.height, most)
        opened.notice_frame()
    return frames


def _notice_size(opened: Opened, most: int, damage: Damage) -> None:
    """Tell once when a packet was refused because its pictures are above the limit."""
    context = opened.stream.codec_context
    if context.width * context.height <= most:
        return
    damage.large_frames += 1
    if damage.large_frames == 1:
        message = "%s: its pictures become too large: %d x %d, more than %d pixels; they are left out"
        _log.warning(message, opened.target.shown, context.width, context.height, most)


def least_ticks_of(base_s: Fraction, max_fps: int) -> int:
    """Return how far apart two frames are at least, in ticks of ``base_s``."""
    return ceil(1 / (base_s * max_fps))


def not_denser(frames: Iterable[AnyFrame], opened: Opened, max_fps: int) -> Iterator[AnyFrame]:
    """Yield frames without those that follow the one before too closely; tell once."""
    base = exact(opened.stream.time_base)
    least_ticks = least_ticks_of(base, max_fps) if base else 0
    last: int | None = None
    is_told = False
    for frame in frames:
        pts = frame.pts
        if pts is not None:
            if last is not None and 0 < pts - last < least_ticks:
                if not is_told:
                    _log.warning(
                        "%s: more than %d frames a second; the rest are left out", opened.target.shown, max_fps
                    )
                is_told = True
                continue
            last = pts
        yield frame


def _packets(opened: Opened, damage: Damage) -> Iterator[Packet[Any] | None]:
    """Yield packets, reading on past those that can't be read; the last, which drains the decoder, may be None."""
    bad_reads = 0
    while bad_reads < MOST_BAD_READS:
        try:
            for packet in opened.container.demux(opened.stream):
                opened.raise_failure()
                opened.notice_packet()
                bad_reads = 0
                if packet.is_corrupt:
                    damage.bad_packets += 1
                yield packet
            opened.raise_failure()
            return
        except (av.error.FFmpegError, IndexError):
            # PyAV's IndexError is a packet of a stream that damage made appear after the file was opened.
            opened.raise_failure()
            damage.bad_packets += 1
            bad_reads += 1
    yield None
