"""Does the memory that captioning takes grow with the length of the film?

    python benchmarks/memory.py [--minutes 2 60] [--model FILE]

Captions films of 720p that differ in length alone (a sample, encoded once and repeated without encoding again),
each in a process of its own, and prints the peak of its resident memory. Exit code 1 where the longest took more
than a tenth more than the shortest. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from fractions import Fraction
from pathlib import Path

from end_to_end import SAMPLE, scaled
from film import looped
from launched import Launched

ALLOWED_GROWTH = 1.10


def peak_of(film: Path, model: str | None) -> tuple[float, float]:
    """Caption a film in a process of its own; return its peak resident memory in MiB and its seconds."""
    command = [sys.executable, "-m", "vidcap", str(film), "--device", "cpu", "-o", str(film.with_suffix(".srt"))]
    if model is not None:
        command += ["--model", model]
    started_s = time.monotonic()
    code, peak_mib = Launched(command, film.with_suffix(".peak")).ended()
    if code:
        sys.exit(f"captioning failed: {code}")
    return peak_mib, time.monotonic() - started_s


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=int, nargs="+", default=[2, 60])
    parser.add_argument("--model", default=None)
    options = parser.parse_args()
    peaks: dict[int, float] = {}
    print(f"{'minutes':>8}{'peak MiB':>10}{'seconds':>9}")
    with tempfile.TemporaryDirectory() as folder:
        piece = scaled(SAMPLE, Path(folder) / "piece.mp4", 720, 1)
        for minutes in sorted(options.minutes):
            film = looped(piece, Path(folder) / f"{minutes}.mp4", Fraction(60 * minutes))
            peaks[minutes], seconds = peak_of(film, options.model)
            print(f"{minutes:>8}{peaks[minutes]:>10.0f}{seconds:>9.0f}", flush=True)
    growth = peaks[max(peaks)] / peaks[min(peaks)]
    print(json.dumps({"peak_mib": peaks, "growth": round(growth, 3), "allowed": ALLOWED_GROWTH}))
    sys.exit(growth > ALLOWED_GROWTH)


if __name__ == "__main__":
    main()
