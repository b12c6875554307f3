"""How many pictures of a clip need to be looked at?

    python benchmarks/pictures.py MANIFEST [MANIFEST ...] [--pictures 8 6 5 4 3 2] [--limit N] [--no-fallback]

Cuts the videos of manifests into clips as films are, describes each clip by so many of its pictures at most, and
prints, against the first number:

* how many pictures the CNN looked at,
* CIDEr of what is said of all clips of a video, averaged, and of the surest alone, with the 95% interval of the paired
  difference over videos,
* the share of clips that are told word for word the same,
* the share that is right (see ``vidcap.evaluation.support``), and how well confidence tells which (ROC area),
* the cross-entropy a word of people's captions of the video, given the clip: the most exact of these. It needs torch.

The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional as F  # noqa: N812 (the name everybody knows)

from vidcap.evaluation.scores import score
from vidcap.evaluation.support import RIGHT, supports
from vidcap.manifests import Item, read_manifest
from vidcap.model.blank import worth_seeing
from vidcap.model.checkpoint import load_checkpoint
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer, load_describer
from vidcap.model.header import DEFAULT
from vidcap.model.reuse import kept_pictures
from vidcap.model.torch_network import TorchNetwork
from vidcap.model.vocabulary import tokenize
from vidcap.sampling import SamplingConfig, clips
from vidcap.shots import mark_shots
from vidcap.sources import SourceConfig, open_source
from vidcap.training.batches import padded
from vidcap.types import Caption, Clip

Numbers = NDArray[np.float64]


@dataclass(slots=True)
class Told:
    """What came of one number of pictures, by video."""

    captions: dict[str, list[Caption]] = field(default_factory=dict)
    entropy: dict[str, float] = field(default_factory=dict)
    looked_at: int = 0


class Judge:
    """Tells how likely people's captions are, given a clip."""

    def __init__(self, describer: Describer, model: str | None) -> None:
        self._describer = describer
        self._network = TorchNetwork(load_checkpoint(model or DEFAULT), "cpu", "torch", "fp32")

    @torch.inference_mode()
    def entropy(self, clip: Clip, item: Item) -> float:
        """Return the mean cross-entropy a word, in nats."""
        captions = [tuple(self._network.vocabulary.encode(tokenize(text))) for text in item.captions[:30]]
        grids = torch.from_numpy(np.array(self._describer.encode([clip])))
        features = self._network.features(grids, [len(clip.pictures)])
        style = np.array([min(len(clip.pictures) - 1, 1)])
        seen = self._network.remember(features, style).select(torch.zeros(len(captions), dtype=torch.long))
        words, targets = padded(captions)
        decoder = self._network.torch.decoder
        hidden, _, _ = decoder(words, decoder.start(seen), seen)
        said = targets != 0
        return float(F.cross_entropy(decoder.logits(hidden[said]), targets[said]))


def clips_by_number(item: Item, numbers: Sequence[int]) -> dict[int, list[Clip]]:
    """Return the clips of a video, with so many pictures at most."""
    with open_source(str(item.path), SourceConfig(scan="auto")) as source:
        marked = list(mark_shots(source.frames()))
    return {number: list(clips(marked, SamplingConfig(max_frames=number))) for number in numbers}


def tell(items: Sequence[Item], numbers: Sequence[int], model: str | None, *, fallback: bool) -> dict[int, Told]:
    """Describe all videos by each number of pictures."""
    config = DescriberConfig(fallback=fallback)
    describer = load_describer(model, "cpu", config)
    judge = Judge(describer, model)
    told = {number: Told() for number in numbers}
    for place, item in enumerate(items):
        for number, made in clips_by_number(item, numbers).items():
            seen = [shown for clip in made if (shown := worth_seeing(clip)) is not None]
            told[number].captions[str(place)] = describer.describe(made)
            told[number].looked_at += sum(len(kept_pictures(clip.pictures, config.reuse_below)[0]) for clip in seen)
            told[number].entropy[str(place)] = float(np.mean([judge.entropy(clip, item) for clip in seen] or [np.nan]))
    return told


def scored(told: Told, items: Sequence[Item]) -> dict[str, Any]:
    """Return, video by video, CIDEr of all clips and of the surest; clip by clip, whether it is right and how sure."""
    every = {f"{video} {n}": caption for video, of_it in told.captions.items() for n, caption in enumerate(of_it)}
    references = {key: items[int(key.split()[0])].captions for key in every}
    texts = {key: caption.text for key, caption in every.items()}
    ciders = score(texts, references, java=False).item_ciders
    rows = [[(ciders[f"{v} {n}"], c.confidence) for n, c in enumerate(of_it)] for v, of_it in told.captions.items()]
    return {
        "all": np.array([np.mean([cider for cider, _ in of_it]) for of_it in rows if of_it]),
        "surest": np.array([max(of_it, key=lambda row: row[1])[0] for of_it in rows if of_it]),
        "right": np.array([support >= RIGHT for support in supports(texts, references).values()]),
        "sure": np.array([caption.confidence for caption in every.values()]),
        "entropy": np.array(list(told.entropy.values())),
    }


def roc_area(right: NDArray[np.bool_], sure: Numbers) -> float:
    """Return the chance that a right caption is surer than a wrong one."""
    one, other = sure[right][:, None], sure[~right]
    return float((one > other).mean() + (one == other).mean() / 2) if one.size and other.size else float("nan")


def difference(one: Numbers, other: Numbers) -> dict[str, float]:
    """Return the mean of ``one``, what it differs by, and the bootstrap's interval of that."""
    apart = one - other
    apart = apart[np.isfinite(apart)]
    drawn = apart[np.random.default_rng(0).integers(0, len(apart), (2000, len(apart)))].mean(1)
    low, high = np.percentile(drawn, [2.5, 97.5]).tolist()
    return {"mean": float(np.nanmean(one)), "by": float(apart.mean()), "low": low, "high": high}


def rows_of(told: dict[int, Told], items: Sequence[Item]) -> Iterator[dict[str, Any]]:
    """Yield a row for each number of pictures."""
    found = {number: scored(each, items) for number, each in told.items()}
    first = next(iter(told))
    usual = [c.text for of_it in told[first].captions.values() for c in of_it]
    for number, each in told.items():
        texts = [c.text for of_it in each.captions.values() for c in of_it]
        compared = {name: difference(found[number][name], found[first][name]) for name in ("all", "surest", "entropy")}
        yield {
            "pictures": number,
            "clips": len(texts),
            "looked_at": each.looked_at,
            "same": float(np.mean([a == b for a, b in zip(texts, usual, strict=True)])),
            "right": float(found[number]["right"].mean()),
            "roc_area": roc_area(found[number]["right"], found[number]["sure"]),
        } | compared


def captioned(manifest: Path, limit: int | None) -> list[Item]:
    """Return the first items that have captions."""
    return list(islice((item for item in read_manifest(manifest) if item.captions), limit))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifests", nargs="+", type=Path)
    parser.add_argument("--pictures", type=int, nargs="+", default=[8, 6, 5, 4, 3, 2])
    parser.add_argument("--limit", type=int, default=None, help="only the first N videos of each")
    parser.add_argument("--model", default=None)
    parser.add_argument("--no-fallback", action="store_true")
    options = parser.parse_args()
    items = [item for path in options.manifests for item in captioned(path, options.limit)]
    rows = list(rows_of(tell(items, options.pictures, options.model, fallback=not options.no_fallback), items))
    print("pictures  looked at   same  right   area  CIDEr, all clips        the surest             cross-entropy")
    for row in rows:
        line = f"{row['pictures']:>8}{row['looked_at']:>11}{row['same']:>7.0%}{row['right']:>7.0%}"
        line += f"{row['roc_area']:>7.2f}"
        for name, digits in (("all", 1), ("surest", 1), ("entropy", 3)):
            one = row[name]
            line += f"  {one['mean']:.{digits}f} ({one['low']:+.{digits}f} to {one['high']:+.{digits}f})"
        print(line)
    print(json.dumps({"benchmark": "pictures", "videos": len(items), "rows": rows}))


if __name__ == "__main__":
    main()
