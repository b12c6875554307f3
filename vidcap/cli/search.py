"""``vidcap search LIBRARY WORDS...``: find moments by what is seen."""

from __future__ import annotations

import json
import os
import webbrowser
from dataclasses import asdict
from typing import Any

import click

from vidcap.cli.terminal import harmless, say
from vidcap.library import Hit, Library
from vidcap.timeline import clock

HELP = """Find moments in a library of films by what is seen.

All WORDS must occur; then come moments with some of them. Forms of a word are found by each other (dog, dogs).

\b
  vidcap film.mp4 -o film.html --index lib.db   fill a library while captioning
  vidcap search lib.db dog on a beach           both words
  vidcap search lib.db '"red car" -road'        a phrase, and not that word
  vidcap search lib.db 'surf*' --open           whatever begins so; see it in the report
"""


@click.command(
    "search", help=HELP, context_settings={"help_option_names": ["-h", "--help"], "ignore_unknown_options": True}
)
@click.argument("library", metavar="LIBRARY")
@click.argument("words", nargs=-1, required=True, metavar="WORDS...")
@click.option("--limit", type=click.IntRange(1, 100_000), default=20, show_default=True, help="Most moments shown.")
@click.option("--film", default="", metavar="TEXT", help="Only films with this in their path or title.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each moment.")
@click.option("--open", "is_opened", is_flag=True, help="Open the best moment in the film's report.")
@click.pass_context
def command(
    context: click.Context,
    /,
    library: str,
    words: tuple[str, ...],
    limit: int,
    film: str,
    as_json: bool,
    is_opened: bool,
) -> None:
    """Search; exit code 1 where nothing is found."""
    with Library(library, must_exist=True) as opened:
        hits = opened.search(" ".join(words), limit=limit, film=film)
    for hit in hits:
        click.echo(json.dumps(record(hit), ensure_ascii=False) if as_json else row(hit))
    if not hits:
        say("nothing was found")
        context.exit(1)
    if is_opened:
        context.exit(show(hits))


def show(hits: list[Hit]) -> int:
    """Open the first moment that has a report that is still there; return the exit code."""
    best = next((hit for hit in hits if hit.report and os.path.isfile(hit.report)), None)
    if best is None:
        say("no report of these films is known: vidcap FILM -o FILM.html --index LIBRARY makes one")
        return 1
    if not webbrowser.open(best.moment):
        say(f"no browser could be opened; the moment is {best.moment}")
        return 1
    return 0


def row(hit: Hit) -> str:
    """Return a moment as a line: when, where, what."""
    sure = "" if hit.seen.confidence is None else f"{hit.seen.confidence:4.0%}"
    start = clock(max(0, hit.seen.start_ms))
    return f"{start}  {sure:>4}  {harmless(hit.film)}  {harmless(hit.seen.text)}"


def record(hit: Hit) -> dict[str, Any]:
    """Return a moment as a JSON object."""
    return {
        "film": hit.film,
        "title": hit.title,
        **asdict(hit.seen),
        "report": hit.report,
        "moment": hit.moment,
        "score": round(hit.score, 4),
    }
