"""Do shortcuts of the CNN change what is said?

    python benchmarks/shortcuts.py MANIFEST [--split dev] [--limit N] [--reuse 0 2 3 4] [--runtimes torch:fp32 ...]

Describes the items of a manifest once the long way (torch, fp32, every picture looked at) and once with each shortcut,
and prints CIDEr, how many captions stay word for word, the share of pictures looked at, and the least cosine between
the features. A shortcut may be a default where CIDEr moves by less than a point. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from itertools import islice
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcap.evaluation import EvaluationConfig, cider_d, tokenize
from vidcap.items import clip_of_item
from vidcap.manifests import Item, read_manifest, select_split
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer, load_describer
from vidcap.model.reuse import kept_pictures
from vidcap.types import Clip

LONG_WAY = ("torch", "fp32", 0.0)


def described(describer: Describer, clips: Sequence[Clip], batch: int = 8) -> list[str]:
    """Return the sentence of each clip."""
    groups = (clips[at : at + batch] for at in range(0, len(clips), batch))
    return [caption.text for group in groups for caption in describer.describe(group)]


def least_cosine(one: Describer, other: Describer, clips: Sequence[Clip]) -> float:
    """Return the least cosine between the grids that two describers make of the same pictures."""
    pairs = [(np.asarray(one.encode([clip])), np.asarray(other.encode([clip]))) for clip in clips[:24]]
    return min(cosine(a.ravel(), b.ravel()) for both in pairs for a, b in zip(*both, strict=True))


def cosine(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    """Return the cosine between two vectors."""
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--split", default=None)
    parser.add_argument("--limit", type=int, default=None, help="only the first N items")
    parser.add_argument("--model", default=None)
    parser.add_argument("--reuse", type=float, nargs="*", default=[1, 2, 3, 4, 6])
    parser.add_argument("--runtimes", nargs="*", default=["torch:bf16", "openvino:fp32", "openvino:bf16", "onnx:fp32"])
    options = parser.parse_args()
    items: list[Item] = list(
        islice(select_split(read_manifest(options.manifest), options.split, options.manifest), options.limit)
    )
    first = load_describer(options.model, "cpu", DescriberConfig(runtime="torch", precision="fp32", reuse_below=0))
    clips = [clip_of_item(item, first.picture_px, EvaluationConfig().max_frames) for item in items]
    ways = [LONG_WAY, *((LONG_WAY[0], LONG_WAY[1], below) for below in options.reuse)]
    ways += [(*runtime.split(":"), 0.0) for runtime in options.runtimes]
    rows: list[dict[str, Any]] = []
    usual = described(first, clips)
    references = {item.id: [tokenize(text) for text in item.captions] for item in items}
    print(f"{'way':<28}{'CIDEr':>8}{'same words':>12}{'looked at':>11}{'cosine':>9}")
    for runtime, precision, below in ways:
        config = DescriberConfig(runtime=runtime, precision=precision, reuse_below=below)
        describer = load_describer(options.model, "cpu", config)
        texts = described(describer, clips)
        kept = sum(len(kept_pictures(clip.pictures, below)[0]) for clip in clips)
        said = {item.id: tokenize(text) for item, text in zip(items, texts, strict=True)}
        row = {
            "way": f"{runtime} {precision} reuse {below:g}",
            "cider": cider_d(said, references),
            "same": float(np.mean([a == b for a, b in zip(texts, usual, strict=True)])),
            "looked_at": kept / sum(len(clip.pictures) for clip in clips),
            "cosine": least_cosine(first, describer, clips),
        }
        rows.append(row)
        print(
            f"{row['way']:<28}{row['cider']:>8.1f}{row['same']:>12.0%}{row['looked_at']:>11.0%}{row['cosine']:>9.4f}",
            flush=True,
        )
    print(json.dumps({"benchmark": "shortcuts", "items": len(items), "rows": rows}))


if __name__ == "__main__":
    main()
