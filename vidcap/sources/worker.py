"""The process of an isolated decoder: ``python -m vidcap.sources.worker COMMANDS REPLIES`` (file descriptors).

Opens what the first message names, sends what is known of it and each frame's small picture when asked for the
next, and larger pictures of the last few frames on demand. Ends when nobody asks any more.
"""

from __future__ import annotations

import logging
import signal
import sys
from collections import OrderedDict
from dataclasses import replace

import numpy as np

from vidcap.errors import VidcapError
from vidcap.sources.config import Damage, SourceConfig
from vidcap.sources.exchange import GoneError, Header, packed, receive, send, unpacked
from vidcap.sources.source import Source
from vidcap.types import Frame

RECENT = 8
"""Frames whose pictures can be asked for."""


class _Sent(logging.Handler):
    """Sends log records to the other side."""

    def __init__(self, replies: int) -> None:
        super().__init__()
        self._replies = replies

    def emit(self, record: logging.LogRecord) -> None:
        send(self._replies, {"log": record.getMessage(), "level": record.levelno, "logger": record.name})


def work(commands: int, replies: int) -> None:
    """Serve one source until its end, or until the other side is gone."""
    logger = logging.getLogger("vidcap")
    logger.addHandler(_Sent(replies))
    logger.setLevel(logging.INFO)
    asked, _ = receive(commands)
    config = replace(SourceConfig(**unpacked(asked["config"])), isolate=False)
    try:
        with Source(asked["name"], config) as source:
            send(replies, {"info": packed(source.info)})
            recent = _serve(source, commands, replies)
            send(replies, {"end": True, **_damage(source.damage)})
            while True:  # the last pictures may be wanted when the end is known
                _answer(commands, replies, recent)
    except VidcapError as error:
        send(replies, {"error": type(error).__name__, "reason": error.reason})


def _serve(source: Source, commands: int, replies: int) -> OrderedDict[int, Frame]:
    """Send each frame as it is asked for; return the last ones."""
    recent: OrderedDict[int, Frame] = OrderedDict()
    _answer(commands, replies, recent)
    for frame in source.frames():
        recent[frame.index] = frame
        if len(recent) > RECENT:
            recent.popitem(last=False)
        send(replies, {"frame": _header(frame), **_damage(source.damage)}, _planes(frame))
        _answer(commands, replies, recent)
    return recent


def _answer(commands: int, replies: int, recent: OrderedDict[int, Frame]) -> None:
    """Send the pictures that are asked for until the next frame is."""
    while True:
        asked, _ = receive(commands)
        if "rgb" not in asked:
            return
        index, width_px, height_px = asked["rgb"]
        pixels = recent[index].picture.rgb(width_px, height_px)
        send(replies, {"rgb": [width_px, height_px]}, np.ascontiguousarray(pixels).tobytes())


def _header(frame: Frame) -> Header:
    picture = frame.picture
    return {
        "index": frame.index,
        "start_s": str(frame.start_s),
        "end_s": str(frame.end_s),
        "is_key": bool(frame.is_key),
        "is_corrupt": bool(frame.is_corrupt),
        "calm": bool(frame.after_calm),
        "leap": bool(frame.is_leap),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
    }


def _planes(frame: Frame) -> bytes:
    """Return the small picture plane by plane, as it lies in memory."""
    return np.ascontiguousarray(frame.picture.small_yuv().transpose(2, 0, 1)).tobytes()


def _damage(damage: Damage) -> Header:
    return {
        "bad_packets": damage.bad_packets,
        "corrupt_frames": damage.corrupt_frames,
        "large_frames": damage.large_frames,
        "missing_s": str(damage.missing_s),
    }


def main() -> None:
    """Work on the descriptors named on the command line; whoever asked handles Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work(int(sys.argv[1]), int(sys.argv[2]))
    except (GoneError, BrokenPipeError):
        sys.exit(0)


if __name__ == "__main__":
    main()
