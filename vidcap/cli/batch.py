"""``vidcap batch INPUT... --out DIR``: caption many films."""

from __future__ import annotations

import os
from collections import Counter
from functools import partial
from pathlib import Path
from typing import Any

import click

from vidcap.batch import Batch, BatchConfig, Engine, LocalEngine, Recipe, Report, plan_batch
from vidcap.captioner import CaptionConfig, FlowConfig
from vidcap.cli.crowd import shown_batch
from vidcap.cli.devices import DEVICES, device_names
from vidcap.cli.groups import describing_options, track_options
from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import log_to_stderr, say
from vidcap.errors import VidcapError
from vidcap.formats import FORMATS
from vidcap.sources import SourceConfig
from vidcap.text import one_line

HELP = """Caption many films, and write their tracks into a folder.

INPUT is a file, a folder (with all below it), a pattern in quotes, @list.txt with an input on each line, or an
address: http(s), and with the extra "remote" what fsspec knows (s3://, gs://, sftp:// ...).

What became of each film is told in DIR/report.jsonl. Films that are whole there are skipped: done from the same file
with the same options, and the tracks still there. So the same command again goes on where the last one ended.

\b
  vidcap batch films/ --out tracks --formats srt,vtt
  vidcap batch 'films/**/*.mkv' @more.txt --out tracks --devices cuda:0,cuda:1
  vidcap batch films/ --out tracks --engine ray --workers 10 --split 10:00
"""


class Names(click.ParamType):  # type: ignore[type-arg]
    """Names of formats, separated by commas."""

    name = "names"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names, or fail with those that there are."""
        names = tuple(dict.fromkeys(part.strip() for part in str(value).split(",") if part.strip()))
        wrong = [name for name in names if name not in FORMATS]
        if wrong or not names:
            self.fail(f"there is no format {', '.join(wrong) or value!r}; there are {', '.join(FORMATS)}", param, ctx)
        return names


@click.command("batch", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("--out", "folder", required=True, metavar="DIR", help="Where the tracks and the report go.")
@click.option("--formats", type=Names(), default="srt", metavar="NAMES", help="srt,vtt,jsonl ... [default: srt]")
@click.option(
    "--engine", type=click.Choice(["local", "ray"]), default="local", help="Processes here, or a Ray cluster."
)
@click.option(
    "--devices", type=DEVICES, metavar="NAMES", help="One worker for each: cpu,cuda:0,cuda:1. [default: auto]"
)
@click.option("--workers", type=click.IntRange(1), metavar="N", help="Number of workers, over the devices in turn.")
@click.option("--ray-address", metavar="ADDRESS", help="Of a running cluster. [default: the one here, or a new one]")
@config_options(BatchConfig, ["split_s"])
@click.option("--again", is_flag=True, help="Do again what is whole.")
@click.option("--overwrite", is_flag=True, help="Replace tracks that are there and not from this batch.")
@config_options(SourceConfig, ["start_s", "end_s"])
@click.option("--model", metavar="FILE", help="A checkpoint made by vidcap train, instead of the packaged one.")
@describing_options
@config_options(FlowConfig, ["batch"])
@track_options
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(context: click.Context, /, inputs: tuple[str, ...], folder: str, **options: Any) -> None:
    """Caption what is not whole yet; a bad film does not stop the others."""
    is_quiet = options.pop("quiet")
    log_to_stderr(context, verbose=options.pop("verbose"), is_quiet=is_quiet)
    names = ("engine", "devices", "workers", "ray_address")
    make_engine = engine_maker(*(options.pop(name) for name in names), is_custom=context.obj is not None)
    settings = _settings(options)
    model = options.pop("model")
    recipe = Recipe(os.path.abspath(model) if model else None, given(options), context.obj)
    try:
        CaptionConfig().with_options(**recipe.options)
        with Report(Path(folder)) as report:
            batch = plan_batch(inputs, report, settings, recipe)
            context.exit(_run(batch, make_engine, is_quiet=is_quiet))
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def _settings(options: dict[str, Any]) -> BatchConfig:
    """Take the batch's own options out of ``options``."""
    chosen = {name: options.pop(name) for name in ("formats", "split_s", "again", "overwrite")}
    try:
        return BatchConfig(**given(chosen))
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def engine_maker(
    engine: str, devices: tuple[str, ...] | None, workers: int | None, address: str | None, *, is_custom: bool
) -> Any:
    """Return what makes the engine that the options ask for."""
    if engine == "ray":
        from vidcap.batch.cluster import RayEngine

        return partial(RayEngine, address=address, workers=workers, devices=devices)
    if address is not None:
        raise click.UsageError("--ray-address goes with --engine ray")

    def local(recipe: Recipe) -> Engine:
        return LocalEngine(recipe, device_names(devices, workers, is_custom=is_custom))

    return local


def _run(batch: Batch, make_engine: Any, *, is_quiet: bool) -> int:
    """Run a batch and return the exit code: 1 if any input failed."""
    told = Counter[str]()
    try:
        with shown_batch(len(batch.jobs), is_quiet=is_quiet) as watcher:
            for entry in batch.run(make_engine, watcher):
                told[entry.status] += 1
                for warning in entry.warnings:
                    watcher.say(f"warning: {entry.input}: {warning}")
                if entry.status == "failed":
                    say(entry.error)
    except VidcapError:
        raise
    finally:
        if not is_quiet:
            left = len(batch.jobs) + len(batch.unusable) - told.total()
            ending = f", {left} not done: the same command goes on there" if left else ""
            say(f"{told['done']} done, {len(batch.skipped)} whole already, {told['failed']} failed{ending}")
    return 1 if told["failed"] else 0
