"""Does any mutated film crash, hang or confuse the source? Each is read in a process of its own.

    python benchmarks/fuzz.py --minutes 30 [--seed 1] [--keep FOLDER]

Films of several containers are made, changed at random (the seed says how) and read to their end. The last line of
standard output is JSON: how many gave frames, were refused in a line, crashed, hung or showed a bug of ours. What did
one of the last three is kept for a closer look. Not on Windows.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import signal
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import av
import numpy as np

from vidcap.errors import SourceError
from vidcap.sources import SourceConfig, open_source

CPU_S, WALL_S = 20, 60
"""More than this for a film of two seconds is a hang; the wall's is for machines that do other things besides."""
MOST_BYTES = 3 << 30
MOST_FRAMES = 2000
GAVE, REFUSED, BUG = 10, 11, 12
"""Exit codes of the process that reads a film."""

CODECS = {
    "mp4": "libx264",
    "mkv": "mpeg4",
    "ts": "libx264",
    "avi": "mpeg4",
    "webm": "libvpx",
    "mov": "mjpeg",
    "gif": "gif",
}
PIXELS = {"mjpeg": "yuvj420p", "gif": "rgb8"}


def film(path: Path, codec: str) -> bytes:
    """Write two seconds of a moving pattern at 10 frames a second, and return its bytes."""
    y, x = np.mgrid[0:48, 0:64]
    with av.open(str(path), "w") as container:
        stream: Any = container.add_stream(codec, rate=10)
        stream.width, stream.height, stream.pix_fmt = 64, 48, PIXELS.get(codec, "yuv420p")
        stream.codec_context.gop_size = 5
        for place in range(20):
            planes = (x * 4 + place * 9, y * 5 - place * 5, (x * y) // 4 + place * 20)
            pixels = np.stack([plane % 256 for plane in planes], -1).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def seeds(folder: Path) -> dict[str, bytes]:
    """Return a whole film of each container, by suffix."""
    return {suffix: film(folder / f"seed.{suffix}", codec) for suffix, codec in CODECS.items()}


def _bytes(content: bytearray, rng: random.Random) -> None:
    for _ in range(rng.choice((1, 3, 10, 50))):
        content[rng.randrange(len(content))] = rng.randrange(256)


def _number(content: bytearray, rng: random.Random) -> None:
    """Set four bytes, most often in the head or the tail, where headers are, to an extreme."""
    near = min(len(content) - 4, 1500)
    place = rng.choice((rng.randrange(near), len(content) - 4 - rng.randrange(near), rng.randrange(len(content) - 4)))
    value = rng.choice((0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, rng.randrange(1 << 32)))
    content[place : place + 4] = value.to_bytes(4, rng.choice(("big", "little")))


def _run(content: bytearray, rng: random.Random) -> None:
    """Remove, repeat, empty or replace a stretch."""
    size = rng.choice((1, 7, 188, 1000))
    place = rng.randrange(len(content))
    piece = content[place : place + size]
    content[place : place + size] = rng.choice((b"", piece * 3, bytes(len(piece)), rng.randbytes(len(piece))))


def _end(content: bytearray, rng: random.Random) -> None:
    del content[rng.randrange(16, len(content)) :]


MUTATIONS: tuple[Callable[[bytearray, random.Random], None], ...] = (_bytes, _bytes, _number, _number, _run, _end)


def mutated(films: dict[str, bytes], rng: random.Random) -> tuple[str, bytes]:
    """Return a suffix and the bytes of a film that was changed; now and then it goes on as another one."""
    suffix = rng.choice(sorted(films))
    content = bytearray(films[suffix])
    for _ in range(rng.choice((1, 1, 2, 4))):
        if len(content) > 64:
            rng.choice(MUTATIONS)(content, rng)
    if rng.random() < 0.05:
        content += films[rng.choice(sorted(films))]
    return suffix, bytes(content)


def read(path: Path) -> int:
    """Read a film to its end, look at its pictures, and return what came of it."""
    try:
        with open_source(str(path), SourceConfig(max_pixels=8_000_000)) as source:
            for frame in source.frames():
                frame.picture.small_yuv()
                if frame.index % 5 == 0:
                    frame.picture.rgb(64, 64)
                if frame.index >= MOST_FRAMES:
                    break
        return GAVE
    except SourceError as error:
        return REFUSED if "\n" not in str(error) else BUG
    except BaseException:
        traceback.print_exc()
        return BUG


def outcome(path: Path, log: Path) -> str:
    """Read a film in a process of its own and say what came of it in a word."""
    child = os.fork()
    if child == 0:
        _read_and_end(path, log)
    deadline_s = time.monotonic() + WALL_S
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            break
        if time.monotonic() > deadline_s:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "hang"
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(status)
    named = {GAVE: "frames", REFUSED: "refused", BUG: "bug", -signal.SIGXCPU: "hang", -signal.SIGKILL: "hang"}
    return named.get(code, "crash")


def _read_and_end(path: Path, log: Path) -> None:
    """Read within limits; never returns."""
    code = BUG
    try:
        resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S + 2))
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
        file = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
        os.dup2(file, 2)
        code = read(path)
        sys.stderr.flush()
    finally:
        os._exit(code)


@dataclass
class Tally:
    """What came of the films so far."""

    seed: int
    counts: Counter[str] = field(default_factory=Counter)
    kept: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        """Return one line."""
        return json.dumps({"seed": self.seed, "inputs": self.counts.total(), **self.counts, "kept": self.kept})


def fuzz(seconds: float, seed: int, folder: Path, tell: Callable[[Tally], None] = lambda _tally: None) -> Tally:
    """Try films for so long; those that crash, hang or show a bug stay in ``folder`` with what was said."""
    rng, tally, films = random.Random(seed), Tally(seed), seeds(folder)
    av.logging.set_level(av.logging.PANIC)
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        suffix, content = mutated(films, rng)
        path, log = folder / f"input.{suffix}", folder / "said.txt"
        path.write_bytes(content)
        word = outcome(path, log)
        if word == "hang":  # a lock that was held at the fork stops a reader once; a film that hangs does it again
            word = outcome(path, log)
        tally.counts[word] += 1
        if word not in ("frames", "refused"):
            name = f"{word}-{seed}-{tally.counts.total()}.{suffix}"
            tally.kept.append(name)
            path.rename(folder / name)
            log.rename(folder / f"{name}.txt")
        tell(tally)
    return tally


def main() -> None:
    """Fuzz for the time that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--seed", type=int, default=int(time.time()))
    parser.add_argument("--keep", type=Path, default=None, help="folder for films that did harm [default: a new one]")
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp(prefix="vidcap-fuzz-"))
    folder.mkdir(parents=True, exist_ok=True)

    def tell(tally: Tally) -> None:
        if tally.counts.total() % 500 == 0:
            print(tally.to_json(), file=sys.stderr)

    tally = fuzz(asked.minutes * 60, asked.seed, folder, tell)
    print(f"what did harm is in {folder}" if tally.kept else "nothing did harm", file=sys.stderr)
    print(tally.to_json())
    sys.exit(bool(tally.counts["bug"] or tally.counts["hang"]))


if __name__ == "__main__":
    main()
