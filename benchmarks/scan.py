"""What does each scan cost in cuts and captions, and what does it gain in speed?

    python benchmarks/scan.py [--data DIR] [--joins 80] [--codecs h264 hevc vp9 av1 ts mpeg2] [--captions]

Joins clips by hard cuts and fades (see ``film.py``), encodes the film with each codec as encoders do by default (cuts
get key frames, at most 250 frames between key frames; B-frames), finds its shots in every scan, and prints F1 at one
frame of tolerance against the true joins, how many cuts differ from those of ``full``, frames decoded, and speed over
``full`` (wall time of decoding and finding shots, as ``vidcap shots`` does it; medians of ``--runs`` in turn). The
labelled film of ``shots.py`` is scanned as it is.

With ``--captions`` the clips of ``video_dev`` are described in every scan, and CIDEr is printed. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
from film import Boundary, JoinConfig, clip_paths, write_joined
from shots import match_cuts, named_film

from vidcap import Captioner
from vidcap.evaluation import cider_d, tokenize
from vidcap.manifests import read_manifest
from vidcap.shots import detect_shots
from vidcap.sources import SourceConfig, Wanted, open_source

SCANS = ("full", "fast", "keys", "auto")
CODECS: dict[str, tuple[str, str, dict[str, str]]] = {
    "h264": ("libx264", "mp4", {"crf": "23", "preset": "medium", "x264-params": "log=-1"}),
    "hevc": ("libx265", "mkv", {"crf": "26", "preset": "fast", "x265-params": "log-level=none"}),
    "vp9": ("libvpx-vp9", "webm", {"crf": "33", "b": "0", "cpu-used": "5", "deadline": "good", "g": "250"}),
    "av1": ("libsvtav1", "mkv", {"crf": "35", "preset": "8", "g": "250"}),
    "ts": ("libx264", "ts", {"crf": "23", "preset": "medium", "g": "60", "x264-params": "log=-1"}),
    "mpeg2": ("mpeg2video", "ts", {"b": "1500k", "g": "15", "bf": "2"}),
}


@dataclass(frozen=True, slots=True)
class Scanned:
    """What one scan found."""

    starts: list[int]
    num_frames: int
    wall_s: float


def encoded(source: Path, target: Path, codec: str, options: dict[str, str], size: tuple[int, int]) -> Path:
    """Encode a film again at another size and return ``target``."""
    with av.open(str(source)) as film, av.open(str(target), "w") as output:
        stream: Any = output.add_stream(codec, rate=30, options=options)
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        for place, frame in enumerate(film.decode(video=0)):
            shown = frame.reformat(*size, "yuv420p", interpolation="BICUBIC")
            shown.pts, shown.time_base, shown.pict_type = place, Fraction(1, 30), 0
            output.mux(stream.encode(shown))
        output.mux(stream.encode(None))
    return target


def scanned(film: Path, scan: str) -> Scanned:
    """Return the first frames of the shots after the first, and what finding them took."""
    started_s, num_frames = time.perf_counter(), 0
    with open_source(str(film), SourceConfig(scan=scan)) as source:

        def counted() -> Any:
            nonlocal num_frames
            for frame in source.frames(Wanted()):
                num_frames += 1
                yield frame

        starts = [shot.start_frame for shot in detect_shots(counted())][1:]
    return Scanned(starts, num_frames, time.perf_counter() - started_s)


def rows_of(name: str, film: Path, truth: list[Boundary], runs: int) -> list[dict[str, Any]]:
    """Return one row for each scan of a film, made so many times in turn."""
    scanned(film, "full")  # not counted: libraries are loaded, the film is read
    in_turn = [{scan: scanned(film, scan) for scan in SCANS} for _ in range(runs)]
    rows, full = [], in_turn[0]["full"]
    fades = [b for b in truth if b.kind != "cut"]
    for scan in SCANS:
        done = in_turn[0][scan]
        found = match_cuts(done.starts, [b for b in truth if b.kind == "cut"], 1)
        found += sum(any(b.last_before <= start <= b.first_after + 1 for start in done.starts) for b in fades)
        as_full = match_cuts(done.starts, [Boundary("cut", start - 1, start) for start in full.starts], 1)
        rows.append(
            {
                "film": name,
                "scan": scan,
                "f1": 2 * found / max(len(done.starts) + len(truth), 1),
                "unlike_full": len(done.starts) + len(full.starts) - 2 * as_full,
                "frames": done.num_frames / full.num_frames,
                "wall_s": statistics.median(run[scan].wall_s for run in in_turn),
                "speed": statistics.median(run["full"].wall_s / run[scan].wall_s for run in in_turn),
            }
        )
        show(rows[-1])
    return rows


def show(row: dict[str, Any]) -> None:
    """Print one row for people."""
    print(
        f"{row['film']:<16}{row['scan']:<6}{row['f1']:>8.3f}{row['unlike_full']:>13}{row['frames']:>10.0%}"
        f"{row['speed']:>8.1f}x",
        flush=True,
    )


def captions_by_scan(data: Path, model: str | None, limit: int | None) -> dict[str, float]:
    """Return the CIDEr of each scan: the surest caption of each clip of ``video_dev``, described as a film."""
    items = [item for item in read_manifest(data / "video_dev" / "captions.jsonl") if item.captions][:limit]
    references = {item.id: [tokenize(text) for text in item.captions] for item in items}
    scores = {}
    for scan in SCANS:
        captioner = Captioner.load(model, "cpu", scan=scan)
        said = {}
        for item in items:
            captions = list(captioner.caption(item.path))
            best = max(captions, key=lambda caption: caption.confidence, default=None)
            said[item.id] = tokenize(best.text) if best else []
        scores[scan] = cider_d(said, references)
        print(f"CIDEr, {scan}: {scores[scan]:.1f}", flush=True)
    return scores


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    default = os.environ.get("VIDCAP_DATA")
    parser.add_argument("--data", type=Path, default=default, required=default is None)
    parser.add_argument("--joins", type=int, default=80, help="joins in the film")
    parser.add_argument("--codecs", nargs="*", default=list(CODECS), choices=list(CODECS))
    parser.add_argument("--size", type=int, nargs=2, default=[640, 480], metavar=("WIDTH", "HEIGHT"))
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--captions", action="store_true", help="compare captions as well")
    parser.add_argument("--limit", type=int, default=None, help="only the first N clips are described")
    parser.add_argument("--model", default=None)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    print(f"{'film':<16}{'scan':<6}{'F1':>8}{'unlike full':>13}{'decoded':>10}{'speed':>9}")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kinds = ("cut", "cut", "cut", "dissolve", "black")
        config = JoinConfig(seed=2001, num_joins=options.joins, kinds=kinds, piece_s=(1.5, 12.0))
        joined = folder / "joined.mp4"
        clips = clip_paths(options.data, 0) + clip_paths(options.data, 1)
        truth = write_joined(clips, joined, config)
        for label in options.codecs:
            codec, suffix, settings = CODECS[label]
            film = encoded(joined, folder / f"film.{suffix}", codec, settings, tuple(options.size))
            rows += rows_of(label, film, truth, options.runs)
            film.unlink()
        rows += rows_of("AuzzSBzECXs", *named_film(options.data), options.runs)
    scores = captions_by_scan(options.data, options.model, options.limit) if options.captions else {}
    print(json.dumps({"benchmark": "scan", "joins": options.joins, "rows": rows, "cider": scores}))


if __name__ == "__main__":
    main()
