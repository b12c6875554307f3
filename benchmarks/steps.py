"""What does a word of a sentence cost, and does ending searches early change what is said?

    python benchmarks/steps.py [MANIFEST ...] [--split dev] [--limit N]

Prints the processor's time of one step of the packaged model's decoder, guided by evidence, for so many sentences under
way: one thread, the least of several rounds. Then the items of the manifests are described twice, as usual and as if
further words could cost nothing (``vidcap.model.search.CHEAPEST_WORD``): how many captions and lists of alternatives
are the same, and how many steps the search took. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import time
from itertools import islice
from typing import Any

import numpy as np

from vidcap.evaluation import EvaluationConfig
from vidcap.items import clip_of_item
from vidcap.manifests import read_manifest, select_split
from vidcap.model import load_describer, search
from vidcap.model.cores import Share
from vidcap.model.describer import Describer
from vidcap.model.header import DEFAULT
from vidcap.model.light.remembering import Memory
from vidcap.model.light.wording import Wording
from vidcap.model.stored import read_stored
from vidcap.types import Clip

SENTENCES = (1, 3, 12, 24, 72)
PLACES = 65
"""That a sentence looks at: four frames, 49 cells, twelve concepts."""
ROUNDS, STEPS = 12, 40
BATCH = 8


def step_ms(wording: Wording, width: int, heads: int, num_words: int, sentences: int) -> float:
    """Return the least milliseconds of one step with random memory and bias."""
    rng = np.random.default_rng(0)
    sides = [(heads, PLACES, width // heads)] * 2 + [(1, 1, PLACES), (width,), (4 * width,)]
    memory = Memory(*(rng.normal(size=(sentences, *side)).astype(np.float32) for side in sides))
    running = wording.start(memory, rng.normal(size=(sentences, num_words)).astype(np.float32))
    words, least = rng.integers(4, 100, sentences), float("inf")
    for _ in range(ROUNDS):
        started_s = time.thread_time()
        for _ in range(STEPS):
            wording.step(words, running)
        least = min(least, (time.thread_time() - started_s) / STEPS * 1000)
    return least


def said(describer: Describer, clips: list[Clip]) -> tuple[list[list[tuple[int, ...]]], int]:
    """Return the sentences of each clip, best first, and how many steps it took to find them."""
    network: Any = describer.network
    taken, step = [0], network.step

    def counted(*arguments: Any) -> Any:
        taken[0] += 1
        return step(*arguments)

    network.step = counted
    try:
        groups = [clips[at : at + BATCH] for at in range(0, len(clips), BATCH)]
        return [[s.ids for s in found.sentences] for group in groups for found in describer.look(group)], taken[0]
    finally:
        network.step = step


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifests", nargs="*")
    parser.add_argument("--split", default=None)
    parser.add_argument("--limit", type=int, default=None, help="only the first N items of each")
    options = parser.parse_args()
    stored = read_stored(DEFAULT)
    config, num_words = stored.described.config, len(stored.described.vocabulary.words)
    wording = Wording(config, stored.weights, Share(1, 1))
    results: dict[str, Any] = {"step_ms": {}}
    for sentences in SENTENCES:
        least = step_ms(wording, config.width, config.heads, num_words, sentences)
        results["step_ms"][sentences] = least
        print(f"{sentences:>3} sentences under way: {least:.2f} ms a step")
    describer = load_describer(None, "cpu")
    for manifest in options.manifests:
        items = islice(select_split(read_manifest(manifest), options.split, manifest), options.limit)
        clips = [clip_of_item(item, describer.picture_px, EvaluationConfig().max_frames) for item in items]
        usual, steps = said(describer, clips)
        search.CHEAPEST_WORD, before = 0.0, search.CHEAPEST_WORD
        patient, more = said(describer, clips)
        search.CHEAPEST_WORD = before
        row = {
            "items": len(clips),
            "captions_alike": sum(a[:1] == b[:1] for a, b in zip(usual, patient, strict=True)),
            "alternatives_alike": sum(a == b for a, b in zip(usual, patient, strict=True)),
            "steps": steps / more,
        }
        results[manifest] = row
        print(f"{manifest}: {row['captions_alike']} of {row['items']} captions alike, ", end="")
        print(f"{row['alternatives_alike']} with all alternatives; {row['steps']:.3f} of the steps")
    print(json.dumps({"benchmark": "steps", "results": results}))


if __name__ == "__main__":
    main()
