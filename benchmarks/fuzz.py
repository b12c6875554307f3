"""Does any mutated film crash, hang or confuse the source? Each is read in a process of its own.

    python benchmarks/fuzz.py --minutes 30 [--seed 1] [--keep FOLDER]

Films of several containers are made, changed at random (the seed says how; mutations.py does it) and read to their end.
The last line of standard output is JSON: how many gave frames, were refused in a line, crashed, hung or showed a bug of
ours. What did one of the last three is kept for a closer look. Not on Windows.
"""

from __future__ import annotations

import argparse
import contextlib
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
from mutations import mutated

from vidcap.errors import SourceError
from vidcap.sources import SourceConfig, open_source

CPU_S, WALL_S = 20, 60
"""More than this for a film of two seconds is a hang; the wall's is for machines that do other things besides."""
MOST_BYTES = 3 << 30
MOST_FRAMES = 2000
GAVE, REFUSED, BUG = 10, 11, 12
"""Exit codes of the process that reads a film."""

SEEDS: dict[str, tuple[str, str, dict[str, str]]] = {
    "mp4": ("libx264", "yuv420p", {}),
    "frag.mp4": ("libx264", "yuv420p", {"movflags": "frag_keyframe+empty_moov+default_base_moof"}),
    "hevc.mp4": ("libx265", "yuv420p", {}),
    "mov": ("mjpeg", "yuvj420p", {}),
    "mkv": ("mpeg4", "yuv420p", {}),
    "ffv1.mkv": ("ffv1", "yuv420p", {}),
    "webm": ("libvpx", "yuv420p", {}),
    "ts": ("libx264", "yuv420p", {}),
    "mpg": ("mpeg2video", "yuv420p", {}),
    "avi": ("mpeg4", "yuv420p", {}),
    "flv": ("flv", "yuv420p", {}),
    "wmv": ("wmv2", "yuv420p", {}),
    "h264": ("libx264", "yuv420p", {}),
    "gif": ("gif", "rgb8", {}),
    "apng": ("apng", "rgba", {}),
}
"""Of each seed the codec, the format of its pixels and options of the container; the name ends as the file's does."""
FORMS = {"mpg": "mpeg", "wmv": "asf"}
WIDTH, HEIGHT = 64, 48


def film(path: Path, codec: str, pixel_format: str, options: dict[str, str]) -> bytes:
    """Write two seconds of a moving pattern at 10 frames a second, and return its bytes."""
    rate = 25 if codec == "mpeg2video" else 10
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH]
    with av.open(str(path), "w", format=FORMS.get(path.suffix[1:]), options=options) as container:
        quiet = {"x265-params": "log-level=none"} if codec == "libx265" else {}
        stream: Any = container.add_stream(codec, rate=rate, options=quiet)
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, pixel_format
        stream.codec_context.gop_size = 5
        for place in range(2 * rate):
            planes = (x * 4 + place * 9, y * 5 - place * 5, (x * y) // 4 + place * 20)
            pixels = np.stack([plane % 256 for plane in planes], -1).astype(np.uint8)
            container.mux(stream.encode(av.VideoFrame.from_ndarray(pixels, format="rgb24")))
        container.mux(stream.encode(None))
    return path.read_bytes()


def seeds(folder: Path) -> dict[str, bytes]:
    """Return a whole film of each kind, by the name of its seed.

    Another process makes them: an encoder's threads may hold a lock just when a reader is forked, which then waits for
    ever.
    """
    child = os.fork()
    if child == 0:
        code = BUG
        try:
            for name, how in SEEDS.items():
                film(folder / f"seed.{name}", *how)
            code = GAVE
        finally:
            os._exit(code)
    _, status = os.waitpid(child, 0)
    if os.waitstatus_to_exitcode(status) != GAVE:
        raise RuntimeError("the films to change could not be made")
    return {name: (folder / f"seed.{name}").read_bytes() for name in SEEDS}


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
        if time.monotonic() > deadline_s and not _waits_for_a_processor(child):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return "hang"
        time.sleep(0.002)
    code = os.waitstatus_to_exitcode(status)
    named = {GAVE: "frames", REFUSED: "refused", BUG: "bug", -signal.SIGXCPU: "hang", -signal.SIGKILL: "hang"}
    return named.get(code, "crash")


def _waits_for_a_processor(process: int) -> bool:
    """Whether a thread of it would go on if it were let: the machine is slow then, and the limit of seconds stands."""
    tasks = Path(f"/proc/{process}/task")
    with contextlib.suppress(OSError):
        return any((task / "stat").read_text().rpartition(")")[2].split()[0] == "R" for task in tasks.iterdir())
    return False


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
    # FFmpeg's messages stay off, as they are by default. At any level that can be set PyAV's handler waits for the
    # interpreter's lock, and whoever frees a decoder holds it until the decoder's threads are done: both wait for ever.
    rng, tally, films = random.Random(seed), Tally(seed), seeds(folder)
    until_s = time.monotonic() + seconds
    while time.monotonic() < until_s:
        name, content = mutated(films, rng)
        suffix = name.rpartition(".")[2]
        path, log = folder / f"input.{suffix}", folder / "said.txt"
        path.write_bytes(content)
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
