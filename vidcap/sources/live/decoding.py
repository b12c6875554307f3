"""Packets to whole frames, never behind the camera for long: what the decoder can't keep up with is left out."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

import av
import av.error
from av.packet import Packet
from av.video.frame import VideoFrame

from vidcap.sources.live.config import LiveSourceConfig
from vidcap.sources.live.opening import LiveOpened
from vidcap.sources.opening import check_size
from vidcap.sources.stamping import Stamper
from vidcap.timeline import Seconds, exact

MOST_BAD_READS = 64
"""Failed reads in a row after which a connection is given up."""
_FORGET = 0.002
"""Part of the distance to now that the least lag seen moves with each packet: clocks drift."""

_SET_BACK_S = 0.5


@dataclass(frozen=True, slots=True)
class LiveLook:
    """A decoded frame with what the camera says of its time."""

    frame: VideoFrame
    stamp_s: Seconds | None
    is_corrupt: bool
    skipped: int
    """Packets left out since the frame before."""


class Lag:
    """How far reading is behind the camera: how much later than the quickest a frame comes, by its stamp."""

    def __init__(self) -> None:
        self._least_s: float | None = None
        self._stamp_s = 0.0
        self._lag_s = 0.0

    def seconds(self, stamp_s: float, now_s: float) -> float:
        """Return the lag of a packet with that stamp that came now; stamps that jump or stand still tell nothing."""
        late_s, step_s = now_s - stamp_s, stamp_s - self._stamp_s
        if self._least_s is None or step_s < -_SET_BACK_S:
            self._least_s = late_s
        elif step_s <= 0:
            return self._lag_s
        self._stamp_s = stamp_s
        self._least_s = min(self._least_s, late_s)
        self._lag_s = late_s - self._least_s
        self._least_s += _FORGET * self._lag_s
        return self._lag_s


class LiveDecoder:
    """Yields the frames of an open live source, from the first key frame on."""

    def __init__(self, live: LiveOpened, config: LiveSourceConfig, now_s: Callable[[], float] = time.monotonic) -> None:
        self._opened = live.opened
        self._config = config
        self._is_paced = live.is_paced
        self._now_s = now_s
        self._base_s = exact(live.opened.stream.time_base)
        self._stamper = Stamper(live.opened, Fraction(0))
        self._lag = Lag()
        self._is_behind = False
        self._skipped = 0
        self._has_key = False

    def frames(self) -> Iterator[LiveLook]:
        """Yield frames until the data ends; what can't be decoded is passed over."""
        for packet in self._packets():
            if packet is not None and self._leave_out(packet):
                self._skipped += 1
                continue
            for frame in self._decoded(packet):
                check_size(self._opened.target.name, frame.width, frame.height, self._config.most_pixels)
                self._has_key = self._has_key or frame.key_frame or self._opened.begins_at_key
                if self._has_key:  # what comes before is grey, with smears where something moved
                    yield self._look(frame)

    def _look(self, frame: VideoFrame) -> LiveLook:
        stamped = self._stamper.stamp(frame)
        skipped, self._skipped = self._skipped, 0
        return LiveLook(frame, stamped.time_s, stamped.item.is_corrupt, skipped)

    def _decoded(self, packet: Packet[Any] | None) -> list[VideoFrame]:
        if packet is not None and packet.is_corrupt:
            self._opened.hurt.append(packet.pts)
        try:
            return self._opened.stream.codec_context.decode(packet)
        except (av.error.FFmpegError, ValueError):
            self._opened.hurt.append(packet.pts if packet is not None else None)
            del self._opened.hurt[:-8]
            return []

    def _leave_out(self, packet: Packet[Any]) -> bool:
        """Tell whether to pass over a packet to catch up: from too far behind to the next key frame that is not."""
        stamp = packet.pts if packet.dts is None else packet.dts
        if self._is_paced or stamp is None or self._base_s is None:
            return False
        lag_s = self._lag.seconds(float(stamp * self._base_s), self._now_s())
        if lag_s > self._config.most_lag_s:
            self._is_behind = True
        elif self._is_behind and packet.is_keyframe:
            self._is_behind = False
        return self._is_behind

    def _packets(self) -> Iterator[Packet[Any] | None]:
        """Yield packets, and None at the end of the data to drain the decoder."""
        bad_reads = 0
        while bad_reads < MOST_BAD_READS:
            try:
                for packet in self._opened.container.demux(self._opened.stream):
                    bad_reads = 0
                    yield packet if packet.size else None
                return
            except (av.error.EOFError, av.error.ExitError, TimeoutError, ConnectionError):
                yield None
                return
            except (av.error.FFmpegError, IndexError):
                bad_reads += 1
        yield None
