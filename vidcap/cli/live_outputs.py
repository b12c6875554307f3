"""What ``-o``, ``--json``, ``--rotate``, ``--hls``, ``--serve`` and their like of ``vidcap live`` mean together."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click

from vidcap.cli.terminal import harmless, say
from vidcap.formats import format_for
from vidcap.formats.output import is_special
from vidcap.live.events import LiveSink
from vidcap.live.hls import HlsConfig, HlsSink
from vidcap.live.outputs import JsonSink, LineSink, LooseStream, SinkSet, TrackSink, loose
from vidcap.live.outputs.files import GrowingOutput
from vidcap.live.outputs.loose import ByteStream
from vidcap.live.outputs.rotating import Rotation, parse_period
from vidcap.text import one_line
from vidcap.urls import mask_secrets
from vidcap.web import WebConfig, WebSink

Config = TypeVar("Config", HlsConfig, WebConfig)

HLS_OPTIONS = tuple(HlsConfig.__dataclass_fields__)
WEB_OPTIONS = tuple(WebConfig.__dataclass_fields__)
_TOKEN_VARIABLE = "VIDCAP_TOKEN"


def hls_config(settings: dict[str, Any]) -> HlsConfig | None:
    """Return the settings of HLS segments, None where there are none; UsageError for those that don't fit."""
    if settings and "hls" not in settings:
        raise click.UsageError("what is said of HLS segments needs their folder: --hls DIR")
    return _checked(HlsConfig, settings) if settings else None


def web_config(settings: dict[str, Any], source: str) -> WebConfig | None:
    """Return the settings of the page, None where there is none; UsageError for those that don't fit.

    The token is taken from the environment where no option has it, and the title from the source.
    """
    if settings and "serve" not in settings:
        raise click.UsageError("what is said of the page needs its address: --serve [HOST]:PORT")
    from_environment = os.environ.get(_TOKEN_VARIABLE)
    token = {"token": from_environment} if from_environment else {}
    return _checked(WebConfig, {"page_title": mask_secrets(source)} | token | settings) if settings else None


def _checked(kind: type[Config], settings: dict[str, Any]) -> Config:
    try:
        return kind(**settings)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveOutputs:
    """What the user asked for."""

    outputs: tuple[str, ...]
    as_json: bool
    rotate: str | None
    overwrite: bool
    hls: HlsConfig | None = None
    web: WebConfig | None = None
    is_quiet: bool = False

    def rotation(self) -> Rotation | None:
        """Return a new rotation, for one file."""
        try:
            return None if self.rotate is None else Rotation(parse_period(self.rotate))
        except ValueError as error:
            raise click.UsageError(str(error)) from error


@contextmanager
def open_outputs(wanted: LiveOutputs, source: str) -> Iterator[SinkSet]:
    """Open all outputs, or none; they are closed however the block is left."""
    _refuse_clashes(wanted)
    sinks: list[LiveSink] = []
    out = loose(sys.stdout.buffer)
    several = SinkSet(())
    try:
        for place in wanted.outputs:
            sinks.append(_sink(place, wanted, source, out))
        if wanted.hls is not None:
            sinks.append(HlsSink(wanted.hls))
        if wanted.web is not None:
            sinks.append(_page(wanted.web, is_quiet=wanted.is_quiet))
        if wanted.as_json:
            sinks.append(JsonSink(out, source))
        elif not wanted.outputs:
            sinks.append(LineSink(out))
        several = SinkSet(sinks)
        yield several
    finally:
        (several if several.has_sinks else SinkSet(sinks)).close()
        if isinstance(out, LooseStream):
            out.close()


def _page(config: WebConfig, *, is_quiet: bool) -> WebSink:
    """Serve the page, and say where it is found."""
    page = WebSink(config)
    if not is_quiet:
        say(f"the page is at {page.url}{' and asks for the token' if config.token else ''}")
    return page


def _refuse_clashes(wanted: LiveOutputs) -> None:
    for place, times in Counter(wanted.outputs).items():
        if times > 1:
            raise click.UsageError(f"{times} outputs would be written to {harmless(place)}")
    if wanted.as_json and "-" in wanted.outputs:
        raise click.UsageError("only one output can go to standard output: lines or JSON Lines")
    if wanted.rotate is not None and not [place for place in wanted.outputs if place != "-"]:
        raise click.UsageError("--rotate needs files to put aside: -o FILE")


def _sink(place: str, wanted: LiveOutputs, source: str, out: ByteStream) -> LiveSink:
    """Return the output that one ``-o`` means."""
    if place == "-":
        return LineSink(out)
    path, rotation = Path(place), wanted.rotation()
    if is_special(place):
        return LineSink(loose(open(path, "wb", buffering=0)), place)
    kind = format_for(place)
    if kind.name == "jsonl":
        return JsonSink(path, source, overwrite=wanted.overwrite, rotation=rotation)
    if kind.name == "txt":
        return LineSink(GrowingOutput(path, overwrite=wanted.overwrite, keeps=not wanted.overwrite), place)
    return TrackSink(path, kind, overwrite=wanted.overwrite, rotation=rotation)
