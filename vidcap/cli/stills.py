"""Pictures: their alt text as a table, and into their metadata."""

from __future__ import annotations

import math
import mimetypes
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click

from vidcap.alttext import AltText, exiftool, sidecar_of, table_text, write_alt_text
from vidcap.captioner import Captioner
from vidcap.cli.terminal import harmless, say
from vidcap.cues.words import sentence
from vidcap.errors import CheckpointError, OutputError, SourceUnsupported, VidcapError
from vidcap.formats.output import partial_path, same_file, write_whole
from vidcap.urls import scheme_of

TABLES = {".csv": "csv", ".json": "json"}


@dataclass(frozen=True, slots=True)
class StillOptions:
    """What is wanted for pictures."""

    tables: tuple[str, ...] = ()
    """Paths of CSV and JSON files."""
    alt_text: bool = False
    in_place: bool = False
    overwrite: bool = False


def still_options(inputs: Sequence[str], given: dict[str, Any]) -> StillOptions | None:
    """Return what is wanted for pictures, None where this is about tracks; UsageError for what doesn't fit.

    It is about pictures where ``--alt-text`` is given, or pictures alone are to go into CSV or JSON. Takes the
    options that are its own out of ``given``.
    """
    alt_text, in_place = given.pop("alt_text"), given.pop("in_place")
    if in_place and not alt_text:
        raise click.UsageError("--in-place is for --alt-text")
    outputs = given["outputs"]
    are_tables = bool(outputs) and all(Path(output).suffix.lower() in TABLES for output in outputs)
    is_plain = given["format_name"] is None and not given["as_json"]
    if not alt_text and not (are_tables and is_plain and all(map(is_picture_name, inputs))):
        return None
    options = StillOptions(tuple(outputs), alt_text, in_place, given["overwrite"])
    check_stills(inputs, options)
    return options


def is_picture_name(name: str) -> bool:
    """Tell by its name whether an input is a picture."""
    kind = mimetypes.guess_type(name)[0] or ""
    return kind.startswith("image/") and kind != "image/gif"


def check_stills(inputs: Sequence[str], options: StillOptions) -> None:
    """Raise UsageError or OutputError before any picture is read."""
    for table in options.tables:
        if Path(table).suffix.lower() not in TABLES:
            raise click.UsageError(f"alt text goes to .csv or .json: not {harmless(table)}")
        if Path(table).exists() and not options.overwrite:
            raise OutputError(table, "exists already (overwriting was not asked for)")
        if not Path(table).absolute().parent.is_dir():
            raise OutputError(table, "its folder does not exist")
        if any(same_file(table, name) for name in inputs):
            raise click.UsageError(f"{harmless(table)} is an input: it would be written over")
    if options.alt_text:
        exiftool()
        sidecars = [sidecar_of(name) for name in inputs]
        if not options.in_place and len(set(sidecars)) < len(sidecars):
            raise click.UsageError("two pictures would share one sidecar: give one of them another name")


def run_stills(inputs: Sequence[str], captioner: Captioner, options: StillOptions) -> int:
    """Describe each picture and return the exit code: 1 if any failed, which is told in one line and passed over."""
    code, rows = 0, list[AltText]()
    try:
        for name in inputs:
            try:
                rows.append(described(name, captioner))
                told(rows[-1], options)
            except CheckpointError:
                raise
            except VidcapError as error:
                say(str(error))
                code = 1
    except BaseException:
        for table in options.tables if rows else ():
            place = partial_path(Path(table))
            write_whole(place, written(rows, table), overwrite=True)
            say(f"{place}: the {len(rows)} pictures so far are kept here")
        raise
    for table in options.tables:
        write_whole(table, written(rows, table), overwrite=options.overwrite)
    return code


def written(rows: Sequence[AltText], table: str) -> bytes:
    """Return the content of a table."""
    return table_text(rows, TABLES[Path(table).suffix.lower()]).encode()


def described(name: str, captioner: Captioner) -> AltText:
    """Return the alt text of one picture; SourceError where it can't be read."""
    with captioner.open(name) as film:
        if not film.info.is_still:
            raise SourceUnsupported(name, "is a film: alt text is for pictures")
        caption = next(film.captions(), None)
    if caption is None:
        return AltText(name, "", 0.0, note="nothing in it could be looked at")
    text = sentence(caption.text)
    sure = caption.confidence if math.isfinite(caption.confidence) else 0.0
    least = captioner.config.cues.min_confidence
    if not text or sure < least:
        note = f"not sure enough: {sure:.0%}, at least {least:.0%} was asked for" if text else "nothing could be said"
        return AltText(name, "", sure, caption.labels, note)
    return AltText(name, text, sure, caption.labels)


def told(row: AltText, options: StillOptions) -> None:
    """Write one alt text where it is wanted, and say what was left empty."""
    if row.note:
        say(f"{row.picture}: left empty, {row.note}")
    elif options.alt_text:
        if scheme_of(row.picture) is not None or row.picture == "-":
            raise OutputError(row.picture, "alt text can only be written to a file")
        write_alt_text(row.picture, row.text, in_place=options.in_place, overwrite=options.overwrite)
    if not options.tables:
        click.echo(f"{harmless(row.picture)}: {row.text}")
