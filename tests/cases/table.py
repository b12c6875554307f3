"""The table of docs/files.md, made from the cases: ``python -m tests.cases.table --write``.

Every line is a case that the tests run, so what the table says holds where they pass.
"""

from __future__ import annotations

import sys
from itertools import groupby
from pathlib import Path

from tests.cases.case import Case
from tests.cases.catalogue import CASES
from vidcap.text import one_line

PAGE = Path(__file__).resolve().parents[2] / "docs" / "files.md"
BEGIN, END = "<!-- made by python -m tests.cases.table --write -->", "<!-- end -->"
TITLES = {
    "container": "Containers and codecs",
    "time": "Time",
    "pixels": "Pixels",
    "content": "Content",
    "stills": "Pictures",
    "damage": "Damage, and what is no video",
    "names": "Names",
    "hostile": "Hostile input",
    "bombs": "Small inputs that would take much",
}


def table() -> str:
    """Return the tables of all kinds, as Markdown."""
    parts = []
    for kind, cases in groupby(CASES, lambda case: case.kind):
        parts += [f"### {TITLES[kind]}", "", "| input | what vidcap makes of it |", "| --- | --- |"]
        parts += [*map(_row, cases), ""]
    return "\n".join(parts)


def _row(case: Case) -> str:
    return f"| {_cell(case.what)} | {_cell(case.right)}{_figures(case)} |"


def _figures(case: Case) -> str:
    if not case.cuts_s:
        return ""
    return f"; cuts at {', '.join(f'{cut_s:g}' for cut_s in case.cuts_s)} s"


def _cell(text: str) -> str:
    return one_line(text).replace("|", "\\|").replace("<", "&lt;")


def page() -> str:
    """Return docs/files.md with its table made anew."""
    before, rest = PAGE.read_text().split(BEGIN)
    return f"{before}{BEGIN}\n\n{table()}\n{END}{rest.split(END)[1]}"


if __name__ == "__main__":
    if "--write" in sys.argv:
        PAGE.write_text(page())
    else:
        print(table())  # noqa: T201
