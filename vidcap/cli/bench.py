"""``vidcap bench [FILE]``: how fast is a film captioned here, and what takes the time?"""

from __future__ import annotations

import json
import tempfile
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vidcap.bench import BenchConfig, Report, SyntheticConfig, bench, write_synthetic
from vidcap.captioner import CaptionConfig, FlowConfig
from vidcap.cli.devices import DEVICES, device_names
from vidcap.cli.groups import describing_options
from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import harmless, log_to_stderr, say
from vidcap.sampling import SamplingConfig
from vidcap.shots import ShotConfig
from vidcap.sources import SourceConfig
from vidcap.text import one_line

if TYPE_CHECKING:
    from rich.console import Console

_SYNTHETIC = ("width_px", "height_px", "fps", "length_s", "shot_s")


@click.command("bench", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("film", required=False, metavar="[FILE]")
@click.option(
    "--devices", type=DEVICES, metavar="NAMES", help="cpu,cuda:0,cuda:1; one may be named twice. [default: auto]"
)
@config_options(BenchConfig, ["runs"])
@config_options(SyntheticConfig, _SYNTHETIC)
@click.option("--model", metavar="FILE", help="A checkpoint made by vidcap train, instead of the packaged one.")
@describing_options
@config_options(FlowConfig, ["batch", "ahead", "workers"])
@config_options(SourceConfig, ["start_s", "end_s", "threads", "scan", "hwaccel"])
@config_options(SamplingConfig, ["sample_fps", "max_frames", "clip_s"])
@config_options(ShotConfig, ["dissolves"])
@click.option("-q", "--quiet", is_flag=True, help="Only the JSON line.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(context: click.Context, /, film: str | None, **options: Any) -> None:
    """Measure how fast FILE, or a film made up for it, is captioned on each device alone and on all together.

    Tables for people go to standard error, one JSON line to standard output. Each device has a process of its own
    with a loaded model. Stages are timed with all of them in one thread; "as used" decodes ahead of the model.
    """
    is_quiet = options.pop("quiet")
    log_to_stderr(context, verbose=options.pop("verbose"), is_quiet=is_quiet)
    made = given({name: options.pop(name) for name in _SYNTHETIC})
    devices = device_names(options.pop("devices"), None, is_custom=context.obj is not None)
    model, runs = options.pop("model"), given({"runs": options.pop("runs")})
    try:
        CaptionConfig().with_options(**given(options))
        config, synthetic = BenchConfig(**runs), SyntheticConfig(**made)
        with ExitStack() as stack:
            path = film if film is not None else _made_up(stack, synthetic, is_quiet=is_quiet)
            tell = (lambda _message: None) if is_quiet else say
            report = bench(path, devices, config, model=model, describer=context.obj, tell=tell, **given(options))
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error
    if not is_quiet:
        show(report)
    click.echo(json.dumps(report.record()))


def _made_up(stack: ExitStack, config: SyntheticConfig, *, is_quiet: bool) -> str:
    folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="vidcap-bench-"))
    if not is_quiet:
        say(f"making a film of {config.width_px} x {config.height_px}, {float(config.length_s):g} s")
    return str(write_synthetic(Path(folder) / "synthetic.mp4", config))


def show(report: Report) -> None:
    """Write the tables."""
    from rich.console import Console

    console = Console(stderr=True, highlight=False, soft_wrap=True)
    machine = report.hardware
    libraries = ", ".join(f"{name} {version}" for name, version in machine["libraries"].items())
    console.print(f"{machine['processor']}, {machine['cores']} cores, {machine['memory_gib']} GiB", markup=False)
    for device, name in machine["gpus"].items():
        console.print(f"{device}: {name}", markup=False)
    console.print(f"Python {machine['python']}, {libraries}", markup=False)
    info = report.film
    rate = f", {float(info.frame_rate):g} frames/s" if info.frame_rate else ""
    console.print(f"{harmless(info.name)}: {info.width_px} x {info.height_px} {info.codec}{rate}", markup=False)
    _show_stages(console, report)
    _show_devices(console, report)


def _show_stages(console: Console, report: Report) -> None:
    from rich.table import Table

    table = Table("device", "stage", title="stages, all in one thread", title_justify="left", box=None)
    for column in ("frames/s", "x real time", "share"):
        table.add_column(column, justify="right")
    for each in report.alone:
        for name, stage in each.stages.items():
            figures = (f"{stage.frames_per_s:.0f}", f"{stage.times_real_time:.1f}", f"{stage.share:.1%}")
            table.add_row(each.device, name, *figures)
    console.print(table)


def _show_devices(console: Console, report: Report) -> None:
    from rich.table import Table

    table = Table("device", "runtime", title="as used: decoding ahead of the model", title_justify="left", box=None)
    for column in ("frames/s", "x real time", "first cue", "start-up", "peak memory"):
        table.add_column(column, justify="right")
    for each in report.alone:
        first = f"{each.first_cue_s:.2f} s" if each.first_cue_s is not None else "none"
        peak = f"{each.peak_mib:.0f} MiB"
        if each.device_peak_mib is not None:
            peak += f" + {each.device_peak_mib:.0f} on it"
        pace = (f"{each.frames / each.wall_s:.0f}", f"{each.times_real_time:.1f}")
        table.add_row(each.device, each.runtime, *pace, first, f"{each.load_s:.1f} s", peak)
    if report.together is not None:
        table.add_row("together", "", "", f"{report.together.times_real_time:.1f}")
    console.print(table)
    if report.together is not None:
        console.print(f"scaling efficiency: {report.together.efficiency:.0%} of the devices' sum alone", markup=False)
