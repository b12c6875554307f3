"""The near end of a live source: starts the process that reads it, gives what it sends, kills it."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import asdict
from fractions import Fraction
from typing import Any

import numpy as np

from vidcap import errors
from vidcap.errors import SourceCorrupt, SourceError
from vidcap.sources.exchange import GoneError, SilentError, receive, send
from vidcap.sources.live.config import LiveSourceConfig
from vidcap.sources.live.messages import FeedEnd, FeedFrame, FeedMessage, FeedOpened, FeedSnapshot
from vidcap.types import Pixels
from vidcap.urls import mask_secrets

_SMALL = (3, 36, 64)
_SMALL_BYTES = 3 * 36 * 64
_WHOLE_S = 5.0
"""A message that has begun is there within this time, or the other side hangs."""


class LiveFeed:
    """One connection to a live source. Close it; it may be closed from another thread and more than once."""

    def __init__(self, name: str, config: LiveSourceConfig) -> None:
        self._name = name
        self._config = config
        self._commands, self._replies, self._process = _start(wants_stdin=name == "-")
        with suppress(BrokenPipeError):  # told by next()
            send(self._commands, {"name": name, "config": asdict(config)})

    def __repr__(self) -> str:
        return f"LiveFeed({mask_secrets(self._name)!r})"

    def next(self, within_s: float) -> FeedMessage | None:
        """Return what comes within that time, or None."""
        if not select.select([self._replies], [], [], max(0.0, within_s))[0]:
            return None
        try:
            header, payload = receive(self._replies, _WHOLE_S)
            return self._message(header, payload)
        except (GoneError, SilentError, ValueError, KeyError, TypeError):
            return FeedEnd(self._crash())

    def close(self) -> None:
        """End the process and all that it started."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        for file in (self._commands, self._replies):
            if file >= 0:
                os.close(file)
        self._commands = self._replies = -1

    def _message(self, header: Mapping[str, Any], payload: bytes) -> FeedMessage:
        if "frame" in header:
            return self._frame(header["frame"], payload)
        if "snapshot" in header:
            width_px, height_px = map(int, header["snapshot"])
            return FeedSnapshot(payload, width_px, height_px, float(header["arrival_s"]))
        if "opened" in header:
            opened = header["opened"]
            return FeedOpened(str(opened["codec"]), str(opened["container"]), bool(opened["is_finite"]))
        return FeedEnd(self._error(header), bool(header["is_hopeless"]))

    def _frame(self, header: Mapping[str, Any], payload: bytes) -> FeedFrame:
        small = np.frombuffer(payload[:_SMALL_BYTES], np.uint8).reshape(_SMALL).transpose(1, 2, 0)
        view: Pixels | None = None
        if header["has_view"]:
            side_px = self._config.view_px
            view = np.frombuffer(payload[_SMALL_BYTES:], np.uint8).reshape(side_px, side_px, 3)
        stamp = header["stamp_s"]
        stamp_s = None if stamp is None else Fraction(stamp)
        arrival_s, skipped = float(header["arrival_s"]), int(header["skipped"])
        return FeedFrame(stamp_s, arrival_s, small, view, bool(header["is_corrupt"]), skipped)

    def _error(self, header: Mapping[str, Any]) -> SourceError | None:
        if header["end"] is None:
            return None
        kind = getattr(errors, str(header["end"]), SourceError)
        if not (isinstance(kind, type) and issubclass(kind, SourceError)):
            kind = SourceError
        return kind(self._name, str(header["reason"]))

    def _crash(self) -> SourceError:
        """Return the error for a process that ended without a word."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        return SourceCorrupt(self._name, f"the reading process crashed ({how})")


def _start(*, wants_stdin: bool) -> tuple[int, int, subprocess.Popen[bytes]]:
    """Start the process, leader of a group of its own; return the ends of the pipes to it and from it."""
    their_commands, commands = os.pipe()
    replies, their_replies = os.pipe()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "OMP_NUM_THREADS": "1"}
    try:
        process = subprocess.Popen(
            [sys.executable, "-m", "vidcap.sources.live.worker", str(their_commands), str(their_replies)],
            stdin=None if wants_stdin else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(their_commands, their_replies),
            env=environment,
            start_new_session=True,
        )
    except BaseException:
        os.close(commands)
        os.close(replies)
        raise
    finally:
        os.close(their_commands)
        os.close(their_replies)
    return commands, replies, process
