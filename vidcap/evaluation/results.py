"""What a captioner said about each item, beside what people said: as values, and as JSON Lines.

The JSON Lines serve to compare two captioners later, and to look at single items.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from vidcap.errors import ManifestError, OutputError
from vidcap.evaluation.bootstrap import Comparison, compare
from vidcap.evaluation.cider import CiderD
from vidcap.evaluation.scores import cut, java_tools
from vidcap.types import Label


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """One item of an evaluation."""

    id: str
    hypothesis: str
    references: tuple[str, ...]
    cider: float
    """CIDEr-D of this item, times 100."""
    confidence: float
    """As the captioner gave it, 0 to 1."""
    labels: tuple[Label, ...] = ()
    """What was recognised, most probable first."""

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(asdict(self), ensure_ascii=False)


def write_results(path: str | Path, results: Iterable[Result]) -> None:
    """Write a line of JSON for each result, atomically; OutputError where that fails."""
    write_text(path, (result.to_json() + "\n" for result in results))


def write_text(path: str | Path, pieces: Iterable[str]) -> None:
    """Write a UTF-8 file piece by piece; under another name until it is whole. OutputError where that fails."""
    path = Path(os.path.abspath(path))
    part = path.with_name(f".{path.name}.{os.getpid()}.part")
    try:
        with part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as file:
            file.writelines(pieces)
        part.replace(path)
    except OSError as error:
        raise OutputError(str(path), error.strerror or str(error)) from error
    finally:
        part.unlink(missing_ok=True)


def read_results(path: str | Path) -> list[Result]:
    """Return the results of a file that :func:`write_results` wrote; ManifestError where it is something else."""
    number = 0
    try:
        with Path(path).open("r", encoding="utf-8", newline="\n") as file:
            results = []
            for number, line in enumerate(file, start=1):  # noqa: B007 (the error names it)
                results.append(_result(json.loads(line)))
    except OSError as error:
        raise ManifestError(str(path), (error.strerror or str(error)).lower()) from error
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        reason = f"line {number or 1}: not a result of vidcap evaluate --results"
        raise ManifestError(str(path), reason) from error
    if not results:
        raise ManifestError(str(path), "holds no results")
    return results


def _result(record: dict[str, Any]) -> Result:
    known = {key: record[key] for key in (field.name for field in fields(Result)) if key in record}
    labels = tuple(Label(str(label["name"]), float(label["probability"])) for label in record["labels"])
    references = tuple(record["references"])
    texts = (record["id"], record["hypothesis"], *references)
    if not references or not all(isinstance(text, str) for text in texts):
        raise ValueError("texts must be strings")
    numbers = {key: float(record[key]) for key in ("cider", "confidence")}
    return Result(**(known | numbers | {"references": references, "labels": labels}))


def compare_results(first: Sequence[Result], second: Sequence[Result], *, java: bool | None = None) -> Comparison:
    """Return whether ``first`` beats ``second`` in CIDEr over the items that both hold, by paired bootstrap.

    CIDEr is computed anew over just these items, for both with the same tokens. ValueError where they share no item,
    or an item has other references in one than in the other: such scores don't compare.
    """
    by_id = {result.id: result for result in second}
    pairs = [(result, by_id[result.id]) for result in first if result.id in by_id]
    if not pairs:
        raise ValueError("the two share no item")
    for one, other in pairs:
        if one.references != other.references:
            raise ValueError(f"{one.id} has other references in the two")
    texts = {one.id: [one.hypothesis, other.hypothesis, *one.references] for one, other in pairs}
    tokens = cut(texts, java_tools(java))
    scorer = CiderD({key: group[2:] for key, group in tokens.items()})
    one_scores, other_scores = (
        100 * scorer.scores({key: group[side] for key, group in tokens.items()}) for side in (0, 1)
    )
    return compare(one_scores.tolist(), other_scores.tolist())
