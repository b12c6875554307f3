"""``vidcap calibrate MODEL MANIFEST...``: measure how far a model can be believed, and keep it in the model."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import log_to_stderr
from vidcap.errors import OutputError
from vidcap.evaluation.calibration_config import CalibrateConfig
from vidcap.manifests import read_manifest, select_split
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.text import one_line

HELP = """Measure how far a model's confidence can be believed, and keep what was found in the model.

MODEL is a checkpoint made by vidcap train, or "default". Each MANIFEST has pictures or clips with three captions or
more that the model was not trained on. Afterwards the model's confidence is the chance that a sentence is right, words
that are not seen are said less, and where no sentence is sure only what is surely seen is named. Weights stay.

\b
  vidcap calibrate model.safetensors flickr8k/captions.jsonl --split dev
"""


@click.command("calibrate", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("model")
@click.argument("manifests", nargs=-1, required=True, metavar="MANIFEST...")
@click.option("--split", metavar="NAME", help="Only items of this split, where a manifest has splits. [default: dev]")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="Where the model is written. [default: in place]")
@click.option("--dry-run", is_flag=True, help="Measure and tell, write nothing.")
@config_options(CalibrateConfig, ["items", "max_frames"])
@config_options(SearchConfig, ["beam"])
@config_options(DescriberConfig, ["grounding"])
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors, and the line of JSON.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(
    context: click.Context,
    /,
    model: str,
    manifests: tuple[str, ...],
    split: str | None,
    out: Path | None,
    dry_run: bool,
    quiet: bool,
    verbose: int,
    **options: Any,
) -> None:
    """Read, measure, write, and tell on standard output as JSON what was found."""
    from vidcap.evaluation.calibrate import calibrate
    from vidcap.model.checkpoint import load_checkpoint, with_calibration
    from vidcap.model.header import DEFAULT

    log_to_stderr(context, verbose=verbose, is_quiet=quiet)
    source = DEFAULT if model == "default" else Path(model)
    target = out or source
    if not dry_run and not target.absolute().parent.is_dir():
        raise OutputError(str(target), "its folder does not exist")
    items = [item for name in manifests for item in _items(name, split)]
    try:
        measured = CalibrateConfig(**given({name: options[name] for name in ("items", "max_frames")}))
        search = SearchConfig(**given({"beam": options["beam"]}))
        config = DescriberConfig(search=search, **given({"grounding": options["grounding"]}))
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error
    found = calibrate(load_checkpoint(source), items, measured, config, _told if not quiet else _silent)
    if not dry_run:
        with_calibration(source, found, target)
    click.echo(json.dumps(dict(found.facts) | {"weights": found.weights}))


def _items(name: str, split: str | None) -> list[Any]:
    """Return the items of a manifest: of the split asked for; else of "dev" where it has one, else all."""
    items = read_manifest(name)
    if split is None and any(item.split == "dev" for item in items):
        split = "dev"
    return select_split(items, split, name)


def _silent(stage: str, done: int, total: int) -> None:
    """Say nothing."""


def _told(stage: str, done: int, total: int) -> None:
    if done == total or done % 160 == 0:
        click.echo(f"{stage}: {done} of {total}", err=True)
