"""How many times real time is a film captioned, and which stage takes the time?

    python benchmarks/end_to_end.py [--device cpu] [--runs 3] [FILM ...]

Without films it takes the sample at 480p and one of 1080p made from it. Each film is captioned twice a run: in one
thread with a stopwatch on every stage, and as users have it, with decoding ahead of the model. The model is loaded
and has described one clip before the clock starts. The table is for people, the last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import tempfile
import time
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import torch

from vidcap import CaptionConfig, Captioner
from vidcap.model import load_describer

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "tour.mp4"
STAGES = ("decode", "shots", "sample", "describe", "cues")


class Stopwatch:
    """A tap that measures the time spent in each stage; only right where the stages share one thread."""

    def __init__(self) -> None:
        self.total_s = dict.fromkeys(STAGES, 0.0)

    def __call__(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass a stream on, timing each ``next()``, the stages before it included."""
        while True:
            started_s = time.perf_counter()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.total_s[stage] += time.perf_counter() - started_s
            yield item

    def own_s(self) -> dict[str, float]:
        """Return the seconds of each stage without those of the stages before it."""
        befores = dict(zip(STAGES[1:], STAGES, strict=False))
        return {
            stage: total_s - (self.total_s[befores[stage]] if stage in befores else 0.0)
            for stage, total_s in self.total_s.items()
        }


def scaled(source: Path, target: Path, height_px: int, repeats: int) -> Path:
    """Write ``source`` at another height, several times over, as H.264 at 25 frames a second, and return ``target``."""
    width_px = height_px * 16 // 9 // 2 * 2
    with av.open(str(target), "w") as output:
        stream = output.add_stream("libx264", rate=25, options={"crf": "23", "preset": "veryfast", "threads": "1"})
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        count = 0
        for _ in range(repeats):
            for frame in steady(source, Fraction(25)):
                shown = frame.reformat(width_px, height_px, "yuv420p", interpolation="BICUBIC")
                shown.pts, shown.time_base = count, Fraction(1, 25)
                output.mux(stream.encode(shown))
                count += 1
        output.mux(stream.encode(None))
    return target


def steady(source: Path, fps: Fraction) -> Iterator[av.VideoFrame]:
    """Yield the frames of a film at a constant rate, repeating or leaving out some."""
    with av.open(str(source)) as container:
        shown = 0
        for frame in container.decode(video=0):
            while frame.time >= shown / fps:
                yield frame
                shown += 1


def measure(film: Path, captioner: Captioner) -> dict[str, float]:
    """Caption a film in one thread and with overlap; return seconds by stage and of both."""
    config = captioner.config
    plain = Captioner(captioner.describer, config.with_options(overlap=False))
    watch = Stopwatch()
    started_s = time.perf_counter()
    with plain.open(film, watch) as opened:
        num_cues = sum(1 for _ in opened.cues())
    serial_s = time.perf_counter() - started_s
    started_s = time.perf_counter()
    last_s = Fraction(0)
    for cue in captioner.cues(film):
        last_s = cue.captions[-1].end_s
    overlapped_s = time.perf_counter() - started_s
    return watch.own_s() | {
        "serial": serial_s,
        "overlapped": overlapped_s,
        "media": float(last_s),
        "num_cues": float(num_cues),
    }


def medians(films: dict[str, Path], captioner: Captioner, runs: int) -> dict[str, dict[str, float]]:
    """Return for each film the median of every figure over the runs."""
    results = {}
    for name, film in films.items():
        measured = [measure(film, captioner) for _ in range(runs)]
        results[name] = {key: statistics.median(run[key] for run in measured) for key in measured[0]}
    return results


def show(results: dict[str, dict[str, float]]) -> None:
    """Print a table: times real time, and each stage's share of the one-thread run."""
    print(f"{'film':<22}{'media s':>9}{'overlapped':>12}{'one thread':>12}", *(f"{stage:>10}" for stage in STAGES))
    for name, row in results.items():
        paces = f"{row['media'] / row['overlapped']:>11.1f}x{row['media'] / row['serial']:>11.1f}x"
        shares = (f"{row[stage] / row['serial']:>10.0%}" for stage in STAGES)
        print(f"{name:<22}{row['media']:>9.1f}{paces}", *shares)


def hardware(device: str) -> dict[str, Any]:
    """Return what the figures were measured on."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    gpu = torch.cuda.get_device_name() if device.startswith("cuda") else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return {"processor": processor, "cores": cores, "gpu": gpu, "torch_threads": torch.get_num_threads()}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("films", nargs="*", type=Path)
    parser.add_argument("--device", default="cpu")
    parser.add_argument("--model", default=None)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--torch-threads", type=int, default=None, help="cores that the model may use")
    options = parser.parse_args()
    if options.torch_threads:
        torch.set_num_threads(options.torch_threads)
    config = CaptionConfig()
    captioner = Captioner(load_describer(options.model, options.device, config.describer), config)
    next(captioner.caption(SAMPLE))  # kernels are chosen and memory is had
    with tempfile.TemporaryDirectory() as folder:
        films = {film.name: film for film in options.films} or {
            "tour 480p": scaled(SAMPLE, Path(folder) / "480.mp4", 480, 4),
            "tour 1080p": scaled(SAMPLE, Path(folder) / "1080.mp4", 1080, 2),
        }
        results = medians(films, captioner, options.runs)
    show(results)
    print(json.dumps({"hardware": hardware(options.device), "runs": options.runs, "seconds": results}))


if __name__ == "__main__":
    main()
