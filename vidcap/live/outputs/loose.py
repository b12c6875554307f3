"""Standard output and pipes whose reader may be slow: it holds nobody up."""

from __future__ import annotations

import errno
import os
import threading
from collections import deque
from typing import BinaryIO, Protocol

MOST_BYTES = 1 << 20
"""Kept for a reader who does not come; what is written then is refused."""
PATIENCE_S = 0.2
"""How long a write waits for its reader, while he reads: so errors are told at once, and delays are true."""
_PARTING_S = 0.5


class ByteStream(Protocol):
    """What lines are written to."""

    def write(self, piece: bytes, /) -> object:
        """Write bytes."""
        ...

    def flush(self) -> object:
        """Have them there."""
        ...


class LooseStream:
    """Writes to a descriptor from a thread of its own. It may hang for ever in there; the process can still end."""

    def __init__(self, file: int, owner: object = None) -> None:
        self._file = file
        self._owner = owner  # which would close the descriptor if nobody kept it
        self._waiting: deque[bytes] = deque()
        self._error: OSError | None = None
        self._changed = threading.Condition()
        threading.Thread(target=self._write_all, name="vidcap-live-stream", daemon=True).start()

    def write(self, piece: bytes, /) -> None:
        """Pass bytes on; OSError where that failed, or the reader is too far behind: then nothing of them is kept."""
        with self._changed:
            if sum(map(len, self._waiting)) + len(piece) > MOST_BYTES:
                raise OSError(errno.EAGAIN, "its reader is too slow, and lines are left out")
            is_behind = bool(self._waiting)
            self._waiting.append(piece)
            self._changed.notify_all()
            if not is_behind:
                self._changed.wait_for(self._is_done, PATIENCE_S)
            error, self._error = self._error, None  # told once: a disk may have room again
            if error is not None:
                raise error

    def flush(self) -> None:
        """Do nothing: bytes are on their way already."""

    def close(self) -> None:
        """Give the reader a last moment; the descriptor stays open."""
        with self._changed:
            self._changed.wait_for(self._is_done, _PARTING_S)

    def _is_done(self) -> bool:
        return not self._waiting or self._error is not None

    def _write_all(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: bool(self._waiting))
                piece = self._waiting[0]
            try:
                while piece:
                    piece = piece[os.write(self._file, piece) :]
            except OSError as error:
                with self._changed:
                    self._error = error
            with self._changed:
                self._waiting.popleft()
                self._changed.notify_all()


def loose(stream: BinaryIO) -> ByteStream:
    """Return a stream that does not wait for its reader; itself where it has no descriptor."""
    try:
        file = stream.fileno()
    except OSError:
        return stream
    stream.flush()
    return LooseStream(file, stream)
