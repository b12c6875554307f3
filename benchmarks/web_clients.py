"""Do many open pages slow the captions? Takes events at the speed of a busy camera, with and without clients.

    python benchmarks/web_clients.py [--clients 200] [--deaf 20] [--seconds 30]

Clients live in a process of their own and follow the stream of events; ``--deaf`` of them never read. Printed are the
time that a caption spends in the page's output (what the narration feels), the time until the clients have it, and the
memory and threads of the serving process. The last line is JSON.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import multiprocessing
import socket
import statistics
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from multiprocessing.connection import Connection
from typing import Any

import psutil

from vidcap.live import CueUpdate, Snapshot, State, StreamState, Tally
from vidcap.types import Cue
from vidcap.web import WebConfig, WebSink

CUES_PER_S = 4
PICTURE = bytes(40_000)


async def follow(host: str, port: int, delays_s: list[float], ready: asyncio.Semaphore) -> None:
    """Follow the stream and note how long each new cue took to arrive; cues say when they were said."""
    reader, writer = await asyncio.open_connection(host, port)
    writer.write(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    is_first, event = True, b""
    async for line in reader:
        if line.startswith(b"event: "):
            event = line[7:].strip()
            if is_first:
                ready.release()
                is_first = False
        elif line.startswith(b"data: ") and event == b"cue":
            delays_s.append(time.monotonic() - float(json.loads(line[6:])["text"]))
    writer.close()


def deaf_client(host: str, port: int) -> socket.socket:
    """Return a client that asks and never reads."""
    client = socket.socket()
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    client.connect((host, port))
    client.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    return client


async def _clients(host: str, port: int, count: int, deaf: int, pipe: Connection) -> None:
    delays_s: list[float] = []
    ready = asyncio.Semaphore(0)
    silent = [deaf_client(host, port) for _ in range(deaf)]
    tasks = [asyncio.create_task(follow(host, port, delays_s, ready)) for _ in range(count)]
    for _ in tasks:
        await ready.acquire()
    pipe.send("ready")
    await asyncio.gather(*tasks, return_exceptions=True)  # the server ends them
    pipe.send(delays_s)
    for client in silent:
        client.close()


def run_clients(host: str, port: int, count: int, deaf: int, pipe: Connection) -> None:
    """Be all the clients, in a process of their own."""
    asyncio.run(_clients(host, port, count, deaf, pipe))


def narrate(sink: WebSink, seconds: float) -> list[float]:
    """Send events for a while and return how long the sink took for each, in seconds."""
    took_s: list[float] = []
    began, now = time.monotonic(), datetime.now(UTC)
    sink.take(StreamState(State.LIVE, "", now, media_s=Fraction(0)))
    for number in range(round(seconds * CUES_PER_S)):
        start_s = Fraction(number, CUES_PER_S)
        time.sleep(max(0.0, began + float(start_s) - time.monotonic()))
        at = now + timedelta(seconds=float(start_s))
        cue = Cue(start_s, start_s + Fraction(1, CUES_PER_S), (f"{time.monotonic():.6f}",), 0.5)
        for event in (
            CueUpdate(number, cue, at, True, 0.5),
            Snapshot(PICTURE, 640, 360, start_s, at),
            Tally(at, start_s, frames_in=number),
        ):
            before = time.perf_counter()
            sink.take(event)
            took_s.append(time.perf_counter() - before)
    return took_s


def measure(clients: int, deaf: int, seconds: float) -> dict[str, Any]:
    """Serve, narrate to so many clients, and return the figures."""
    sink = WebSink(WebConfig(serve="127.0.0.1:0", web_clients=max(1, clients + deaf)))
    ours, theirs = multiprocessing.Pipe()
    host, port = sink.address
    process = multiprocessing.get_context("spawn").Process(target=run_clients, args=(host, port, clients, deaf, theirs))
    process.start()
    assert ours.recv() == "ready"
    took_s = narrate(sink, seconds)
    me = psutil.Process()
    memory_mb, threads = me.memory_info().rss / 1e6, me.num_threads()
    time.sleep(0.5)
    sink.close()
    delays_s = ours.recv()
    process.join()
    return {
        "clients": clients,
        "deaf": deaf,
        "cues": round(seconds * CUES_PER_S),
        "arrived": len(delays_s),
        **spread("taking_us", took_s, 1e6),
        **spread("arriving_ms", delays_s, 1e3),
        "rss_mb": round(memory_mb, 1),
        "threads": threads,
    }


def spread(name: str, values_s: Sequence[float], scale: float) -> dict[str, float | None]:
    """Return median, 99th percentile and most of some times."""
    if len(values_s) < 2:
        return {f"{name}_p50": None, f"{name}_p99": None, f"{name}_max": None}
    cuts = statistics.quantiles(values_s, n=100, method="inclusive")
    found = {"p50": cuts[49], "p99": cuts[98], "max": max(values_s)}
    return {f"{name}_{key}": round(value * scale, 1) for key, value in found.items()}


def main() -> None:
    """Measure without clients and with them."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=200)
    parser.add_argument("--deaf", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=30.0)
    options = parser.parse_args()
    runs = [measure(0, 0, options.seconds), measure(options.clients, options.deaf, options.seconds)]
    for key in runs[0]:
        print(f"{key:16}" + "".join(f"{run[key] if run[key] is not None else '-':>12}" for run in runs))
    print(json.dumps({"benchmark": "web_clients", "runs": runs}))


if __name__ == "__main__":
    main()
