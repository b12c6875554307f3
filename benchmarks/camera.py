"""A camera for the live benchmarks: a film as endless MPEG-TS over HTTP on loopback, at any speed; it can be cut."""

from __future__ import annotations

import io
import socket
import struct
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from fractions import Fraction
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
from end_to_end import SAMPLE, scaled

from vidcap.timeline import exact

_CLOCK = Fraction(1, 90_000)


class Camera:
    """Serves a film, from its beginning for every viewer, its stamps rising for ever; ``speed`` 0: as it is read."""

    def __init__(self, film: Path, speed: float = 1.0) -> None:
        self.media_s = 0.0
        """How much was sent in all connections together."""
        self.viewers = 0
        self._film = film
        self._speed = speed
        self._lock = threading.Lock()
        self._sockets: set[socket.socket] = set()
        camera = self

        class Viewer(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                self.send_response(200)
                self.send_header("Content-Type", "video/mp2t")
                self.end_headers()
                with suppress(OSError):
                    camera.send(self.connection)

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Viewer)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/live.ts"

    def send(self, connection: socket.socket) -> None:
        """Send the film to a viewer until one of both is gone."""
        with self._lock:
            self._sockets.add(connection)
            self.viewers += 1
        began_s, last_s = time.monotonic(), 0.0
        try:
            for time_s, piece in pieces(self._film):
                if self._speed and (wait_s := began_s + time_s / self._speed - time.monotonic()) > 0:
                    time.sleep(wait_s)
                connection.sendall(piece)
                self.media_s += time_s - last_s
                last_s = time_s
        finally:
            with self._lock:
                self._sockets.discard(connection)

    def cut(self, *, rudely: bool) -> int:
        """Break all connections off, with a reset, or as if the stream had ended; return how many there were."""
        with self._lock:
            broken = 0
            for connection in self._sockets:
                with suppress(OSError):
                    if rudely:
                        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                    connection.shutdown(socket.SHUT_RDWR)
                    broken += 1
            return broken


def pieces(film: Path) -> Iterator[tuple[float, bytes]]:
    """Yield the film over and over as MPEG-TS, in pieces with the time at which each is due."""
    sink = io.BytesIO()
    with av.open(sink, "w", format="mpegts") as output:
        with av.open(str(film)) as first:
            stream = output.add_stream_from_template(first.streams.video[0])
        shift = 0
        while True:
            length = 0
            for packet, end in _packets(film, stream, shift):
                length = max(length, end - shift)
                due_s = float(packet.dts * _CLOCK)
                output.mux(packet)
                if sink.tell():
                    yield due_s, sink.getvalue()
                    sink.seek(0)
                    sink.truncate()
            shift += length


def _packets(film: Path, stream: Any, shift: int) -> Iterator[tuple[Any, int]]:
    """Yield the packets of a film moved by so many ticks, each with where it ends."""
    with av.open(str(film)) as source:
        video = source.streams.video[0]
        ticks = (exact(video.time_base) or _CLOCK) / _CLOCK
        for packet in source.demux(video):
            if packet.dts is None or packet.pts is None:
                continue
            packet.dts = round(packet.dts * ticks) + shift
            packet.pts = round(packet.pts * ticks) + shift
            end = packet.pts + round((packet.duration or 0) * ticks)
            packet.time_base, packet.stream = _CLOCK, stream
            yield packet, end


@contextmanager
def filming(folder: Path, height_px: int = 720, speed: float = 1.0) -> Iterator[Camera]:
    """Run a camera that shows the sample."""
    camera = Camera(scaled(SAMPLE, folder / "camera.mp4", height_px, 1), speed)
    threading.Thread(target=camera.server.serve_forever, daemon=True).start()
    try:
        yield camera
    finally:
        camera.server.shutdown()
        camera.cut(rudely=True)
        camera.server.server_close()
