"""``vidcap INPUT...``: describe what is seen, as a timed track."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import click

from vidcap.captioner import CaptionConfig, Captioner, Describer, FlowConfig, LateDescriber
from vidcap.cli.extras import Extras, with_reports
from vidcap.cli.groups import describing_options, track_options
from vidcap.cli.jobs import run_jobs
from vidcap.cli.options import config_options, given
from vidcap.cli.outputs import plan
from vidcap.cli.stills import run_stills, still_options
from vidcap.cli.terminal import log_to_stderr
from vidcap.formats import KNOWN_FORMATS
from vidcap.model import DEFAULT, picture_size
from vidcap.model.cores import hold_torch, num_cores, share_out
from vidcap.report import HTML, ReportConfig
from vidcap.sources import SourceConfig
from vidcap.text import one_line

HELP = """Describe what is seen in videos and pictures, as timed subtitle tracks.

INPUT is a file, a URL, or - for standard input. A track goes to standard output, cue by cue; of several inputs, each
goes beside its file. A picture is answered with a sentence.

\b
  vidcap film.mp4 -o film.srt               one file; the suffix chooses the format
  vidcap film.mp4 -o film.srt -o film.vtt   two formats in one pass
  vidcap film.mp4 -o described.mkv          a copy of the film with the track in it; .webm, .mp4
  vidcap *.mp4 -o tracks/                   a folder, one track for each input
  vidcap cat.jpg                            a sentence
  vidcap film.mp4 -o film.html              a page: the film, its shots, search
  vidcap photos/*.jpg -o alt.csv            alt text; with --alt-text into sidecars
"""


@click.command("caption", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("inputs", nargs=-1, required=True, metavar="INPUT...")
@click.option("-o", "--output", "outputs", multiple=True, metavar="PATH", help="File, folder, or - for stdout.")
@click.option(
    "--format", "format_name", type=click.Choice(list(KNOWN_FORMATS)), help="Instead of by the output's suffix."
)
@click.option("--json", "as_json", is_flag=True, help="JSON Lines on standard output, with all details.")
@click.option("--overwrite", is_flag=True, help="Replace tracks that are there already.")
@config_options(ReportConfig, ["embed", "report_mb"])
@click.option("--thumbnails", metavar="FOLDER", help="Write a key picture for each moment, named by its time.")
@click.option("--contact-sheet", metavar="PATH", help="Write one PNG with key pictures, times and sentences.")
@click.option("--index", metavar="FILE", help="Put what is seen into this library, for vidcap search.")
@click.option("--alt-text", is_flag=True, help="Write what pictures show into their metadata: a sidecar .xmp.")
@click.option("--in-place", is_flag=True, help="With --alt-text: into the pictures themselves.")
@config_options(SourceConfig, ["start_s", "end_s"])
@click.option("--model", metavar="FILE", help="A checkpoint made by vidcap train, instead of the packaged one.")
@click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps. [default: auto]")
@describing_options
@config_options(FlowConfig, ["batch", "workers"])
@track_options
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(context: click.Context, /, inputs: tuple[str, ...], **options: Any) -> None:
    """Caption the inputs one after another; a bad one does not stop the others."""
    is_quiet = options.pop("quiet")
    log_to_stderr(context, verbose=options.pop("verbose"), is_quiet=is_quiet)
    stills = still_options(inputs, options)
    outputs, format_name, as_json = (options.pop(name) for name in ("outputs", "format_name", "as_json"))
    jobs = plan(inputs, outputs, format_name, as_json=as_json) if stills is None else []
    overwrite, model, device = (options.pop(name) for name in ("overwrite", "model", "device"))
    extras = Extras(**{name: options.pop(name) for name in ("thumbnails", "contact_sheet", "index")})
    jobs = with_reports(jobs, report_config({name: options.pop(name) for name in ("embed", "report_mb")}))
    if any(target.format.name == HTML.name for job in jobs for target in job.targets):
        options["attention"] = options["attention"] is not False
    extras.check(jobs)
    captioner = prepared(model, device, given(options))
    if context.obj is not None:
        captioner = replace(captioner, describer=context.obj)
    if stills is not None:
        context.exit(run_stills(inputs, captioner, stills))
    context.exit(run_jobs(jobs, captioner, extras, overwrite=overwrite, is_quiet=is_quiet))


def report_config(options: dict[str, Any]) -> ReportConfig:
    """Return the settings of reports; UsageError for wrong ones."""
    try:
        return ReportConfig(**given(options))
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def prepared(model: str | None, device: str, options: dict[str, Any]) -> Captioner:
    """Return a captioner whose model is loaded when the first input has been opened; UsageError for wrong options."""
    try:
        config = CaptionConfig().with_options(**options)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error

    def load() -> Describer:
        from vidcap.model import load_describer

        try:
            describer = load_describer(model, device, config.describer)
        except ValueError as error:
            raise click.UsageError(one_line(str(error))) from error
        if config.flow.overlap:
            hold_torch(share_out(num_cores()).threads)  # libraries that each take all cores wait for one another
        return describer

    return Captioner(LateDescriber(load, lambda: picture_size(model or DEFAULT)), config)
