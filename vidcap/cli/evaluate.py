"""``vidcap evaluate MANIFEST``: score a captioner on pictures and clips with reference captions."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from vidcap.captioner import Captioner, Describer
from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import harmless, is_terminal, log_to_stderr
from vidcap.errors import ManifestError, OutputError
from vidcap.evaluation import (
    Comparison,
    Evaluation,
    EvaluationConfig,
    Result,
    compare_results,
    evaluate_items,
    read_results,
    write_results,
)
from vidcap.evaluation.page import write_page
from vidcap.evaluation.run import Progress, unheard
from vidcap.evaluation.scores import rounded
from vidcap.evaluation.summary import comparison_sentence, summary_rows
from vidcap.manifests import read_manifest, select_split
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.text import one_line

HELP = """Score a captioner on pictures and clips with reference captions.

MANIFEST is JSON Lines of {"image" or "video": path, "captions": [...], "split": name}, paths relative to it, or the
captions JSON of COCO. Each video is described as one clip. A table goes to standard error, one line of JSON to
standard output. Treebank tokens and METEOR need Java and pip install 'vidcap[eval]'; without them the table says
what is missing.

\b
  vidcap evaluate flickr8k/captions.jsonl --split test --results mine.jsonl
  vidcap evaluate clips.jsonl --model run/best.safetensors --compare mine.jsonl --html clips.html
"""


@click.command("evaluate", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("manifest")
@click.option("--split", metavar="NAME", help="Only items of this split. [default: all]")
@click.option("--image-root", metavar="FOLDER", help="Where paths start. [default: beside the manifest]")
@click.option("--model", metavar="FILE", help="A checkpoint made by vidcap train, instead of the packaged one.")
@click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps. [default: auto]")
@config_options(SearchConfig, ["beam"])
@config_options(DescriberConfig, ["style", "fallback", "floor", "grounding", "frames"])
@config_options(EvaluationConfig, ["max_frames", "batch", "java"])
@click.option("--results", metavar="FILE", help="Write what was said of each item, as JSON Lines.")
@click.option("--html", metavar="FILE", help="Write a page of all items with frames, caption and references.")
@click.option("--compare", metavar="FILE", help="Results of another captioner: a paired test of the two.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
@click.option("--json", "as_json", is_flag=True, help="No table, only the line of JSON.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors, and the line of JSON.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(
    context: click.Context,
    /,
    manifest: str,
    split: str | None,
    image_root: str | None,
    quiet: bool,
    verbose: int,
    **options: Any,
) -> None:
    """Check what can be checked at once, describe and score, then write and show."""
    log_to_stderr(context, verbose=verbose, is_quiet=quiet)
    results, html, compare, overwrite, as_json = (
        options.pop(name) for name in ("results", "html", "compare", "overwrite", "as_json")
    )
    items = select_split(read_manifest(manifest, image_root), split, manifest)
    other = read_results(compare) if compare else None
    for path in filter(None, (results, html)):
        _check_output(Path(path), overwrite=overwrite)
    config = _config(options)
    describer = context.obj or _describer(options)
    with _progress(len(items), is_shown=not quiet and is_terminal()) as progress:
        evaluation = evaluate_items(describer, items, config, progress)
    if results:
        write_results(results, evaluation.results)
    if html:
        write_page(html, evaluation, f"{manifest}, {split}" if split else manifest)
    comparison = _compared(evaluation, other, compare, config) if other else None
    if not (as_json or quiet):
        _show(evaluation)
        if comparison:
            click.echo(harmless(comparison_sentence(comparison, compare)), err=True)
    asked = {"manifest": manifest, "split": split, "model": options["model"] or "packaged"}
    compared = {"comparison": comparison.to_dict()} if comparison else {}
    click.echo(json.dumps(rounded(asked | evaluation.to_dict() | compared), ensure_ascii=False))


def _check_output(path: Path, *, overwrite: bool) -> None:
    """Fail before the work, not after it."""
    if not path.absolute().parent.is_dir():
        raise OutputError(str(path), "its folder does not exist")
    if path.exists() and not overwrite:
        raise OutputError(str(path), "is there already (--overwrite replaces it)")


def _config(options: dict[str, Any]) -> EvaluationConfig:
    """Take the options of EvaluationConfig out of ``options``."""
    try:
        return EvaluationConfig(**given({name: options.pop(name) for name in ("max_frames", "batch", "java")}))
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def _describer(options: dict[str, Any]) -> Describer:
    search = given({name: options[name] for name in ("beam", "style", "fallback", "floor", "grounding", "frames")})
    try:
        return Captioner.load(options["model"], options["device"], **search).describer
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def _compared(evaluation: Evaluation, other: list[Result], name: str, config: EvaluationConfig) -> Comparison:
    try:
        return compare_results(evaluation.results, other, java=config.java)
    except ValueError as error:
        raise ManifestError(name, f"can't be compared: {error}") from error


@contextmanager
def _progress(num_items: int, *, is_shown: bool) -> Iterator[Progress]:
    """A bar that moves with each item."""
    if not is_shown:
        yield unheard
        return
    from rich.console import Console
    from rich.progress import MofNCompleteColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns = (*Bar.get_default_columns()[:2], MofNCompleteColumn(), TimeRemainingColumn(compact=True))
    with Bar(*columns, console=Console(stderr=True), transient=True, redirect_stdout=False) as bar:
        task = bar.add_task("items", total=num_items)
        yield lambda _id: bar.advance(task)


def _show(evaluation: Evaluation) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    table = Table(show_header=False)
    for name, value in summary_rows(evaluation):
        table.add_row(Text(name), Text(one_line(value)))
    Console(stderr=True, highlight=False).print(table)
