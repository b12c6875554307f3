"""The table of alt text: whatever the model or a file name says, it stays in its cell."""

from __future__ import annotations

import csv
import io
import json

import pytest
from hypothesis import given

from tests.tracks import any_text, confidences, quick
from vidcap.alttext import AltText, table_text
from vidcap.text import no_formula, one_line
from vidcap.types import Label


@given(any_text, any_text, confidences)
@quick
def test_a_table_is_read_back_as_it_was(name: str, text: str, sure: float) -> None:
    rows = [AltText(f"x{name}", text, sure, (Label(text, 0.5),)), AltText("b.jpg", "", 0.25, note="why")]
    (_, first, second) = csv.reader(io.StringIO(table_text(rows, "csv")))
    assert first[:2] == [one_line(f"x{name}"), no_formula(one_line(text))]
    assert second == ["b.jpg", "", "0.2500", "", "why"]
    records = json.loads(table_text(rows, "json"))
    assert [record["alt_text"] for record in records] == [one_line(text), ""]


def test_no_pictures_give_an_empty_table() -> None:
    assert table_text([], "csv").count("\n") == 1
    assert json.loads(table_text([], "json")) == []
    with pytest.raises(ValueError, match="xlsx"):
        table_text([], "xlsx")
