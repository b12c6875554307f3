"""``vidcap mux MOVIE TRACK -o OUT``: put a track into a film."""

from __future__ import annotations

import logging
from dataclasses import fields
from typing import Any, TypeVar

import click

from vidcap.cli.options import LIMITS, config_options, given
from vidcap.cli.terminal import harmless, log_to_stderr
from vidcap.mux import BurnConfig, MuxConfig, burn_track, cues_of_track, mux_track, needed_container
from vidcap.sources import SourceConfig
from vidcap.text import one_line

C = TypeVar("C")
log = logging.getLogger(__name__)


@click.command("mux", context_settings={"help_option_names": ["-h", "--help"]})
@click.argument("movie", metavar="MOVIE")
@click.argument("track", metavar="TRACK")
@click.option("-o", "--output", required=True, metavar="PATH", help="The film to write: .mkv, .webm, .mp4 or .m4v.")
@config_options(MuxConfig, ["language", "title", "default", "replace"])
@click.option("--burn-in", is_flag=True, help="Draw the cues into the picture instead, with the ffmpeg program.")
@config_options(BurnConfig, ["encoder", "crf"])
@click.option("--overwrite", is_flag=True, help="Replace a film that is there already (never MOVIE).")
@config_options(SourceConfig, LIMITS)
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("-v", "--verbose", count=True, help="Say more; twice for all.")
@click.pass_context
def command(
    context: click.Context, /, movie: str, track: str, output: str, quiet: bool, verbose: int, **options: Any
) -> None:
    """Copy MOVIE with TRACK (SubRip, WebVTT or TTML) as a track of descriptions that players offer.

    Nothing is encoded again, and all else in the film is kept as far as the container can hold it. The new film is read
    back before it is put in its place. With --burn-in the cues are drawn into the picture, which is encoded again;
    all else is copied.
    """
    log_to_stderr(context, verbose=verbose, is_quiet=quiet)
    overwrite, burn_in, chosen = options.pop("overwrite"), options.pop("burn_in"), given(options)
    _refuse_mixed(chosen, MuxConfig if burn_in else BurnConfig, burn_in=burn_in)
    try:
        config = _taken(MuxConfig, chosen)
        encoding = _taken(BurnConfig, chosen)
        source = SourceConfig(**chosen)
    except ValueError as error:
        raise click.UsageError(one_line(str(error))) from error
    needed_container(output)
    cues, mistakes = cues_of_track(track)
    if mistakes:
        log.warning(
            "%s: has %d mistakes, which vidcap lint tells; what could be read is used", harmless(track), mistakes
        )
    if burn_in:
        muxed = burn_track(movie, cues, output, encoding, source=source, overwrite=overwrite)
    else:
        muxed = mux_track(movie, cues, output, config, source=source, overwrite=overwrite)
    for what in muxed.left_out:
        log.warning("%s: left out, it can't be held: %s", harmless(output), what)
    log.info("%s: %d cues; %d packets copied and read back", harmless(output), muxed.cues, muxed.packets)


def _taken(config: type[C], chosen: dict[str, Any]) -> C:
    """Return a config of the options that are its fields, which are taken out of ``chosen``."""
    names = [item.name for item in fields(config) if item.name in chosen]  # type: ignore[arg-type]
    return config(**{name: chosen.pop(name) for name in names})


def _refuse_mixed(chosen: dict[str, Any], other: type[Any], *, burn_in: bool) -> None:
    """Raise UsageError for options that mean nothing with, or without, --burn-in."""
    useless = [f"--{item.name}" for item in fields(other) if item.name in chosen]
    if useless:
        raise click.UsageError(f"{', '.join(useless)} {'can not be used with' if burn_in else 'needs'} --burn-in")
