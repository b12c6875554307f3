"""``vidcap suggest VIDEOS...``: the clips that are most worth captioning by hand, as a manifest."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import click

from vidcap.captioner import CaptionConfig
from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import harmless, log_to_stderr
from vidcap.errors import OutputError, SourceUnsupported
from vidcap.evaluation.results import write_text
from vidcap.sampling import SamplingConfig
from vidcap.text import one_line

HELP = """List the clips of VIDEOS that the model is least sure of and least like one another, to caption by hand.

A manifest is written: JSON Lines with the video, where the clip starts and ends, the model's guess and its confidence,
and an empty list of captions to fill in. vidcap train then learns from it:

\b
  vidcap suggest films/*.mp4 --n 50 -o mine.jsonl
  (write captions into mine.jsonl)
  vidcap train mine.jsonl --init default -o mine.safetensors
"""


@click.command("suggest", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("videos", nargs=-1, required=True)
@click.option("--n", "count", type=click.IntRange(1), default=50, help="How many clips. [default: 50]")
@click.option("-o", "--out", type=click.Path(path_type=Path), help="The manifest. [default: standard output]")
@click.option("--overwrite", is_flag=True, help="Replace a manifest that is there already.")
@click.option("--model", metavar="FILE", help="A checkpoint made by vidcap train, instead of the packaged one.")
@click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps. [default: auto]")
@config_options(SamplingConfig, ["sample_fps", "max_frames", "clip_s"])
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(
    context: click.Context,
    /,
    videos: tuple[str, ...],
    count: int,
    out: Path | None,
    overwrite: bool,
    model: str | None,
    device: str,
    quiet: bool,
    verbose: int,
    **options: Any,
) -> None:
    """Look at all clips, choose, write."""
    from vidcap.model import load_describer
    from vidcap.training.suggest import candidates, suggest

    log_to_stderr(context, verbose=verbose, is_quiet=quiet)
    if out is not None and out.exists() and not overwrite:
        raise OutputError(str(out), "is there already (--overwrite replaces it)")
    try:
        config = CaptionConfig().with_options(**given(options))
        describer = load_describer(model, device, config.describer)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error

    def told(name: str, done: int) -> None:
        if not quiet:
            click.echo(f"{harmless(name)}: {done} clips", err=True)

    found = list(candidates(videos, describer, config, told))
    if not found:
        raise SourceUnsupported(", ".join(videos), "no clip that shows anything")
    lines = [_line(candidate, out) for candidate in suggest(found, count)]
    if out is None:
        click.echo("".join(lines), nl=False)
    else:
        write_text(out, lines)


def _line(candidate: Any, out: Path | None) -> str:
    """Return a line of a manifest; the path relative to the manifest where it lies beside or below it."""
    path = Path(os.path.abspath(candidate.source))
    folder = Path(os.path.abspath(out)).parent if out else Path.cwd()
    name = path.relative_to(folder) if path.is_relative_to(folder) else path
    record = {
        "video": name.as_posix(),
        "start_s": str(candidate.start_s),
        "end_s": str(candidate.end_s),
        "captions": [],
        "guess": candidate.guess,
        "confidence": round(candidate.confidence, 3),
    }
    return json.dumps(record, ensure_ascii=False) + "\n"
