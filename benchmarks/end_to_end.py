"""How long does the whole job take beside decoding alone, and where does the time go?

    python benchmarks/end_to_end.py [--minutes 10] [--heights 480 720 1080 2160] [--scans full fast keys] [--runs 2]

All in one run, on films of H.264 at 30 frames a second made by looping the samples, 250 frames between key frames:

* for each height and scan, the true command (start-up included, cues through a pipe) and PyAV alone, which decodes the
  same frames (of ``keys`` the key frames only), each in a process of its own: wall times, their ratio, times real time,
  seconds to the first cue, peak memory. PyAV decodes twice: as anybody has it, one decoder with its own threads, of
  which the ratio is taken; and divided, a piece of the film for each of as many decoders as there are cores;
* one core's seconds of each stage for a minute of film (one thread, decoder and model), and the floor of the ratio that
  follows: all the work, shared perfectly by the cores, over what decoding alone took;
* start-up: ``vidcap --help``, a clip of 5 s from a cold start, the first cue of a film of ``--long`` minutes.

``--minutes 0.5 --heights 480 --long 5 --runs 1`` shows in a few minutes that it works. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from functools import partial
from pathlib import Path
from typing import Any

import av
from av.codec.context import ThreadType
from film import looped
from launched import Launched

from vidcap import CaptionConfig, Captioner
from vidcap.model import load_describer
from vidcap.model.cores import hold_torch, num_cores, share_out

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
SAMPLE = SAMPLES / "tour.mp4"
STAGES = ("decode", "shots", "sample", "describe", "cues")
SKIPPED: dict[str, Any] = {"full": "DEFAULT", "fast": "NONREF", "keys": "NONKEY"}
TARGETS = {"full": 1.15, "fast": 1.15, "keys": 1.5}
FPS = 30


class Stopwatch:
    """A tap that measures the processor's time spent in each stage; only right where the stages share one thread."""

    def __init__(self) -> None:
        self.total_s = dict.fromkeys(STAGES, 0.0)

    def __call__(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass a stream on, timing each ``next()``, the stages before it included."""
        while True:
            started_s = time.process_time()
            try:
                item = next(items)
            except StopIteration:
                return
            finally:
                self.total_s[stage] += time.process_time() - started_s
            yield item

    def own_s(self) -> dict[str, float]:
        """Return the seconds of each stage without those of the stages before it."""
        befores = dict(zip(STAGES[1:], STAGES, strict=False))
        return {
            stage: total_s - (self.total_s[befores[stage]] if stage in befores else 0.0)
            for stage, total_s in self.total_s.items()
        }


def scaled(source: Path, target: Path, height_px: int, repeats: int, fps: int = 25) -> Path:
    """Write ``source`` at another height, several times over, as H.264 at a constant rate, and return ``target``."""
    return joined([source] * repeats, target, height_px, fps)


def joined(sources: list[Path], target: Path, height_px: int, fps: int) -> Path:
    """Write films one after another at another height as H.264 at a constant rate, and return ``target``."""
    width_px = height_px * 16 // 9 // 2 * 2
    with av.open(str(target), "w") as output:
        options = {"crf": "23", "preset": "veryfast", "x264-params": "log=-1"}
        stream = output.add_stream("libx264", rate=fps, options=options)
        stream.width, stream.height, stream.pix_fmt = width_px, height_px, "yuv420p"
        count = 0
        for source in sources:
            for frame in steady(source, Fraction(fps)):
                shown = frame.reformat(width_px, height_px, "yuv420p", interpolation="BICUBIC")
                shown.pts, shown.time_base = count, Fraction(1, fps)
                shown.pict_type = 0  # as the encoder likes
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


def bare_decode(film: Path, scan: str) -> tuple[float, int]:
    """Decode a film with PyAV as a scan does, with as many threads; return wall seconds and frames."""
    started_s, num_frames = time.perf_counter(), 0
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.thread_type = ThreadType.AUTO
        stream.codec_context.thread_count = min(2 * num_cores(), 16)
        stream.codec_context.skip_frame = SKIPPED[scan]
        for _ in container.decode(stream):
            num_frames += 1
    return time.perf_counter() - started_s, num_frames


def divided_decode(film: Path, scan: str) -> tuple[float, int]:
    """Decode pieces of a film side by side, each by a decoder with one thread; return wall seconds and frames."""
    started_s, count = time.perf_counter(), 2 * num_cores()
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        first, length = stream.start_time or 0, stream.duration or 0
    ends = [first + length * piece // count for piece in range(count)]
    with ThreadPoolExecutor(num_cores()) as pool:
        frames = list(pool.map(partial(piece_decoded, film, scan), ends, [*ends[1:], 1 << 62]))
    return time.perf_counter() - started_s, sum(frames)


def piece_decoded(film: Path, scan: str, from_pts: int, to_pts: int) -> int:
    """Return the number of frames of a film from one stamp up to another, decoded by one thread."""
    num_frames = 0
    with av.open(str(film)) as container:
        stream = container.streams.video[0]
        stream.codec_context.thread_count = 1
        stream.codec_context.skip_frame = SKIPPED[scan]
        container.seek(from_pts, stream=stream)
        for frame in container.decode(stream):
            if frame.pts is not None and frame.pts >= to_pts:
                break
            num_frames += frame.pts is None or frame.pts >= from_pts
    return num_frames


def bare_in_a_process(film: Path, scan: str, way: str = "--bare") -> float:
    """Return the seconds that decoding alone takes in a process of its own."""
    command = [sys.executable, __file__, way, scan, str(film)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()[0])


def job(film: Path, *options: str, only_first_cue: bool = False) -> dict[str, float]:
    """Run the true command with cues through a pipe; return its wall seconds, those to the first cue, and peak MiB."""
    command = [sys.executable, "-m", "vidcap", str(film), "--format", "srt", "--device", "cpu", *options]
    started_s = time.perf_counter()
    launched = Launched(command, film.with_suffix(".peak"), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
    output = launched.process.stdout
    assert output is not None
    first = os.read(output.fileno(), 1)
    first_s = time.perf_counter() - started_s
    if not first:
        sys.exit(f"{' '.join(command)} wrote nothing")
    if only_first_cue:
        launched.stop()
    while os.read(output.fileno(), 1 << 16):
        pass
    code, peak_mib = launched.ended()
    if code and not only_first_cue:
        sys.exit(f"{' '.join(command)} failed: {code}")
    wall_s = time.perf_counter() - started_s
    return {"wall_s": wall_s, "first_cue_s": first_s, "peak_mib": peak_mib}


def compared(film: Path, scan: str, media_s: float, runs: int) -> dict[str, Any]:
    """Return the medians of job and bare decode, taken in turn, and their ratio."""
    in_turn = [
        (job(film, "--scan", scan), bare_in_a_process(film, scan), bare_in_a_process(film, scan, "--divided"))
        for _ in range(runs)
    ]
    row: dict[str, Any] = {key: statistics.median(done[key] for done, _, _ in in_turn) for key in in_turn[0][0]}
    row["bare_s"] = statistics.median(bare_s for _, bare_s, _ in in_turn)
    row["divided_s"] = statistics.median(divided_s for _, _, divided_s in in_turn)
    row["ratio"] = statistics.median(done["wall_s"] / bare_s for done, bare_s, _ in in_turn)
    return row | {"x_real_time": media_s / row["wall_s"], "target": TARGETS[scan]}


def stages(film: Path, captioner: Captioner, scan: str) -> dict[str, float]:
    """Return one core's seconds in each stage for a minute of film."""
    watch, last_s = Stopwatch(), Fraction(1)
    config = captioner.config.with_options(overlap=False, threads=1, scan=scan)
    with Captioner(captioner.describer, config).open(film, watch) as opened:
        for cue in opened.cues():
            last_s = cue.captions[-1].end_s
    return {stage: own_s * 60 / float(last_s) for stage, own_s in watch.own_s().items()}


def start_up(folder: Path, long_minutes: float) -> dict[str, float]:
    """Return the seconds of ``--help``, of a clip of 5 s from a cold start, and to the first cue of a long film."""
    helps = []
    for _ in range(5):
        started_s = time.perf_counter()
        subprocess.run([sys.executable, "-m", "vidcap", "--help"], stdout=subprocess.DEVNULL, check=True)
        helps.append(time.perf_counter() - started_s)
    piece = joined([SAMPLE], folder / "long-piece.mp4", 360, FPS)
    clip = looped(piece, folder / "5s.mp4", Fraction(5), cut=True)
    long_film = looped(piece, folder / "long.mp4", Fraction(60) * Fraction(str(long_minutes)))
    firsts = [job(long_film, only_first_cue=True)["first_cue_s"] for _ in range(3)]
    return {
        "help_s": statistics.median(helps),
        "clip_5s_s": statistics.median(job(clip)["wall_s"] for _ in range(3)),
        "first_cue_of_long_s": statistics.median(firsts),
        "long_minutes": long_minutes,
    }


def hardware(device: str) -> dict[str, Any]:
    """Return what the figures were measured on."""
    processor = platform.processor() or platform.machine()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        processor = next(line.split(":")[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    import torch

    gpu = torch.cuda.get_device_name() if device.startswith("cuda") else None
    return {"processor": processor, "cores": num_cores(), "gpu": gpu, "simd": torch.backends.cpu.get_cpu_capability()}


def show(name: str, scan: str, row: dict[str, Any], core_s: dict[str, float]) -> None:
    """Print one line: the comparison, then one core's seconds a minute by stage, and the floor of the ratio."""
    stage_text = " ".join(f"{core_s[stage]:>7.2f}" for stage in STAGES)
    print(
        f"{name:<7}{scan:<6}{row['wall_s']:>8.1f}{row['bare_s']:>8.1f}{row['divided_s']:>9.1f}{row['ratio']:>7.2f}{row['target']:>7.2f}"
        f"{row['x_real_time']:>8.1f}x{row['first_cue_s']:>7.1f}{row['peak_mib']:>7.0f}"
        f"   {stage_text}{row['floor']:>7.2f}",
        flush=True,
    )


def measured(options: argparse.Namespace, folder: Path) -> dict[str, dict[str, Any]]:
    """Compare every height and scan, printing as it goes."""
    describer = load_describer(options.model, "cpu", CaptionConfig().describer)
    hold_torch(share_out(num_cores()).threads)
    captioner, media_s = Captioner(describer), 60 * options.minutes
    heads = " ".join(f"{stage:>7}" for stage in STAGES)
    titles = (
        ("job s", 8),
        ("bare s", 8),
        ("divided", 9),
        ("ratio", 7),
        ("goal", 7),
        ("pace", 9),
        ("first", 7),
        ("MiB", 7),
    )
    print(f"{'film':<7}{'scan':<6}" + "".join(f"{title:>{width}}" for title, width in titles), end="")
    print(f"   {heads}  floor\n{'':<76}(one core's seconds for a minute of film)")
    results = {}
    for height_px in options.heights:
        sources = [SAMPLES / f"{name}.mp4" for name in ("tour", "people", "street")]
        piece = joined(sources if height_px <= 1080 else sources[:1], folder / f"piece-{height_px}.mp4", height_px, FPS)
        film = looped(piece, folder / f"{height_px}.mp4", Fraction(str(media_s)))
        for scan in options.scans:
            core_s = stages(piece, captioner, scan)
            row = compared(film, scan, media_s, options.runs)
            bare_minute_s = row["bare_s"] * 60 / media_s
            row["floor"] = sum(core_s.values()) / num_cores() / bare_minute_s
            results[f"{height_px}p {scan}"] = row | {"core_s_a_minute": core_s}
            show(f"{height_px}p", scan, row, core_s)
        film.unlink()
    return results


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--minutes", type=float, default=10, help="length of each film")
    parser.add_argument("--heights", type=int, nargs="+", default=[480, 720, 1080, 2160])
    parser.add_argument("--scans", nargs="+", default=list(SKIPPED), choices=list(SKIPPED))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument("--long", type=float, default=120, help="minutes of the film whose first cue is waited for")
    parser.add_argument("--model", default=None)
    for way in ("--bare", "--divided"):
        parser.add_argument(way, nargs=2, metavar=("SCAN", "FILM"), help="only decode, and print seconds and frames")
    options = parser.parse_args()
    for given, decode in ((options.bare, bare_decode), (options.divided, divided_decode)):
        if given:
            print(*decode(Path(given[1]), given[0]))
            return
    with tempfile.TemporaryDirectory() as folder:
        results = measured(options, Path(folder))
        begun = start_up(Path(folder), options.long)
    print(
        f"vidcap --help {begun['help_s']:.2f} s; a clip of 5 s, cold, {begun['clip_5s_s']:.1f} s; "
        f"first cue of a film of {begun['long_minutes']:g} minutes {begun['first_cue_of_long_s']:.1f} s"
    )
    about = {"benchmark": "end_to_end", "hardware": hardware("cpu"), "minutes": options.minutes, "runs": options.runs}
    print(json.dumps(about | {"results": results, "start_up": begun}))


if __name__ == "__main__":
    main()
