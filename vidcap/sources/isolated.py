"""A source whose decoder runs in a process of its own: whatever happens there, this process lives on.

The same frames as :class:`vidcap.sources.source.Source` gives. A crash of the decoder, or one that does not answer,
ends the frames with SourceCorrupt: what was described until then is kept. Not on Windows.
"""

from __future__ import annotations

import logging
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from fractions import Fraction
from threading import Lock

import numpy as np

from vidcap import errors
from vidcap.errors import SourceCorrupt, SourceError
from vidcap.sources.config import Damage, SourceConfig, SourceInfo, Wanted
from vidcap.sources.exchange import GoneError, Header, SilentError, packed, receive, send, unpacked
from vidcap.sources.once import ReadOnce
from vidcap.sources.protocols import target_of
from vidcap.sources.reduced import ReducedPicture
from vidcap.types import Frame, Pixels

ANSWER_S = 120.0
"""A decoder of a local file that says nothing for so long hangs."""
_SMALL = (3, 36, 64)


class IsolatedSource(ReadOnce):
    """Gives the frames of one film, stream or picture, once; a context manager that ends its process.

    The picture of a frame can be asked for until eight more frames have come.
    """

    def __init__(self, name: str, config: SourceConfig) -> None:
        super().__init__(target_of(name, config))
        self._answer_s = ANSWER_S if self._target.path is not None else None
        self._lock = Lock()
        self._last_end_s = Fraction(0)
        self.damage = Damage()
        self._process, self._commands, self._replies = _start(self._target.is_stdin)
        try:
            send(self._commands, {"name": name, "config": packed(config)})
            header, _ = self._receive()
            self.info = SourceInfo(**unpacked(header["info"]))
        except BrokenPipeError:
            raise self._crash() from None
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """End the process; may be called twice."""
        self._process.kill()
        self._process.wait()
        with self._lock:
            for file in (self._commands, self._replies):
                if file >= 0:
                    os.close(file)
            self._commands = self._replies = -1

    def _frames(self, wanted: Wanted | None) -> Iterator[Frame]:
        while True:
            header, payload = self._ask({"next": True})
            self._note(header)
            if "frame" not in header:
                return
            yield self._frame(header["frame"], payload)

    def _frame(self, header: Header, payload: bytes) -> Frame:
        small = np.frombuffer(payload, np.uint8).reshape(_SMALL).transpose(1, 2, 0)
        start_s, self._last_end_s = Fraction(header["start_s"]), Fraction(header["end_s"])
        index = int(header["index"])
        picture = RemotePicture(self, index, (int(header["width_px"]), int(header["height_px"])), small)
        flags = (header["is_key"], header["is_corrupt"], header["calm"], header["leap"])
        return Frame(index, start_s, self._last_end_s, picture, *flags)

    def _note(self, header: Header) -> None:
        damage = self.damage
        damage.bad_packets, damage.corrupt_frames = header["bad_packets"], header["corrupt_frames"]
        damage.large_frames, damage.missing_s = header["large_frames"], Fraction(header["missing_s"])

    def rgb(self, index: int, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB of a recent frame."""
        _, payload = self._ask({"rgb": [index, width_px, height_px]})
        return np.frombuffer(payload, np.uint8).reshape(height_px, width_px, 3)

    def _ask(self, header: Header) -> tuple[Header, bytes]:
        with self._lock:
            try:
                send(self._commands, header)
                return self._receive()
            except (BrokenPipeError, OSError):
                raise self._crash() from None

    def _receive(self) -> tuple[Header, bytes]:
        """Return the next answer; log records before it are passed on, errors raised."""
        while True:
            try:
                header, payload = receive(self._replies, self._answer_s)
            except SilentError:
                self._process.kill()
                raise SourceCorrupt(self._target.name, f"the decoder did not answer for {ANSWER_S:.0f} s") from None
            except (GoneError, ValueError):
                raise self._crash() from None
            if "error" in header:
                raise self._told(header)
            if "log" not in header:
                return header, payload
            logging.getLogger(header["logger"]).log(header["level"], "%s", header["log"])

    def _told(self, header: Header) -> SourceError:
        kind = getattr(errors, str(header["error"]), SourceError)
        if not (isinstance(kind, type) and issubclass(kind, SourceError)):
            kind = SourceError
        return kind(self._target.name, str(header["reason"]))

    def _crash(self) -> SourceCorrupt:
        """Return the error for a process that ended without a word."""
        code = self._process.wait()
        how = signal.Signals(-code).name if code < 0 else f"code {code}"
        return SourceCorrupt(self._target.name, f"the decoder crashed ({how}) after {float(self._last_end_s):.1f} s")


class RemotePicture(ReducedPicture):
    """A :class:`vidcap.types.Picture` that lies in the decoder's process, but for its small version."""

    __slots__ = ("_index", "_source")

    def __init__(self, source: IsolatedSource, index: int, size: tuple[int, int], small: Pixels) -> None:
        super().__init__(size, small)
        self._source = source
        self._index = index

    def rgb(self, width_px: int, height_px: int) -> Pixels:
        """Return ``(height_px, width_px, 3)`` RGB, upright; only of a recent frame."""
        if width_px < 1 or height_px < 1:
            raise ValueError(f"a picture has at least one pixel: {width_px} x {height_px}")
        return self._source.rgb(self._index, width_px, height_px)


def _start(wants_stdin: bool) -> tuple[subprocess.Popen[bytes], int, int]:
    """Start a worker; return it with the ends of the pipes to write commands to and to read replies from."""
    their_commands, commands = os.pipe()
    replies, their_replies = os.pipe()
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "vidcap.sources.worker", str(their_commands), str(their_replies)],
            stdin=None if wants_stdin else subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            pass_fds=(their_commands, their_replies),
            env=environment,
        )
    except BaseException:
        os.close(commands)
        os.close(replies)
        raise
    finally:
        os.close(their_commands)
        os.close(their_replies)
    return process, commands, replies
