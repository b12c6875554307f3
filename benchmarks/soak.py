"""Does a live narration stay small over a long time and many cuts, and is every cue in its track, in order?

    python benchmarks/soak.py [--minutes 30] [--cuts 50] [--speed 0] [--describer echo]

Narrates a camera on loopback that sends as fast as it is read (or at --speed times real time) and is cut off so many
times, evenly, with resets and ends in turn. Resident memory, threads and open files of the process, and the memory of
what it started, are sampled each second; flat is: in the last third not above the middle third, for memory by over
5 %. Every cue told on standard output must be in the tracks. Exit code 1 where any of this fails, last line JSON.
"""

from __future__ import annotations

import argparse
import json
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from pathlib import Path
from statistics import median
from typing import Any

import psutil
from camera import Camera, filming

from vidcap.lint import read_track

ALLOWED_GROWTH = 1.05
ECHO = (
    "import sys; from vidcap.cli import main; from vidcap.testing import EchoDescriber;"
    " sys.exit(main(describer=EchoDescriber()))"
)
SPEAKERS = {"model": ["-m", "vidcap"], "echo": ["-c", ECHO]}
LATE_S = 60.0
"""A camera that is not connected to again for so long fails the test."""


@dataclass
class Usage:
    """What a process and those it started use, once a second."""

    rss_mib: list[float] = field(default_factory=list)
    child_mib: list[float] = field(default_factory=list)
    threads: list[float] = field(default_factory=list)
    files: list[float] = field(default_factory=list)

    def sample(self, process: psutil.Process) -> None:
        """Look once."""
        self.rss_mib.append(process.memory_info().rss / 2**20)
        self.threads.append(process.num_threads())
        self.files.append(process.num_fds())
        children = 0.0
        for child in process.children(recursive=True):
            try:
                children += child.memory_info().rss / 2**20
            except psutil.Error:
                continue
        self.child_mib.append(children)

    def figures(self) -> dict[str, Any]:
        """Return, of the middle and of the last third, the greatest memory, and the usual threads and files."""
        third = max(1, len(self.rss_mib) // 3)

        def thirds(values: Sequence[float], of: Callable[[Sequence[float]], float]) -> list[int]:
            return [round(of(values[third : 2 * third] or values)), round(of(values[2 * third :] or values))]

        return {
            "rss_mib": thirds(self.rss_mib, max),
            "child_mib": thirds(self.child_mib, max),
            "threads": thirds(self.threads, median),
            "files": thirds(self.files, median),  # a process that is just being started has more for a moment
        }


def started(url: str, folder: Path, speaker: str) -> subprocess.Popen[bytes]:
    """Start the narration."""
    words = [sys.executable, *SPEAKERS[speaker], "live", url, "--json", "-q", "--reconnect-max", "0.5"]
    words += ["-o", str(folder / "soak.vtt"), "-o", str(folder / "soak.srt")]
    return subprocess.Popen(words, stdout=subprocess.PIPE)


def read_records(process: subprocess.Popen[bytes], records: list[dict[str, Any]]) -> None:
    """Take what is told, as it comes."""
    assert process.stdout is not None
    for line in process.stdout:
        records.append(json.loads(line))


def soak(camera: Camera, usage: Usage, process: subprocess.Popen[bytes], minutes: float, cuts: int) -> None:
    """Let the camera run for so many minutes of film, cut it, and watch."""
    watched = psutil.Process(process.pid)
    each_s, done, seen_s, moved_s = 60 * minutes / (cuts + 1), 0, 0.0, time.monotonic()
    while camera.media_s < 60 * minutes:
        time.sleep(0.05)
        if camera.media_s > seen_s:
            seen_s, moved_s = camera.media_s, time.monotonic()
        if process.poll() is not None or time.monotonic() - moved_s > LATE_S:
            sys.exit(f"the narration ended or did not come back: {process.returncode}, after {done} cuts")
        if done < cuts and camera.media_s >= (done + 1) * each_s:
            camera.cut(rudely=done % 2 == 0)
            done += 1
        if len(usage.rss_mib) < time.monotonic() - BEGAN_S:
            usage.sample(watched)


def troubles(records: list[dict[str, Any]], folder: Path, cuts: int, figures: dict[str, Any]) -> list[str]:
    """Return what is wrong."""
    cues = [record for record in records if record["type"] == "cue"]
    tally = [record for record in records if record["type"] == "tally"][-1]
    starts_ms = [cue["start_ms"] for cue in cues]
    tracks = {kind: read_track(folder / f"soak.{kind}") for kind in ("vtt", "srt")}
    growth: Callable[[str], bool] = lambda name: figures[name][1] > figures[name][0] * ALLOWED_GROWTH  # noqa: E731
    checks = {
        "a cue out of order": any(one >= two for one, two in pairwise(starts_ms)),
        "numbers left out": [cue["number"] for cue in cues] != list(range(len(cues))),
        "a track that is not valid": any(problems for _, problems in tracks.values()),
        "a cue lost": any([cue.start_ms for cue in track] != starts_ms for track, _ in tracks.values()),
        f"{tally['reconnects']} reconnects of {cuts}": tally["reconnects"] != cuts,
        "memory grows": growth("rss_mib"),
        "memory of the reader grows": growth("child_mib"),
        "threads grow": figures["threads"][1] > figures["threads"][0],
        "open files grow": figures["files"][1] > figures["files"][0],
    }
    return [name for name, is_wrong in checks.items() if is_wrong]


BEGAN_S = time.monotonic()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=30)
    parser.add_argument("--cuts", type=int, default=50)
    parser.add_argument("--speed", type=float, default=0, help="times real time; 0: as fast as it is read")
    parser.add_argument("--height", type=int, default=360)
    parser.add_argument("--describer", choices=SPEAKERS, default="model")
    options = parser.parse_args()
    usage, records = Usage(), list[dict[str, Any]]()
    with tempfile.TemporaryDirectory() as name, filming(Path(name), options.height, options.speed) as camera:
        process = started(camera.url, Path(name), options.describer)
        reader = threading.Thread(target=read_records, args=(process, records))
        reader.start()
        try:
            soak(camera, usage, process, options.minutes, options.cuts)
            process.send_signal(signal.SIGTERM)
            code = process.wait(30)
        finally:
            process.kill()
        reader.join()
        figures = usage.figures()
        wrong = troubles(records, Path(name), options.cuts, figures) + ([f"exit code {code}"] if code else [])
    tally = [record for record in records if record["type"] == "tally"][-1]
    print(f"{'':<12}{'middle third':>14}{'last third':>12}")
    for name, (middle, last) in figures.items():
        print(f"{name:<12}{middle:>14}{last:>12}")
    told = {key: tally[key] for key in ("media_s", "uptime_s", "frames_in", "frames_dropped", "cues", "reconnects")}
    print("\n".join(f"{key:<16}{value:>12}" for key, value in told.items()))
    print(
        json.dumps(
            {"usage": figures, **told, "media_sent_s": round(camera.media_s), "wrong": wrong, "allowed": ALLOWED_GROWTH}
        )
    )
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
