"""Comma-separated values, for spreadsheets: one row a cue.

A cell that a spreadsheet would take for a formula (it begins with ``=``, ``+``, ``-`` or ``@``) gets an apostrophe in
front.
"""

from __future__ import annotations

import csv
import io
from math import isfinite

from vidcap.formats.base import Shown, TrackWriter, best_labels
from vidcap.text import no_formula, one_line
from vidcap.timeline import clock
from vidcap.types import Cue

COLUMNS = ("number", "start", "end", "start_ms", "end_ms", "text", "confidence", "shot", "labels", "extended")


class CsvWriter(TrackWriter):
    """Writes comma-separated values (.csv), with a row of headings."""

    def begin(self) -> str:
        """Return the row of headings."""
        return _row(COLUMNS)

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return one row; labels are ``name probability``, separated by semicolons."""
        labels = "; ".join(
            f"{one_line(label.name)} {label.probability:.3f}"
            for label in best_labels(cue)
            if isfinite(label.probability)
        )
        return _row(
            (
                shown.number,
                clock(shown.start_ms),
                clock(shown.end_ms),
                shown.start_ms,
                shown.end_ms,
                no_formula(" ".join(shown.lines)),
                f"{cue.confidence:.4f}" if isfinite(cue.confidence) else "",
                cue.shot_index,
                no_formula(labels),
                "yes" if cue.is_extended else "",
            )
        )


def _row(cells: tuple[object, ...]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()
