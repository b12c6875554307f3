"""``vidcap compare FIRST SECOND``: whether one captioner's results are better than another's, by a paired test."""

from __future__ import annotations

import json
from typing import Any

import click

from vidcap.cli.options import config_options
from vidcap.cli.terminal import harmless
from vidcap.errors import ManifestError
from vidcap.evaluation import EvaluationConfig, compare_results, read_results
from vidcap.evaluation.scores import rounded
from vidcap.evaluation.summary import comparison_sentence

HELP = """Tell whether FIRST is better than SECOND: results that vidcap evaluate --results wrote, of the same items.

CIDEr is computed anew over the items that both hold, and the difference tested by paired bootstrap. A sentence goes to
standard error, one line of JSON to standard output.

\b
  vidcap evaluate clips.jsonl --model old.safetensors --results old.jsonl
  vidcap evaluate clips.jsonl --model new.safetensors --results new.jsonl
  vidcap compare new.jsonl old.jsonl
"""


@click.command("compare", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("first")
@click.argument("second")
@config_options(EvaluationConfig, ["java"])
@click.option("-q", "--quiet", is_flag=True, help="Print only the line of JSON.")
def command(first: str, second: str, quiet: bool, java: bool | None, **_: Any) -> None:
    """Read both, compare, tell."""
    results = read_results(first), read_results(second)
    try:
        comparison = compare_results(*results, java=java)
    except ValueError as error:
        raise ManifestError(second, f"can't be compared: {error}") from error
    if not quiet:
        click.echo(harmless(comparison_sentence(comparison, second)), err=True)
    click.echo(json.dumps(rounded({"first": first, "second": second} | comparison.to_dict()), ensure_ascii=False))
