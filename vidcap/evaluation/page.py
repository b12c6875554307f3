"""An evaluation as one HTML page: every item with its frames, its caption and what people said.

The page stands alone: styles and pictures are inside, there are no scripts, and it loads nothing.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from vidcap.errors import SourceError
from vidcap.evaluation.results import Result, write_text
from vidcap.evaluation.run import Evaluation
from vidcap.evaluation.summary import summary_rows
from vidcap.items import clip_of_item
from vidcap.manifests import Item
from vidcap.text import one_line

THUMBNAIL_PX = 128
FRAMES = 4
SHOWN = 5
"""References seen at once; more are folded away."""

_HEAD = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; style-src 'unsafe-inline'">
<title>{title}</title>
<style>
:root {{ color-scheme: light dark; font: 15px/1.45 system-ui, sans-serif; }}
body {{ max-width: 76rem; margin: 2rem auto; padding: 0 1rem; }}
table {{ border-collapse: collapse; }}
th, td {{ padding: .35rem .7rem; text-align: left; vertical-align: top; border-bottom: 1px solid #8884; }}
td.number {{ text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }}
img {{ width: 6rem; height: 6rem; margin-right: 2px; }}
.said {{ font-weight: 600; }}
.labels, .id, small {{ opacity: .75; }}
ul {{ margin: .3rem 0 0; padding-left: 1.1rem; }}
</style>
</head>
<body>
<h1>{title}</h1>
"""
_TABLE = """<h2>Items</h2>
<p><small>In the manifest's order. Frames are as the model sees them: stretched to a square.</small></p>
<table>
<thead><tr><th>Frames</th><th>Caption and references</th><th>CIDEr</th><th>Confidence</th></tr></thead>
<tbody>
"""


def write_page(path: str | Path, evaluation: Evaluation, title: str) -> None:
    """Write the page, item by item; OutputError where that fails. The pictures are read again from their files."""
    write_text(path, page_pieces(evaluation, title))


def page_pieces(evaluation: Evaluation, title: str) -> Iterator[str]:
    """Yield the page in pieces: its head, the scores, a row for each item, its end."""
    yield _HEAD.format(title=_safe(title))
    yield "<table><tbody>\n"
    for name, value in summary_rows(evaluation):
        yield f'<tr><th>{_safe(name)}</th><td class="number">{_safe(value)}</td></tr>\n'
    yield "</tbody></table>\n" + _TABLE
    for result, item in zip(evaluation.results, evaluation.items, strict=True):
        yield _row(result, _images(item))
    yield "</tbody></table>\n</body>\n</html>\n"


def _row(result: Result, images: str) -> str:
    references = _listed(result.references[:SHOWN])
    if len(result.references) > SHOWN:
        rest = result.references[SHOWN:]
        references += f"<details><summary>{len(rest)} more</summary>{_listed(rest)}</details>"
    labels = ", ".join(f"{label.name} {label.probability:.0%}" for label in result.labels)
    return (
        f"<tr><td>{images}</td>"
        f'<td><div class="said">{_safe(result.hypothesis) or "(nothing)"}</div>'
        f'<div class="id">{_safe(result.id)}</div><div class="labels">{_safe(labels)}</div>'
        f"{references}</td>"
        f'<td class="number">{result.cider:.1f}</td><td class="number">{result.confidence:.0%}</td></tr>\n'
    )


def _listed(references: Sequence[str]) -> str:
    return "<ul>" + "".join(f"<li>{_safe(reference)}</li>" for reference in references) + "</ul>"


def _images(item: Item) -> str:
    """Some frames of an item, or the reason why there are none (the file may have gone since)."""
    from vidcap.sources.jpeg import jpeg_bytes

    try:
        clip = clip_of_item(item, THUMBNAIL_PX, FRAMES)
    except SourceError as error:
        return _safe(error.reason)
    return "".join(
        f'<img alt="at {float(time_s):.1f} s" src="data:image/jpeg;base64,{b64encode(jpeg_bytes(pixels)).decode()}">'
        for time_s, pixels in zip(clip.times_s, clip.pictures, strict=True)
    )


def _safe(text: str) -> str:
    return escape(one_line(text))
