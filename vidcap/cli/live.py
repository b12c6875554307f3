"""``vidcap live SOURCE``, or just ``vidcap rtsp://camera/stream``: narrate what does not end."""

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from types import FrameType
from typing import Any

import click

from vidcap.captioner import CaptionConfig, Describer, LateDescriber
from vidcap.cli.caption import prepared
from vidcap.cli.live_outputs import HLS_OPTIONS, WEB_OPTIONS, LiveOutputs, hls_config, open_outputs, web_config
from vidcap.cli.live_status import LiveStatus
from vidcap.cli.options import config_options, given
from vidcap.cli.terminal import log_to_stderr, say
from vidcap.cues import CueConfig
from vidcap.live import LiveConfig, Narration, Outcome
from vidcap.live.config import MOST_PICTURES
from vidcap.live.hls import HlsConfig
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.sources.live import LiveSourceConfig
from vidcap.text import one_line
from vidcap.types import Clip, Span
from vidcap.web import WebConfig

HELP = """Describe what a camera or stream shows, as it comes, until you stop it.

SOURCE is rtsp(s)://, rtmp(s)://, srt://, udp:// or http(s):// (a live HLS playlist, too), webcam:0 or /dev/video0, a
file that grows, or - for a pipe. Addresses of cameras and webcams need no verb. A source that breaks off is connected
again, with growing pauses. In a password, write @ : / # ? and % as %40 %3A %2F %23 %3F %25.

\b
  vidcap rtsp://camera/stream                        a line for each new scene
  vidcap rtsp://camera/stream -o live.vtt -o live.jsonl
  vidcap rtsp://camera/stream --hls /srv/captions    segments beside the camera's own HLS
  vidcap rtsp://camera/stream --serve :8000          a page with picture, sentence and history
  vidcap live --source-env CAMERA -o live.vtt --rotate 1h
  vidcap live film.mp4 --realtime                    replay a film as if it were live
  ffmpeg ... -f mpegts - | vidcap live -             a pipe
"""
PAGE_PICTURE_S = 0.5
"""Between two pictures that the page shows."""
_OWN = {name for name in LiveConfig.__dataclass_fields__ if name not in ("source", "cues")}
_SOURCE = set(LiveSourceConfig.__dataclass_fields__)


@click.command("live", help=HELP, context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("source", required=False, metavar="SOURCE")
@click.option(
    "--live", "is_live", is_flag=True, help="Live rules for what looks like a file; this verb says it already."
)
@click.option("--source-env", metavar="NAME", help="Take SOURCE from this environment variable: no password in `ps`.")
@click.option(
    "-o",
    "--output",
    "outputs",
    multiple=True,
    metavar="PATH",
    help="A .vtt, .srt, .jsonl or .txt file, or - for lines.",
)
@click.option(
    "--json", "as_json", is_flag=True, help="JSON Lines on standard output, with times on the wall and delays."
)
@click.option("--rotate", metavar="PERIOD", help="Put files aside by their time every 30m, 1h or 1d.")
@click.option("--overwrite", is_flag=True, help="Replace files that are there already.")
@config_options(HlsConfig, HLS_OPTIONS)
@config_options(WebConfig, WEB_OPTIONS)
@config_options(LiveSourceConfig, ["rtsp_transport", "realtime", "connect_timeout_s", "frame_timeout_s"])
@config_options(LiveConfig, ["reconnect_max_s", "give_up_after_s", "window_s", "repeat_after_s"])
@click.option("--model", metavar="FILE", help="A checkpoint made by vidcap train, instead of the packaged one.")
@click.option("--device", default="auto", metavar="NAME", help="auto, cpu, cuda, cuda:1 or mps. [default: auto]")
@config_options(SearchConfig, ["beam"])
@config_options(DescriberConfig, ["style", "neutral", "min_gender"])
@click.option(
    "--runtime",
    type=click.Choice(["auto", "torch", "openvino", "onnx"]),
    default="auto",
    help="What runs the CNN; auto: openvino, else torch: what else there is takes seconds to start [default: auto]",
)
@config_options(DescriberConfig, ["precision"])
@config_options(DescriberConfig, ["fallback", "floor", "sure", "sure_person", "grounding", "min_blank_s"])
@config_options(CueConfig, ["min_confidence", "max_line_width", "max_lines"])
@click.option("--slow-model", type=float, default=1.0, hidden=True, help="Take this many times as long to describe.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(context: click.Context, /, source: str | None, **options: Any) -> None:
    """Narrate a live source until it is stopped, ends, or is given up."""
    is_quiet = options.pop("quiet")
    log_to_stderr(context, verbose=options.pop("verbose"), is_quiet=is_quiet)
    options.pop("is_live")
    name = _source(source, options.pop("source_env"))
    wanted = LiveOutputs(**{key: options.pop(key) for key in ("outputs", "as_json", "rotate", "overwrite")})
    model, device, slowness = (options.pop(key) for key in ("model", "device", "slow_model"))
    settings = given(options)
    hls = hls_config({k: settings.pop(k) for k in HLS_OPTIONS if k in settings})
    web = web_config({k: settings.pop(k) for k in WEB_OPTIONS if k in settings}, name)
    wanted = replace(wanted, hls=hls, web=web, is_quiet=is_quiet)
    config = _config(settings)
    if web is not None:
        config = replace(config, source=replace(config.source, snapshot_step_s=PAGE_PICTURE_S))
    describer = _describer(context.obj, model, device, settings, slowness)
    with open_outputs(wanted, name) as sinks:
        status = LiveStatus(name, is_quiet=is_quiet)
        if model is not None or context.obj is not None:
            config = replace(config, source=replace(config.source, view_px=describer.picture_px))
        narration = Narration(name, describer, config)
        with _stopping(narration), status:
            for event in narration.events():
                sinks.take(event)
                status.take(event)
        sinks.close()
        status.summarise()
    context.exit(_code(narration, is_broken=sinks.is_broken))


def _source(source: str | None, variable: str | None) -> str:
    """Return the name of the source, from the command line or the environment."""
    if (source is None) == (variable is None):
        raise click.UsageError("name one source, or --source-env")
    if variable is None:
        return source or ""
    value = os.environ.get(variable, "").strip()
    if not value:
        raise click.UsageError(f"the environment has no {one_line(variable)}")
    return value


def _config(settings: dict[str, Any]) -> LiveConfig:
    """Return the live settings among all; UsageError for those that don't fit together."""
    try:
        cues = CaptionConfig().with_options(**{k: v for k, v in settings.items() if k not in _OWN | _SOURCE}).cues
        source = LiveSourceConfig(**{k: v for k, v in settings.items() if k in _SOURCE})
        return LiveConfig(source=source, cues=cues, **{k: v for k, v in settings.items() if k in _OWN})
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


def _describer(
    own: Describer | None, model: str | None, device: str, settings: dict[str, Any], slowness: float
) -> Describer:
    """Return what speaks: the caller's own, or a model that is loaded while the camera is connected."""
    wanted = {k: v for k, v in settings.items() if k not in _OWN | _SOURCE}
    if wanted.get("runtime") == "auto":
        wanted["runtime"] = soon_ready(model)
    captioner = prepared(model, device, wanted)
    describer = own or LateDescriber(lambda: _warmed(captioner.describer))
    if slowness <= 1:
        return describer
    from vidcap.testing import SlowDescriber

    return SlowDescriber(describer, slowness)


def soon_ready(model: str | None) -> str:
    """Return the runtime that a live narration is given unless one is asked for: none that takes seconds to start."""
    from vidcap.model.describer import why_torch
    from vidcap.model.header import DEFAULT
    from vidcap.model.stored import encoder_of

    return "torch" if why_torch("auto", encoder_of(model or DEFAULT)) else "auto"


def _warmed(describer: Describer) -> Describer:
    """Have a model describe a clip of patches: its first sentence takes much longer than those that follow.

    Each picture has patches of its own, as neither blank pictures nor repeated ones would be shown to the network.
    """
    import numpy as np

    side_px, patch_px = describer.picture_px, 16
    count = -(-side_px // patch_px)
    patches = np.random.default_rng(0).integers(0, 256, (MOST_PICTURES, count, count, 3), np.uint8)
    pictures = patches.repeat(patch_px, 1).repeat(patch_px, 2)[:, :side_px, :side_px]
    times_s = tuple(map(Fraction, range(MOST_PICTURES)))
    span = Span(0, 0, Fraction(0), Fraction(MOST_PICTURES), starts_shot=True, ends_shot=False)
    describer.describe((Clip(span, times_s, np.ascontiguousarray(pictures)),))
    return describer


@contextmanager
def _stopping(narration: Narration) -> Iterator[None]:
    """Have Ctrl-C and SIGTERM ask for the end; a second one does not wait for it."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return

    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}

    def ask(number: int, _frame: FrameType | None) -> None:
        narration.stop()
        signal.signal(number, before[signal.Signals(number)])

    handled = [number for number in numbers if before[number] not in (signal.SIG_IGN, None)]
    for number in handled:
        signal.signal(number, ask)
    try:
        yield
    finally:
        for number in handled:
            signal.signal(number, before[number])


def _code(narration: Narration, *, is_broken: bool) -> int:
    """Return the exit code, after telling why the source was given up."""
    verdict = narration.verdict
    if verdict.outcome is Outcome.GIVEN_UP:
        say(str(verdict.error))
    return 1 if verdict.outcome is Outcome.GIVEN_UP or is_broken else 0
