"""How late are captions of a live camera, how soon is the first, does the delay grow, and what if the model is slow?

    python benchmarks/live.py [--minutes 10] [--slow-minutes 3] [--slowness 5] [--window 4] [--runtime auto] [--url rtsp://...]

Narrates a 720p camera on loopback (the sample, looped as MPEG-TS over HTTP, or any camera by --url) with the
packaged model on the CPU, in a process of its own, as a user does; once as it is and once with the model slowed. The
delay of a cue runs from the arrival of the last frame it was made of to its being written. Exit code 1 where a limit is
missed. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np
from camera import filming

MOST_P95_S, MOST_FIRST_S, MOST_GROWTH_S = 1.0, 6.0, 0.1
"""Limits: delay of 95 of 100 cues, first cue after the first attempt to connect, growth of delay over ten minutes."""


def narrated(url: str, minutes: float, options: argparse.Namespace, slowness: float) -> list[dict[str, Any]]:
    """Return the JSON records of a narration of so many minutes, and as another one what its model says of itself."""
    command = [sys.executable, "-m", "vidcap", "live", url, "--json", "--device", "cpu", "-v"]
    command += ["--window", str(options.window), "--slow-model", str(slowness), "--runtime", options.runtime]
    records, until_s = list[dict[str, Any]](), float("inf")
    with tempfile.TemporaryFile("w+") as said:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=said)
        assert process.stdout is not None
        for line in process.stdout:
            records.append(json.loads(line))
            if records[-1]["type"] == "cue" and until_s == float("inf"):
                until_s = time.monotonic() + 60 * minutes
            if time.monotonic() >= until_s:
                process.send_signal(signal.SIGTERM)
                until_s = float("1e18")
        code = process.wait()
        said.seek(0)
        lines = said.read().splitlines()
    if code != 0:
        sys.exit("\n".join([*lines, f"vidcap live failed: {code}"]))
    model = next((line for line in lines if "the CNN runs on" in line), "")
    return [*records, {"type": "model", "said": model.partition("the CNN runs on ")[2]}]


def at_s(text: str) -> float:
    """Return an ISO time as seconds."""
    return datetime.fromisoformat(text).timestamp()


def judged(records: list[dict[str, Any]]) -> dict[str, Any]:
    """Return the figures of a narration."""
    cues = [record for record in records if record["type"] == "cue"]
    tally = [record for record in records if record["type"] == "tally"][-1]
    connecting = next(record for record in records if record["type"] == "state" and record["state"] == "connecting")
    model = next(record for record in records if record["type"] == "model")
    delays_s = np.array([cue["delay_s"] for cue in cues])
    written_s = np.array([at_s(cue["written_at"]) for cue in cues])
    slope = float(np.polyfit(written_s - written_s[0], delays_s, 1)[0]) if len(cues) > 2 else 0.0
    return {
        "cues": len(cues),
        "first_cue_s": round(float(written_s[0]) - at_s(connecting["at"]), 2),
        "p50_s": round(float(np.percentile(delays_s, 50)), 3),
        "p95_s": round(float(np.percentile(delays_s, 95)), 3),
        "max_s": round(float(delays_s.max()), 3),
        "growth_s_in_10_min": round(600 * slope, 3),
        **{name: tally[name] for name in ("frames_in", "frames_dropped", "clips", "clips_dropped", "reconnects")},
        "model": model["said"],
    }


def shown(name: str, figures: dict[str, Any]) -> None:
    """Print a table of the figures."""
    print(f"\n{name}")
    for key, value in figures.items():
        print(f"  {key:<20}{value:>10}" if key != "model" else f"  {key:<20}  {value}")
    sys.stdout.flush()


def missed(plain: dict[str, Any], slow: dict[str, Any], window_s: float, slowness: float) -> list[str]:
    """Return the limits that were missed."""
    describe_s = plain["p50_s"]
    most_slow_s = window_s + 2 * slowness * describe_s
    limits = {
        f"p95 above {MOST_P95_S} s": plain["p95_s"] > MOST_P95_S,
        f"first cue after more than {MOST_FIRST_S} s": plain["first_cue_s"] > MOST_FIRST_S,
        "the delay grows": plain["growth_s_in_10_min"] > MOST_GROWTH_S,
        f"slowed, a delay above {most_slow_s:.1f} s": bool(slow) and slow["max_s"] > most_slow_s,
    }
    return [limit for limit, is_missed in limits.items() if is_missed]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--slow-minutes", type=float, default=3)
    parser.add_argument("--slowness", type=float, default=5)
    parser.add_argument("--window", type=float, default=4)
    parser.add_argument("--runtime", default="auto", help="what runs the CNN: torch, openvino, onnx")
    parser.add_argument("--url")
    options = parser.parse_args()
    slow: dict[str, Any] = {}
    with tempfile.TemporaryDirectory() as folder, nullcontext() if options.url else filming(Path(folder)) as camera:
        url = camera.url if camera is not None else str(options.url)
        plain = judged(narrated(url, options.minutes, options, 1))
        shown("the model as it is", plain)
        if options.slow_minutes:
            slow = judged(narrated(url, options.slow_minutes, options, options.slowness))
            shown(f"the model slowed {options.slowness:g} times", slow)
    failures = missed(plain, slow, options.window, options.slowness)
    machine = {"cpu": platform.processor() or platform.machine(), "cores": os.cpu_count()}
    print(json.dumps({"plain": plain, "slow": slow, "missed": failures, **machine}))
    sys.exit(bool(failures))


if __name__ == "__main__":
    main()
