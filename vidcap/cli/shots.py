"""``vidcap shots INPUT``: list the shots of a video."""

from __future__ import annotations

import csv
import json
import sys
from collections.abc import Callable, Iterator
from itertools import chain, islice
from typing import Any, TextIO

import click

import vidcap
from vidcap.cli.options import LIMITS, config_options, given
from vidcap.cli.terminal import log_to_stderr
from vidcap.shots import ShotConfig
from vidcap.sources import SourceConfig
from vidcap.text import one_line
from vidcap.timeline import clock, to_ms
from vidcap.types import Shot

COLUMNS = ("shot", "start", "end", "start_s", "end_s", "start_frame", "end_frame", "kind")


@click.command("shots", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", metavar="INPUT")
@click.option("--csv", "show", flag_value="csv", help="Comma-separated values.")
@click.option("--json", "show", flag_value="json", help="JSON Lines.")
@config_options(SourceConfig, ["start_s", "end_s", "threads", "scan", "hwaccel"])
@config_options(ShotConfig, ["min_shot_s", "sensitivity", "dissolves"])
@config_options(SourceConfig, LIMITS)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(
    context: click.Context, /, source: str, show: str | None, quiet: bool, verbose: int, **options: Any
) -> None:
    """List the shots of a video, each as soon as its end is certain.

    Times are of the first frame of a shot and of the first frame after it. A shot begins by a cut, a fade or a
    dissolve; the first one by the start of the film.
    """
    log_to_stderr(context, verbose=verbose, is_quiet=quiet)
    try:
        found = vidcap.find_shots(source, **given(options))
        first = list(islice(found, 1))  # a bad input is told before anything is shown
        SHOWN[show or "table"](chain(first, found), sys.stdout)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def record(shot: Shot) -> dict[str, Any]:
    """Return what is told of a shot, by column; times in milliseconds' precision."""
    return {
        "shot": shot.index,
        "start": clock(max(0, to_ms(shot.start_s))),
        "end": clock(max(0, to_ms(shot.end_s))),
        "start_s": f"{float(shot.start_s):.6f}",
        "end_s": f"{float(shot.end_s):.6f}",
        "start_frame": shot.start_frame,
        "end_frame": shot.end_frame,
        "kind": shot.kind,
    }


def _table(shots: Iterator[Shot], out: TextIO) -> None:
    row = "{shot:>5}  {start:>12}  {end:>12}  {start_frame:>8}  {end_frame:>8}  {kind}\n"
    out.write(row.format_map({name: name.replace("_", " ") for name in COLUMNS}).replace("start frame", "frames  "))
    for shot in shots:
        out.write(row.format_map(record(shot)))
        out.flush()


def _csv(shots: Iterator[Shot], out: TextIO) -> None:
    writer = csv.DictWriter(out, COLUMNS, lineterminator="\n")
    writer.writeheader()
    for shot in shots:
        writer.writerow(record(shot))
        out.flush()


def _json(shots: Iterator[Shot], out: TextIO) -> None:
    for shot in shots:
        exact = {"start": str(shot.start_s), "end": str(shot.end_s)}
        out.write(
            json.dumps(record(shot) | exact | {"start_s": float(shot.start_s), "end_s": float(shot.end_s)}) + "\n"
        )
        out.flush()


SHOWN: dict[str, Callable[[Iterator[Shot], TextIO], None]] = {"table": _table, "csv": _csv, "json": _json}
