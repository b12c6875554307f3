"""The scores as rows of words, for the terminal and for pages."""

from __future__ import annotations

from collections.abc import Iterator

from vidcap.evaluation.bootstrap import Comparison
from vidcap.evaluation.run import Evaluation


def summary_rows(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Yield ``(name, value)`` of every score."""
    scores = evaluation.scores
    for order, value in enumerate(scores.bleu, start=1):
        yield f"BLEU-{order}", f"{value:.1f}"
    yield "METEOR", f"missing: {scores.missing['meteor']}" if scores.meteor is None else f"{scores.meteor:.1f}"
    yield "ROUGE-L", f"{scores.rouge_l:.1f}"
    interval = scores.cider_interval
    yield "CIDEr (CIDEr-D)", f"{scores.cider:.1f}  ({interval.level:.0%}: {interval.low:.1f} to {interval.high:.1f})"
    if evaluation.confident_half is not None:
        surer, other = evaluation.confident_half
        yield "CIDEr, surer half / other half", f"{surer:.1f} / {other:.1f}"
    if evaluation.supports:
        yield "Right (4 of 5 content words said by references)", f"{evaluation.right_share:.0%}"
        yield "Confidence, mean distance from the share right", f"{evaluation.confidence_error:.3f}"
    yield "Caption length", f"{scores.length_mean:.1f} words"
    yield "Distinct captions", f"{scores.distinct} of {scores.items} ({scores.distinct_share:.0%})"
    yield "Captions with repeats", f"{scores.repeat_rate:.1%}"
    yield "Most common caption", f"{scores.most_common_share:.1%}: {scores.most_common}"
    yield "Items, references", f"{scores.items}, {scores.references}"
    if scores.empty:
        yield "Items without a caption", str(scores.empty)
    if evaluation.failures:
        yield "Could not be read (in no score)", str(len(evaluation.failures))
    yield "Tokens cut by", scores.tokenizer


def comparison_sentence(comparison: Comparison, other: str) -> str:
    """Return a comparison in words: ``CIDEr 61.2 against 58.3 of old.jsonl, +2.9 (95%: ...), p = 0.12: ...``."""
    interval = comparison.difference
    if comparison.p_value >= 0.05:
        verdict = "no clear difference"
    else:
        verdict = "this one is better" if interval.mean > 0 else "the other is better"
    return (
        f"CIDEr {comparison.first:.1f} against {comparison.second:.1f} of {other} on {comparison.items} items: "
        f"{interval.mean:+.1f} ({interval.level:.0%}: {interval.low:+.1f} to {interval.high:+.1f}), "
        f"better on {comparison.better}, worse on {comparison.worse}, p = {comparison.p_value:.3f}: {verdict}"
    )
