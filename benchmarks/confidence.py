"""Can confidence be believed? A reliability diagram and a risk-coverage curve of evaluation results, as SVG.

    vidcap evaluate flickr8k/captions.jsonl --split test --no-fallback --results test.jsonl
    python benchmarks/confidence.py test.jsonl --out docs --name flickr8k-test

Reliability: captions in bins of like confidence; share right against mean confidence (the diagonal is perfect). Risk
and coverage: of the surest captions up to each share, how many are wrong (also: their CIDEr). The last line is JSON.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from vidcap.evaluation import read_results
from vidcap.evaluation.logistic import area_under_curve, calibration_error
from vidcap.evaluation.support import RIGHT, supports

Array = NDArray[np.float64]
SIDE, EDGE = 300, 46


def main() -> None:
    """Draw both figures and print their numbers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    parser.add_argument("--name", default="confidence")
    parser.add_argument("--bins", type=int, default=10)
    chosen = parser.parse_args()
    results = read_results(chosen.results)
    chance = np.array([result.confidence for result in results])
    support = supports({r.id: r.hypothesis for r in results}, {r.id: r.references for r in results})
    is_right = np.array([support[r.id] >= RIGHT for r in results], float)
    cider = np.array([r.cider for r in results])
    order = np.argsort(-chance, kind="stable")
    bins = [part for part in np.array_split(order, chosen.bins) if len(part)]
    points = [(float(chance[part].mean()), float(is_right[part].mean())) for part in bins]
    shares = np.arange(1, len(order) + 1) / len(order)
    risk = 1 - np.cumsum(is_right[order]) / np.arange(1, len(order) + 1)
    start = max(0, len(order) // 50 - 1)  # the first few alone say nothing
    curve = list(zip(shares[start:].tolist(), risk[start:].tolist(), strict=True))
    save(chosen.out / f"reliability-{chosen.name}.svg", points, "confidence", "share right", has_diagonal=True)
    save(chosen.out / f"risk-{chosen.name}.svg", thinned(curve), "coverage", "share wrong", has_diagonal=False)
    record = summary(chance, is_right, cider, order)
    for share, (wrong, of_cider) in record["surest"].items():  # type: ignore[attr-defined]
        print(f"surest {share}: {wrong:.0%} wrong, CIDEr {of_cider:.1f}")
    print(json.dumps(record))


def summary(chance: Array, is_right: Array, cider: Array, order: NDArray[np.int64]) -> dict[str, object]:
    """Return the numbers worth quoting."""
    surest = {}
    for percent in (10, 25, 50, 75, 100):
        part = order[: max(1, len(order) * percent // 100)]
        surest[f"{percent}%"] = (round(1 - float(is_right[part].mean()), 3), round(float(cider[part].mean()), 1))
    half = len(order) // 2
    return {
        "items": len(order),
        "right": round(float(is_right.mean()), 3),
        "auc": round(area_under_curve(chance, is_right), 3),
        "calibration_error": round(calibration_error(chance, is_right), 3),
        "halves_cider": [round(float(cider[order[:half]].mean()), 1), round(float(cider[order[half:]].mean()), 1)],
        "surest": surest,
    }


def thinned(points: Sequence[tuple[float, float]], most: int = 200) -> list[tuple[float, float]]:
    """Return at most about ``most`` of the points, the last among them."""
    step = max(1, len(points) // most)
    return [*points[::step], points[-1]]


def save(path: Path, points: Sequence[tuple[float, float]], across: str, up: str, *, has_diagonal: bool) -> None:
    """Write a line through ``points`` (0 to 1 both ways) as a figure that reads on light and dark ground."""

    def place(x: float, y: float) -> str:
        return f"{EDGE + x * SIDE:.1f},{10 + (1 - y) * SIDE:.1f}"

    whole = SIDE + EDGE + 14
    ticks = [value / 5 for value in range(6)]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {whole} {whole}" width="{whole}" role="img">',
        f"<title>{up} against {across}</title>",
        '<g fill="none" stroke="#888" font-family="sans-serif" font-size="11">',
        f'<rect x="{EDGE}" y="10" width="{SIDE}" height="{SIDE}" fill="#fff"/>',
    ]
    for value in ticks:
        x, y = EDGE + value * SIDE, 10 + (1 - value) * SIDE
        lines.append(f'<path d="M{x} {10 + SIDE}v4M{EDGE} {y}h-4" />')
        lines.append(
            f'<g fill="#777" stroke="none"><text x="{x}" y="{SIDE + 26}" text-anchor="middle">{value:g}</text>'
        )
        lines.append(f'<text x="{EDGE - 8}" y="{y + 4}" text-anchor="end">{value:g}</text></g>')
    if has_diagonal:
        lines.append(f'<path d="M{place(0, 0)}L{place(1, 1)}" stroke-dasharray="4 4"/>')
    lines.append(f'<polyline points="{" ".join(place(x, y) for x, y in points)}" stroke="#06c" stroke-width="2"/>')
    if len(points) <= 20:
        dot = '<path d="M{0}h0" stroke="#06c" stroke-width="8" stroke-linecap="round"/>'
        lines += [dot.format(place(x, y)) for x, y in points]
    middle = EDGE + SIDE / 2
    lines.append('<g fill="#777" stroke="none" text-anchor="middle">')
    lines.append(f'<text x="{middle}" y="{SIDE + 44}">{across}</text>')
    lines.append(f'<text transform="translate(12 {10 + SIDE / 2}) rotate(-90)">{up}</text></g>')
    path.write_text("\n".join([*lines, "</g>", "</svg>", ""]), encoding="utf-8")


if __name__ == "__main__":
    main()
