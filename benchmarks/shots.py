"""How well are shot boundaries found, beside PySceneDetect?

    python benchmarks/shots.py [--data DIR] [--json]

Scores vidcap's detector and PySceneDetect's, each with its defaults, in one run:

* on ``shots/AuzzSBzECXs.mp4`` (ClipShots, 27 hard cuts labelled by people),
* on films joined from real clips (see ``film.py``) by hard cuts, and by dissolves and fades through black or white.

The clips are in two halves. The weights of the dissolve detector were fitted to films of half A; thresholds were set
by hand with films of both halves and the labelled one in view, all joined with other seeds than here.

A hard cut is found when a boundary lies at most 0 or 1 frames from it. A fade or dissolve is found when exactly one
boundary lies between its last frame before and one frame past its first frame after. Whatever else is reported is
false. F1 is the harmonic mean of precision and recall. ThresholdDetector (fades only) is shown for information.
The last line is JSON; with ``--json`` it is the only one.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

from film import Boundary, JoinConfig, clip_paths, write_joined
from scenedetect import AdaptiveDetector, ContentDetector, SceneManager, ThresholdDetector, open_video

from vidcap.shots import ShotDetector, detect_shots
from vidcap.sources import SourceConfig, open_source
from vidcap.types import Frame

NAMED_FILM = "shots/AuzzSBzECXs.mp4"
FADES = ("dissolve", "dissolve", "black", "white")
Finder = Callable[[Path], list[int]]


@dataclass(frozen=True, slots=True)
class Score:
    """What a detector did on a film."""

    film: str
    detector: str
    truths: int
    found: int
    false: int
    tolerance: str

    @property
    def f1(self) -> float:
        """Harmonic mean of precision and recall, 0 to 1."""
        return 2 * self.found / max(self.found + self.false + self.truths, 1)


def find_vidcap(film: Path) -> list[int]:
    """Return the first frames of the shots after the first, by vidcap."""
    with open_source(str(film)) as source:
        return [shot.start_frame for shot in detect_shots(source.frames())][1:]


def find_scenedetect(make: Callable[[], object]) -> Finder:
    """Return a finder that runs one of PySceneDetect's detectors, at its defaults, with PyAV decoding."""

    def find(film: Path) -> list[int]:
        manager = SceneManager()
        manager.add_detector(make())
        manager.detect_scenes(open_video(str(film), backend="pyav"))
        return [int(start.frame_num) for start, _ in manager.get_scene_list()][1:]

    return find


FINDERS: dict[str, Finder] = {
    "vidcap": find_vidcap,
    "Adaptive": find_scenedetect(AdaptiveDetector),
    "Content": find_scenedetect(ContentDetector),
    "Threshold": find_scenedetect(ThresholdDetector),
}


def match_cuts(reported: list[int], boundaries: list[Boundary], tolerance: int) -> int:
    """Return how many cuts have a reported boundary of their own within ``tolerance`` frames; the nearest is taken."""
    left, found = list(reported), 0
    for boundary in boundaries:
        near = [frame for frame in left if abs(frame - boundary.first_after) <= tolerance]
        if near:
            left.remove(min(near, key=lambda frame: abs(frame - boundary.first_after)))
            found += 1
    return found


def match_fades(reported: list[int], boundaries: list[Boundary]) -> int:
    """Return how many transitions hold exactly one reported boundary."""
    counts = [sum(b.last_before <= frame <= b.first_after + 1 for frame in reported) for b in boundaries]
    return counts.count(1)


def score_film(name: str, film: Path, boundaries: list[Boundary]) -> list[Score]:
    """Return the scores of every detector on a film of hard cuts, or of fades."""
    is_hard = all(boundary.kind == "cut" for boundary in boundaries)
    scores = []
    for detector, find in FINDERS.items():
        if is_hard and detector == "Threshold":
            continue
        reported = find(film)
        rules = {"0 frames": 0, "1 frame": 1} if is_hard else {"inside": None}
        for rule, tolerance in rules.items():
            found = (
                match_fades(reported, boundaries) if tolerance is None else match_cuts(reported, boundaries, tolerance)
            )
            scores.append(Score(name, detector, len(boundaries), found, len(reported) - found, rule))
    return scores


def named_film(data: Path) -> tuple[Path, list[Boundary]]:
    """Return the labelled film and its cuts."""
    film = data / NAMED_FILM
    labels = json.loads(film.with_suffix(".gt.json").read_text())[film.name]["transitions"]
    return film, [Boundary("cut", before, after) for before, after in labels]


def detector_fps(film: Path, num_frames: int = 500) -> float:
    """Return how many frames the detector alone looks at in a second of one core: the best of ten passes."""
    with open_source(str(film), SourceConfig(threads=1)) as source:
        frames = [frame for frame, _ in zip(source.frames(), range(num_frames), strict=False)]
    return len(frames) / min(_pass_s(frames) for _ in range(10))


def _pass_s(frames: list[Frame]) -> float:
    """Return the processor's seconds, less disturbed than the clock's, that a detector takes for the frames."""
    detector = ShotDetector()
    start_s = time.process_time()
    for frame in frames:
        detector.feed(frame)
    return time.process_time() - start_s


def score_all(data: Path, folder: Path, joins: tuple[int, int]) -> list[Score]:
    """Return the scores on the labelled film and on joined ones, which are written to ``folder``."""
    scores = score_film("AuzzSBzECXs", *named_film(data))
    for half, name in enumerate(("half A", "half B")):
        for kind, kinds, num_joins in (("cuts", ("cut",), joins[0]), ("fades", FADES, joins[1])):
            film = folder / f"{kind}-{half}.mp4"
            config = JoinConfig(seed=1001 + half, num_joins=num_joins, kinds=kinds)
            boundaries = write_joined(clip_paths(data, half), film, config)
            scores += score_film(f"{kind}, {name}", film, boundaries)
    return scores


def print_table(scores: list[Score], fps: float) -> None:
    """Print the scores for people."""
    print(f"{'film':<22}{'tolerance':<11}{'detector':<11}{'truths':>7}{'found':>7}{'false':>7}{'F1':>8}")
    for score in sorted(scores, key=lambda score: (score.film, score.tolerance)):
        print(
            f"{score.film:<22}{score.tolerance:<11}{score.detector:<11}"
            f"{score.truths:>7}{score.found:>7}{score.false:>7}{score.f1:>8.3f}"
        )
    print(f"vidcap's detector alone: {fps:.0f} frames/s")


def main() -> None:
    """Run the benchmark from the command line."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    default = os.environ.get("VIDCAP_DATA")
    help_text = "folder with shots/, video_dev/, video_train/ (default: $VIDCAP_DATA)"
    parser.add_argument("--data", type=Path, default=default, required=default is None, help=help_text)
    parser.add_argument("--json", action="store_true", help="print the JSON line only")
    parser.add_argument("--cuts", type=int, default=80, help="hard cuts in each joined film")
    parser.add_argument("--fades", type=int, default=40, help="fades in each joined film")
    options = parser.parse_args()
    if not clip_paths(options.data, 0) or not clip_paths(options.data, 1):
        parser.error(f"no clips below {options.data}: give the folder of measuring data with --data")
    with tempfile.TemporaryDirectory() as folder:
        scores = score_all(options.data, Path(folder), (options.cuts, options.fades))
    fps = detector_fps(options.data / NAMED_FILM)
    if not options.json:
        print_table(scores, fps)
    rows = [asdict(score) | {"f1": round(score.f1, 4)} for score in scores]
    print(json.dumps({"benchmark": "shots", "detector_fps": round(fps), "scores": rows}))


if __name__ == "__main__":
    main()
