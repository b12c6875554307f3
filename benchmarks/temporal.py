"""What is time worth to a model? Scores of the same clips in order, in disorder, as their mean, and as one picture.

    python benchmarks/temporal.py video_dev/captions.jsonl [--model FILE] [--limit N] [--java]

Each robbed clip is compared with the whole one by paired bootstrap. The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from vidcap.evaluation import EvaluationConfig, compare_results, evaluate_items
from vidcap.manifests import read_manifest, select_split
from vidcap.model import DescriberConfig, load_checkpoint
from vidcap.model.ablation import Frames
from vidcap.model.describer import Describer
from vidcap.model.header import DEFAULT

KINDS: tuple[Frames, ...] = ("all", "shuffled", "mean", "single")


def main() -> None:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("manifest")
    parser.add_argument("--split")
    parser.add_argument("--model", type=Path, default=DEFAULT)
    parser.add_argument("--limit", type=int)
    parser.add_argument("--java", action="store_true", help="Treebank tokens and METEOR")
    chosen = parser.parse_args()
    items = select_split(read_manifest(chosen.manifest), chosen.split, chosen.manifest)[: chosen.limit]
    config = EvaluationConfig(java=chosen.java)
    found = {}
    for kind in KINDS:
        robbed = Describer(load_checkpoint(chosen.model), config=DescriberConfig(fallback=False, frames=kind))
        found[kind] = evaluate_items(robbed, items, config)
    print("| frames | CIDEr | BLEU-4 | right | against all (95%) | p | other captions |\n|" + " --- |" * 7)
    record: dict[str, dict[str, float]] = {}
    for kind, evaluation in found.items():
        scores = evaluation.scores
        against = compare_results(evaluation.results, found["all"].results, java=chosen.java)
        pairs = zip(evaluation.results, found["all"].results, strict=True)
        changed = sum(one.hypothesis != other.hypothesis for one, other in pairs)
        gap = against.difference
        told = "|" if kind == "all" else f"{gap.mean:+.1f} ({gap.low:+.1f} to {gap.high:+.1f}) | {against.p_value:.2f}"
        values = f"{scores.cider:.1f} | {scores.bleu[3]:.1f} | {evaluation.right_share:.0%}"
        print(f"| {kind} | {values} | {told} | {changed} of {scores.items} |")
        record[kind] = {"cider": scores.cider, "bleu4": scores.bleu[3], "difference": gap.mean, "p": against.p_value}
    print(json.dumps(record))


if __name__ == "__main__":
    main()
