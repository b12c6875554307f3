"""Which tracks are written for which input: what ``-o``, ``--format`` and ``--json`` mean together.

* no ``-o``: one input goes to standard output; of several, each track is put beside its input.
* ``-o FILE``, ``-o -``: for one input; may be given several times, for several formats.
* ``-o FILM.mkv`` (.webm, .mp4 ...): a copy of the film with the track in it.
* ``-o FOLDER`` (there already, or ending in ``/``): for any number of inputs, ``FOLDER/NAME.srt``.
* ``--json``: JSON Lines on standard output, beside whatever ``-o`` says.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

import click

from vidcap.cli.terminal import harmless
from vidcap.errors import OutputError
from vidcap.formats import DEFAULT_FORMAT, FORMATS, Format, format_for
from vidcap.formats.output import is_special, same_file
from vidcap.mux import container_for
from vidcap.urls import scheme_of


@dataclass(frozen=True, slots=True)
class Target:
    """One track to be written; ``path`` None is standard output."""

    path: Path | None
    format: Format
    is_film: bool = False
    """A copy of the film with the track in it, whatever the format."""


@dataclass(frozen=True, slots=True)
class Job:
    """An input with its tracks."""

    source: str
    targets: tuple[Target, ...]
    is_plain: bool
    """The user chose neither a place nor a format: a picture is answered with a sentence."""


def plan(inputs: Sequence[str], outputs: Sequence[str], format_name: str | None, *, as_json: bool) -> list[Job]:
    """Return a job for each input; UsageError where the options don't fit together."""
    is_plain = not outputs and format_name is None and not as_json
    if inputs.count("-") > 1:
        raise click.UsageError("standard input can be read only once")
    try:
        planned = [_targets(source, inputs, outputs, format_name, as_json=as_json) for source in inputs]
    except OutputError as error:
        raise click.UsageError(str(error)) from error
    _refuse_clashes(inputs, planned)
    return [Job(source, targets, is_plain) for source, targets in zip(inputs, planned, strict=True)]


def _targets(
    source: str, inputs: Sequence[str], outputs: Sequence[str], format_name: str | None, *, as_json: bool
) -> tuple[Target, ...]:
    """Return what is written for one input."""
    chosen = [_chosen(source, output, format_name, is_alone=len(inputs) == 1) for output in outputs]
    if as_json:
        chosen.append(Target(None, FORMATS["jsonl"]))
    if chosen:
        return tuple(chosen)
    kind = FORMATS[DEFAULT_FORMAT] if format_name is None else format_for("-", format_name)
    return (Target(None if len(inputs) == 1 or source == "-" else beside(source, kind), kind),)


def _chosen(source: str, output: str, format_name: str | None, *, is_alone: bool) -> Target:
    """Return what one ``-o`` means for one input."""
    if output == "-":
        return Target(None, format_for("-", format_name))
    if is_special(output):
        return Target(Path(output), format_for("-", format_name))
    if output.endswith(("/", os.sep)) or os.path.isdir(output):
        kind = format_for("-", format_name)
        return Target(Path(output) / f"{stem(source)}{kind.suffixes[0]}", kind)
    if not is_alone:
        raise click.UsageError(f"several inputs need a folder: -o {harmless(output)}/")
    if format_name is None and container_for(output) is not None:
        return _film(source, Path(output))
    return Target(Path(output), format_for(output, format_name))


def _film(source: str, output: Path) -> Target:
    if source == "-":
        raise click.UsageError(f"{harmless(str(output))}: a film from standard input can't be read a second time")
    return Target(output, FORMATS[DEFAULT_FORMAT], is_film=True)


def beside(source: str, kind: Format) -> Path:
    """Return ``film.srt`` for ``film.mp4``, in its folder; for a URL, in the current one."""
    name = f"{stem(source)}{kind.suffixes[0]}"
    return Path(name) if scheme_of(source) else Path(source).with_name(name)


def stem(source: str) -> str:
    """Return the name of an input without folders and suffix."""
    path = unquote(urlsplit(source).path) if scheme_of(source) else source
    return "stdin" if path == "-" else PurePosixPath(path).stem or "video"


def _refuse_clashes(inputs: Sequence[str], planned: Sequence[Sequence[Target]]) -> None:
    """Raise UsageError where tracks would lie over one another, over an input, or mix in standard output."""
    paths = Counter(target.path for targets in planned for target in targets if target.path is not None)
    for path, times in paths.items():
        if times > 1:
            raise click.UsageError(f"{times} tracks would be written to {harmless(str(path))}")
        if any(same_file(path, source) for source in inputs if source != "-"):
            raise click.UsageError(f"{harmless(str(path))} is an input: it would be written over")
    if any(sum(target.path is None for target in targets) > 1 for targets in planned):
        raise click.UsageError("only one track can go to standard output (is --json given with -o -?)")
    shown = [target for targets in planned for target in targets if target.path is None]
    if len(shown) > 1 and any(target.format.name != "jsonl" for target in shown):
        raise click.UsageError("tracks of several inputs can't share standard output, unless as JSON Lines")
