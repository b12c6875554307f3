"""How much of the processor does the thread that reads a film take, beside decoding alone?

    python benchmarks/reading.py [FILM] [--scans full fast] [--runs 3]

The thread reads frames, finds shots and samples pictures. Its own time is measured (``time.thread_time``), that of the
decoder's threads is not: what it takes more than a bare PyAV loop does competes with them for the cores, and with the
model. For each scan: milliseconds a frame of the bare loop, and what each stage adds; the least of several runs, all of
them in turn. FILM is a sample of 1080p by default. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Callable, Iterable
from itertools import pairwise
from pathlib import Path
from typing import Any

import av
from av.codec.context import ThreadType
from end_to_end import SAMPLE, SKIPPED, scaled

from vidcap.sampling import clips
from vidcap.shots import mark_shots
from vidcap.sources import SourceConfig, open_source
from vidcap.types import Frame

THREADS = 4
STAGES: dict[str, Callable[[Iterable[Frame]], Iterable[Any]]] = {
    "frames": lambda frames: frames,
    "shots": lambda frames: mark_shots(frames),
    "sample": lambda frames: clips(mark_shots(frames)),
}


def bare(film: Path, scan: str) -> tuple[float, int]:
    """Return the thread's seconds for decoding alone, and the number of frames."""
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_type = ThreadType.AUTO
        stream.codec_context.thread_count = THREADS
        stream.codec_context.skip_frame = SKIPPED[scan]
        started_s = time.thread_time()
        num_frames = sum(1 for _ in container.decode(stream))
        return time.thread_time() - started_s, num_frames


def through(film: Path, scan: str, stage: str) -> float:
    """Return the thread's seconds for all up to a stage."""
    with open_source(str(film), SourceConfig(scan=scan, threads=THREADS)) as source:
        started_s = time.thread_time()
        for _ in STAGES[stage](source.frames()):
            pass
        return time.thread_time() - started_s


def measure(film: Path, scan: str, runs: int) -> dict[str, float]:
    """Return milliseconds a frame: of decoding alone, and what each stage adds to those before it."""
    least_s: dict[str, float] = {}
    num_frames = 1
    for _ in range(runs):
        bare_s, num_frames = bare(film, scan)
        seconds = {"bare": bare_s} | {stage: through(film, scan, stage) for stage in STAGES}
        least_s = {name: min(taken_s, least_s.get(name, taken_s)) for name, taken_s in seconds.items()}
    up_to = [1000 * taken_s / max(num_frames, 1) for taken_s in least_s.values()]
    added = [up_to[0], *(later - before for before, later in pairwise(up_to))]
    return dict(zip(least_s, added, strict=True)) | {"over_bare": up_to[-1] - up_to[0]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", type=Path, nargs="?", help="default: a sample, made 1080p")
    parser.add_argument("--scans", nargs="+", choices=["full", "fast"], default=["full", "fast"])
    parser.add_argument("--runs", type=int, default=3, help="how often each is measured")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        film = options.film or scaled(SAMPLE, Path(folder) / "1080.mp4", 1080, 1)
        found = {scan: measure(film, scan, options.runs) for scan in options.scans}
    print("ms a frame" + "".join(f"{name:>12}" for name in next(iter(found.values()))))
    for scan, parts in found.items():
        print(f"{scan:<10}" + "".join(f"{part:>12.3f}" for part in parts.values()))
    print(json.dumps({"benchmark": "reading", "ms_a_frame": found}))


if __name__ == "__main__":
    main()
