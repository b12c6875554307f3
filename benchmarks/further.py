"""What does training further gain, and what is forgotten? New and old pictures before and after, by what is kept.

    python benchmarks/further.py flickr8k/captions.jsonl --split dev --about 'snow|ski|sled|ice' [--steps N] [--limit N]

Pictures of which two references match ``--about`` are the user's own: 60% are trained on, the rest are "new"; others
are "old". The model goes on from ``--model`` and is written with none, half, and most of its first weights kept; with
``--pseudo``, also with its own sure captions of other old pictures. CIDEr, with a paired test against before.
The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
import re
import tempfile
from dataclasses import replace
from pathlib import Path

from vidcap.evaluation import Evaluation, EvaluationConfig, compare_results, evaluate_items
from vidcap.manifests import Item, read_manifest, select_split, write_manifest
from vidcap.model import DescriberConfig, load_checkpoint
from vidcap.model.describer import Describer
from vidcap.model.header import DEFAULT
from vidcap.training import DataSource, Recipe, TrainConfig, TrainPaths, train
from vidcap.training.pseudo import pseudo_sources


def main() -> None:
    """Train, measure, print a table."""
    chosen = arguments()
    items = select_split(read_manifest(chosen.manifest), chosen.split, chosen.manifest)
    about = re.compile(rf"\b(?:{chosen.about})", re.IGNORECASE)
    own = [item for item in items if sum(bool(about.search(text)) for text in item.captions) >= 2]
    others = [item for item in items if item not in own]
    cut = len(own) * 6 // 10
    sets = {"new": own[cut:][: chosen.limit], "old": others[::2][: chosen.limit]}
    before = {name: said(chosen.model, of_set) for name, of_set in sets.items()}
    print("| kept | set | before | after | difference (95%) | p |\n|" + " --- |" * 6)
    record = []
    with tempfile.TemporaryDirectory() as folder:
        for keep in (0.0, 0.5, 0.75):
            model = further(Path(folder), own[:cut], others[1::2][: chosen.limit], keep, chosen)
            for name, of_set in sets.items():
                found = compare_results(said(model, of_set).results, before[name].results, java=False)
                gap = found.difference
                told = f"{gap.mean:+.1f} ({gap.low:+.1f} to {gap.high:+.1f}) | {found.p_value:.2f}"
                print(f"| {keep:g} | {name} | {found.second:.1f} | {found.first:.1f} | {told} |", flush=True)
                record.append({"keep": keep, "set": name, **found.to_dict()})
    print(json.dumps(record))


def arguments() -> argparse.Namespace:
    """Return what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--split")
    parser.add_argument("--about", required=True, help="regular expression of the words that make a picture new")
    parser.add_argument("--model", type=Path, default=DEFAULT)
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--rate", type=float, default=1e-4, help="peak of the learning rate")
    parser.add_argument("--pictures", type=int, default=20)
    parser.add_argument("--limit", type=int, help="most pictures of each set")
    parser.add_argument("--pseudo", action="store_true", help="also learn from the model's own sure captions")
    return parser.parse_args()


def further(folder: Path, own: list[Item], others: list[Item], keep: float, chosen: argparse.Namespace) -> Path:
    """Train from the model on ``own`` and return the new model; the features are computed once."""
    manifest, unlabelled = folder / "own.jsonl", folder / "others.jsonl"
    write_manifest(manifest, [replace(item, split="train") for item in own])
    write_manifest(unlabelled, [replace(item, split=None) for item in others])
    work = folder / "work"
    data: tuple[DataSource, ...] = (DataSource(path=manifest),)
    if chosen.pseudo:
        data += pseudo_sources(chosen.model, unlabelled, work, 0.5, lambda _stage, _done, _total: None)
    config = TrainConfig(data=data, steps=chosen.steps, pictures=chosen.pictures, learning_rate=chosen.rate)
    (work / "state.safetensors").unlink(missing_ok=True)
    paths = TrainPaths(out=folder / f"kept-{keep:g}.safetensors", work=work, init=chosen.model, keep=keep)
    for _ in train(Recipe(config, {}), paths):
        pass
    return paths.out


def said(model: Path, items: list[Item]) -> Evaluation:
    """Return what a model says, without its calibration: new weights have none."""
    checkpoint = replace(load_checkpoint(model), calibration=None)
    describer = Describer(checkpoint, config=DescriberConfig(fallback=False))
    return evaluate_items(describer, items, EvaluationConfig(java=False))


if __name__ == "__main__":
    main()
