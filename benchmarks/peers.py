"""How fast is vidcap beside its peers, on the same frames and machine, in one run?

    python benchmarks/peers.py [FILM] [--runs 9] [--batch 4] [--rounds 3] [--seconds 8]

Needs the extra ``bench``. Three tables, each with ratios to vidcap. All of a table work in turn, as often as there are
runs (captioners: rounds); medians are told, of the ratios within each turn too, and between what these lay:

* decoding to small pictures: vidcap's source, OpenCV, torchcodec; frames a second;
* shots: vidcap's detector and PySceneDetect's, decoding included; frames a second;
* captions: vidcap's model, BLIP-base, GIT-base and ViT-GPT2, built from their configurations with random weights (speed
  does not depend on their values; nothing is downloaded): captions a second of one picture each, greedy, 12 words, in
  batches of ``--batch``; and peak memory. Each model runs in a process of its own.

All use the number of threads that they choose by themselves. The last line is JSON.
"""

from __future__ import annotations

import argparse
import importlib
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np

from vidcap.bench.child import peak_mib
from vidcap.captioner import find_shots
from vidcap.sources import SourceConfig, Wanted, open_source

SAMPLE = Path(__file__).resolve().parents[1] / "samples" / "tour.mp4"
WORDS = 12
SIDE_PX = 224


def decode_vidcap(film: str) -> int:
    """Decode with vidcap; return the number of frames."""
    with open_source(film, SourceConfig()) as source:
        frames = source.frames(Wanted(Fraction(1, 10_000), SIDE_PX))  # each of them
        return sum(frame.picture.rgb(SIDE_PX, SIDE_PX) is not None for frame in frames)


def decode_opencv(film: str) -> int:
    """Decode with OpenCV; return the number of frames."""
    import cv2

    capture, count = cv2.VideoCapture(film), 0
    while True:
        is_read, picture = capture.read()
        if not is_read:
            return count
        cv2.cvtColor(cv2.resize(picture, (SIDE_PX, SIDE_PX), interpolation=cv2.INTER_AREA), cv2.COLOR_BGR2RGB)
        count += 1


def decode_torchcodec(film: str) -> int:
    """Decode with torchcodec; return the number of frames."""
    import torch

    decoders: Any = importlib.import_module("torchcodec.decoders")
    decoder = decoders.VideoDecoder(film, seek_mode="approximate")
    count = 0
    for place in range(len(decoder)):
        picture: Any = decoder[place]
        torch.nn.functional.interpolate(picture[None].float(), (SIDE_PX, SIDE_PX), mode="area").byte()
        count += 1
    return count


def shots_vidcap(film: str) -> int:
    """Find shots with vidcap; return the number of frames."""
    return [shot.end_frame for shot in find_shots(film, scan="full")][-1]


def shots_scenedetect(name: str) -> Callable[[str], int]:
    """Return the function that finds shots with one of PySceneDetect's detectors, as it is by default."""

    def find(film: str) -> int:
        import scenedetect

        manager = scenedetect.SceneManager()
        manager.add_detector(getattr(scenedetect, name)())
        video = scenedetect.open_video(film, backend="pyav")
        return int(manager.detect_scenes(video))

    return find


DECODERS: dict[str, Callable[[str], int]] = {
    "vidcap": decode_vidcap,
    "OpenCV": decode_opencv,
    "torchcodec": decode_torchcodec,
}
DETECTORS: dict[str, Callable[[str], int]] = {
    "vidcap": shots_vidcap,
    "PySceneDetect Content": shots_scenedetect("ContentDetector"),
    "PySceneDetect Adaptive": shots_scenedetect("AdaptiveDetector"),
}


def frames_a_second(works: dict[str, Callable[[str], int]], film: str, runs: int) -> dict[str, list[float]]:
    """Return the paces of each of ``works`` in runs that it had in turn with the others, after one that isn't timed."""
    paces: dict[str, list[float]] = {name: [] for name in works}
    for run in range(runs + 1):
        for name, work in works.items():
            started_s = time.perf_counter()
            pace = work(film) / (time.perf_counter() - started_s)
            if run:
                paces[name].append(pace)
    return paces


def captioner_vidcap(batch: int) -> Callable[[], Any]:
    """Return a call that describes ``batch`` clips of one picture with the packaged model, greedily."""
    from vidcap.model import load_describer
    from vidcap.model.config import DescriberConfig, SearchConfig
    from vidcap.types import Clip, Span

    search = SearchConfig(beam=1, min_tokens=WORDS, max_tokens=WORDS)
    describer = load_describer(None, "cpu", DescriberConfig(search=search))
    noise = np.random.default_rng(0).integers(0, 256, (batch, 1, 28, 28, 3), dtype=np.uint8)
    pictures = noise.repeat(SIDE_PX // 28, axis=2).repeat(SIDE_PX // 28, axis=3)
    spans = [Span(at, at, Fraction(4 * at), Fraction(4 * at + 4), True, True) for at in range(batch)]
    clips = [Clip(span, (span.start_s,), pictures[at]) for at, span in enumerate(spans)]
    return lambda: describer.describe(clips)


def captioner_blip(batch: int) -> Callable[[], Any]:
    """BLIP-base."""
    import torch
    from transformers import BlipConfig, BlipForConditionalGeneration

    model: Any = BlipForConditionalGeneration(BlipConfig())
    return _generating(model, torch.rand(batch, 3, 384, 384))


def captioner_git(batch: int) -> Callable[[], Any]:
    """GIT-base."""
    import torch
    from transformers import GitConfig, GitForCausalLM

    model: Any = GitForCausalLM(GitConfig())
    start = torch.full((batch, 1), 101)
    return _generating(model, torch.rand(batch, 3, SIDE_PX, SIDE_PX), input_ids=start)


def captioner_vit_gpt2(batch: int) -> Callable[[], Any]:
    """ViT-base with GPT-2."""
    import torch
    from transformers import GPT2Config, VisionEncoderDecoderConfig, VisionEncoderDecoderModel, ViTConfig

    config = VisionEncoderDecoderConfig.from_encoder_decoder_configs(ViTConfig(), GPT2Config(add_cross_attention=True))
    config.decoder_start_token_id = config.pad_token_id = 50256
    model: Any = VisionEncoderDecoderModel(config=config)
    model.generation_config.decoder_start_token_id = model.generation_config.pad_token_id = 50256
    return _generating(model, torch.rand(batch, 3, SIDE_PX, SIDE_PX))


def _generating(model: Any, pictures: Any, **inputs: Any) -> Callable[[], Any]:
    """Return a call that says :data:`WORDS` words of each picture, greedily."""
    import torch

    model.eval()
    length = {"min_new_tokens": WORDS, "max_new_tokens": WORDS, "do_sample": False}

    def say() -> Any:
        with torch.inference_mode():
            return model.generate(pixel_values=pictures, **length, num_beams=1, **inputs)

    return say


CAPTIONERS: dict[str, Callable[[int], Callable[[], Any]]] = {
    "vidcap": captioner_vidcap,
    "BLIP-base": captioner_blip,
    "GIT-base": captioner_git,
    "ViT-GPT2": captioner_vit_gpt2,
}


def caption_alone(name: str, batch: int, seconds: float) -> dict[str, float]:
    """Build one model, say captions for some seconds, and return captions a second and peak MiB of this process."""
    say = CAPTIONERS[name](batch)
    for _ in range(5 if name == "vidcap" else 1):  # kernels are chosen, and a faster runtime is made ready
        say()
    started_s, calls = time.perf_counter(), 0
    while time.perf_counter() - started_s < seconds:
        say()
        calls += 1
    pace = calls * batch / (time.perf_counter() - started_s)
    return {"captions_s": pace, "peak_mib": peak_mib()}


def caption_in_a_process(name: str, options: argparse.Namespace) -> dict[str, float]:
    """Return what :func:`caption_alone` measures in a process of its own."""
    command = [sys.executable, __file__, "--alone", name, "--batch", str(options.batch)]
    done = subprocess.run([*command, "--seconds", str(options.seconds)], capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{name} failed:\n{done.stderr[-2000:]}")
    figures: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return figures


def show(title: str, unit: str, paces: dict[str, list[float]]) -> None:
    """Print one table of medians; vidcap is 1."""
    print(f"\n{title}\n{'':<24}{unit:>12}{'vidcap is':>12}  between")
    for name, of_runs in paces.items():
        ratios = [ours / pace for ours, pace in zip(paces["vidcap"], of_runs, strict=True)]
        between = f"{min(ratios):.1f} and {max(ratios):.1f}"
        print(f"{name:<24}{statistics.median(of_runs):>12.1f}{statistics.median(ratios):>11.1f}x  {between}")


def show_captioners(rounds: list[dict[str, dict[str, float]]]) -> None:
    """Print the tables of paces and of memory."""
    names = list(rounds[0])
    paces = {name: [spoken[name]["captions_s"] for spoken in rounds] for name in names}
    show(f"Captions of {WORDS} words", "captions/s", paces)
    peaks = {name: statistics.median(spoken[name]["peak_mib"] for spoken in rounds) for name in names}
    print(f"\n{'Peak memory':<24}{'MiB':>12}{'of vidcap':>12}")
    for name, peak in peaks.items():
        print(f"{name:<24}{peak:>12.0f}{peak / peaks['vidcap']:>11.1f}x")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("film", nargs="?", default=str(SAMPLE))
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3, help="of the captioners")
    parser.add_argument("--seconds", type=float, default=8, help="that each captioner speaks in each round")
    parser.add_argument("--runs", type=int, default=9, help="of decoders and detectors")
    parser.add_argument("--only", nargs="*", default=["decode", "shots", "captions"])
    parser.add_argument("--alone", choices=list(CAPTIONERS), help="only this captioner, in this process")
    options = parser.parse_args()
    if options.alone:
        print(json.dumps(caption_alone(options.alone, options.batch, options.seconds)))
        return
    results: dict[str, Any] = {}
    for part, title, works in (("decode", "Decoding to 224 x 224", DECODERS), ("shots", "Shots", DETECTORS)):
        if part in options.only:
            results[part] = frames_a_second(works, options.film, options.runs)
            show(title, "frames/s", results[part])
    if "captions" in options.only:
        results["captions"] = [
            {name: caption_in_a_process(name, options) for name in CAPTIONERS} for _ in range(options.rounds)
        ]
        show_captioners(results["captions"])
    print(json.dumps({"benchmark": "peers", "film": Path(options.film).name, "results": results}))


if __name__ == "__main__":
    main()
