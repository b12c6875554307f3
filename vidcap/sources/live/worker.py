"""The process that reads a live source: ``python -m vidcap.sources.live.worker COMMANDS REPLIES`` (file descriptors).

Sends each frame as it comes. It is ended by killing it; should the process that started it go away, it ends itself.
"""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from fractions import Fraction

import numpy as np

from vidcap.errors import SourceError, SourceUnsupported
from vidcap.sources.exchange import GoneError, Header, receive, send
from vidcap.sources.jpeg import jpeg_bytes
from vidcap.sources.live.config import LiveSourceConfig
from vidcap.sources.live.decoding import LiveDecoder, LiveLook
from vidcap.sources.live.opening import HopelessError, LiveOpened, open_live
from vidcap.sources.live.targets import LiveTarget, live_target
from vidcap.sources.picture import DecodedPicture, Scalers
from vidcap.timeline import Seconds, exact
from vidcap.types import Pixels

SNAPSHOT_WIDTH_PX = 960
_LATE_S = 0.5


class Ticks:
    """Says when it is time again: by stamps where they move, by the clock where they don't."""

    def __init__(self, step_s: float) -> None:
        self._step_s = step_s
        self._last_s = float("-inf")
        self._last_stamp_s: Seconds | None = None

    def is_due(self, stamp_s: Seconds | None, now_s: float) -> bool:
        """Tell whether a step has passed since the last time this was true."""
        passed_s = now_s - self._last_s
        if stamp_s is not None and self._last_stamp_s is not None:
            passed_s = max(passed_s, abs(float(stamp_s - self._last_stamp_s)))
        if passed_s < self._step_s:
            return False
        self._last_s, self._last_stamp_s = now_s, stamp_s
        return True


class Pacer:
    """Waits until a frame is due by its stamp, for sources that are there before their time."""

    def __init__(self) -> None:
        self._ahead_s: float | None = None

    def wait(self, stamp_s: Seconds | None) -> None:
        """Return when a frame is due; at once for one that is late, from which time then counts."""
        if stamp_s is None:
            return
        now_s = time.monotonic()
        if self._ahead_s is None:
            self._ahead_s = now_s - float(stamp_s)
        due_s = self._ahead_s + float(stamp_s)
        if not -_LATE_S < due_s - now_s < 10:
            self._ahead_s = now_s - float(stamp_s)
            return
        time.sleep(max(0.0, due_s - now_s))


class Sender:
    """Sends frames, each with its small picture, some with larger ones."""

    def __init__(self, live: LiveOpened, config: LiveSourceConfig, replies: int) -> None:
        self._config = config
        self._replies = replies
        self._aspect: Fraction | None = exact(live.opened.stream.sample_aspect_ratio)
        self._scalers = Scalers()
        self._views = Ticks(config.view_step_s)
        self._snapshots = Ticks(config.snapshot_step_s)

    def send(self, look: LiveLook) -> None:
        """Send one frame."""
        now_s = time.monotonic()
        picture = DecodedPicture(look.frame, self._aspect, self._scalers)
        pieces = [_flat(picture.small_yuv())]
        has_view = not look.is_corrupt and self._views.is_due(look.stamp_s, now_s)
        if has_view:
            pieces.append(np.ascontiguousarray(picture.rgb(self._config.view_px, self._config.view_px)).tobytes())
        header: Header = {
            "stamp_s": None if look.stamp_s is None else str(look.stamp_s),
            "arrival_s": now_s,
            "is_corrupt": bool(look.is_corrupt),
            "skipped": look.skipped,
            "has_view": has_view,
        }
        send(self._replies, {"frame": header}, b"".join(pieces))
        if self._config.snapshot_step_s and not look.is_corrupt and self._snapshots.is_due(None, now_s):
            self._send_snapshot(picture, now_s)

    def _send_snapshot(self, picture: DecodedPicture, now_s: float) -> None:
        width_px = min(SNAPSHOT_WIDTH_PX, picture.width_px) // 2 * 2 or 2
        height_px = max(2, round(picture.height_px * width_px / picture.width_px) // 2 * 2)
        jpeg = jpeg_bytes(picture.rgb(width_px, height_px))
        send(self._replies, {"snapshot": [width_px, height_px], "arrival_s": now_s}, jpeg)


def _flat(small: Pixels) -> bytes:
    """Return the small picture plane by plane, as it lies in memory."""
    return np.ascontiguousarray(small.transpose(2, 0, 1)).tobytes()


def work(commands: int, replies: int) -> None:
    """Read one source to its end."""
    asked, _ = receive(commands)
    threading.Thread(target=_end_with_the_caller, args=(commands,), daemon=True).start()
    config = LiveSourceConfig(**asked["config"])
    name = str(asked["name"])
    try:
        live = open_live(_target(name, config), config)
        stream = live.opened.stream
        opened = {"codec": stream.codec_context.name, "container": live.opened.container.format.name}
        send(replies, {"opened": opened | {"is_finite": live.is_finite}})
        _send_frames(live, config, replies)
        send(replies, {"end": None, "is_hopeless": live.is_finite})
    except HopelessError as hopeless:
        _send_error(replies, hopeless.error, is_hopeless=True)
    except SourceError as error:
        _send_error(replies, error, is_hopeless=False)


def _target(name: str, config: LiveSourceConfig) -> LiveTarget:
    try:
        return live_target(name, config)
    except SourceUnsupported as error:  # it will mean no more tomorrow
        raise HopelessError(error) from None


def _send_frames(live: LiveOpened, config: LiveSourceConfig, replies: int) -> None:
    sender, pacer = Sender(live, config, replies), Pacer()
    for look in LiveDecoder(live, config).frames():
        if live.is_paced:
            pacer.wait(look.stamp_s)
        sender.send(look)


def _send_error(replies: int, error: SourceError, *, is_hopeless: bool) -> None:
    send(replies, {"end": type(error).__name__, "reason": error.reason, "is_hopeless": is_hopeless})


def _end_with_the_caller(commands: int) -> None:
    """Kill this process and what it started when the one that wants its frames is gone, whatever hangs here."""
    while os.read(commands, 1):
        pass
    os.killpg(0, signal.SIGKILL)


def main() -> None:
    """Work on the descriptors named on the command line; whoever asked handles Ctrl-C."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        work(int(sys.argv[1]), int(sys.argv[2]))
    except (GoneError, BrokenPipeError):
        sys.exit(0)


if __name__ == "__main__":
    main()
