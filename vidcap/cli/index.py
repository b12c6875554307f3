"""``vidcap index TRACK... --into LIBRARY``: put tracks into a library, list it, forget films."""

from __future__ import annotations

import json

import click

from vidcap.cli.terminal import harmless, say
from vidcap.errors import SourceError
from vidcap.library import Library, seen_in_track
from vidcap.library.tracks import film_of_track, report_of_track

HELP = """Put tracks that are there already into a library, list it, forget films.

TRACK is JSON Lines, SubRip, WebVTT, ASS or TTML. The film is the one beside it of the same name, unless --film
names it. What the library knew of a film is replaced.

\b
  vidcap index tracks/*.jsonl --into lib.db
  vidcap index --into lib.db --prune            forget films whose files are gone
  vidcap index --into lib.db --list
"""


@click.command("index", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("tracks", nargs=-1, metavar="[TRACK]...")
@click.option("--into", "library", required=True, metavar="LIBRARY", help="The library; made where it is not there.")
@click.option("--film", metavar="PATH", help="The film of the one track given.")
@click.option("--remove", "removed", multiple=True, metavar="FILM", help="Forget this film.")
@click.option("--prune", "is_pruned", is_flag=True, help="Forget films whose files are gone.")
@click.option("--list", "is_listed", is_flag=True, help="List the films.")
@click.option("--json", "as_json", is_flag=True, help="List as JSON Lines.")
@click.pass_context
def command(
    context: click.Context,
    /,
    tracks: tuple[str, ...],
    library: str,
    film: str | None,
    removed: tuple[str, ...],
    is_pruned: bool,
    is_listed: bool,
    as_json: bool,
) -> None:
    """Do what was asked, in this order: add, remove, prune, list."""
    if film is not None and len(tracks) != 1:
        raise click.UsageError("--film is for one track")
    if not (tracks or removed or is_pruned or is_listed):
        raise click.UsageError("nothing to do: give tracks, --remove, --prune or --list")
    with Library(library, must_exist=not tracks) as opened:
        code = max([add(opened, track, film) for track in tracks], default=0)
        for name in removed:
            if not opened.remove(name):
                say(f"{name}: the library does not know it")
                code = 1
        for path in opened.prune() if is_pruned else ():
            say(f"{path}: forgotten, its file is gone")
        if is_listed:
            listed(opened, as_json=as_json)
    context.exit(code)


def add(library: Library, track: str, film: str | None) -> int:
    """Put one track in; a bad one is told in one line and passed over. Return the exit code."""
    try:
        with library.film(film or film_of_track(track), report=report_of_track(track)) as entries:
            for seen in seen_in_track(track):
                entries.add(seen)
    except SourceError as error:
        say(str(error))
        return 1
    return 0


def listed(library: Library, *, as_json: bool) -> None:
    """Show the films."""
    for entry in library.films():
        record = {"film": entry.film, "title": entry.title, "report": entry.report, "count": entry.count}
        line = f"{entry.count:6}  {harmless(entry.film)}"
        click.echo(json.dumps(record, ensure_ascii=False) if as_json else line)
