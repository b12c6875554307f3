"""Alt text of many pictures as CSV or JSON."""

from __future__ import annotations

import csv
import io
import json
import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from vidcap.text import no_formula, one_line
from vidcap.types import Label
from vidcap.urls import mask_secrets

COLUMNS = ("picture", "alt_text", "confidence", "labels", "note")


@dataclass(frozen=True, slots=True)
class AltText:
    """What a picture shows, for those who can't see it."""

    picture: str
    """Path or address, as given."""
    text: str
    """Empty where the model was not sure enough, or could say nothing."""
    confidence: float
    labels: tuple[Label, ...] = ()
    note: str = ""
    """Why the text is empty."""


def table_text(rows: Iterable[AltText], form: str) -> str:
    """Return a whole table; ``form`` is ``csv`` or ``json``."""
    if form == "json":
        return json.dumps([_record(row) for row in rows], ensure_ascii=False, indent=1, allow_nan=False) + "\n"
    if form != "csv":
        raise ValueError(f"a table is csv or json: not {form!r}")
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(COLUMNS)
    for row in rows:
        labels = "; ".join(f"{one_line(label.name)} {label.probability:.3f}" for label in row.labels)
        sure = f"{row.confidence:.4f}" if math.isfinite(row.confidence) else ""
        cells = (_name(row), one_line(row.text), sure, labels, one_line(row.note))
        writer.writerow([no_formula(cell) for cell in cells])
    return text.getvalue()


def _record(row: AltText) -> dict[str, Any]:
    return {
        "picture": _name(row),
        "alt_text": one_line(row.text),
        "confidence": row.confidence if math.isfinite(row.confidence) else None,
        "labels": [
            {"name": one_line(label.name), "probability": label.probability}
            for label in row.labels
            if math.isfinite(label.probability)
        ],
        "note": one_line(row.note),
    }


def _name(row: AltText) -> str:
    return one_line(mask_secrets(row.picture))
