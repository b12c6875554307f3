"""Films with a description track: copied without a loss, the track put beside their pictures or drawn into them.

>>> mux_track("film.mp4", cues, "film.mkv")  # doctest: +SKIP
"""

from __future__ import annotations

import errno
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from vidcap.errors import OutputError, SourceUnsupported
from vidcap.formats.output import check_place, same_file
from vidcap.formats.place import Place
from vidcap.lint import read_track
from vidcap.mux.config import BurnConfig, MuxConfig
from vidcap.mux.containers import CONTAINERS, Container, container_for, needed_container
from vidcap.sources import SourceConfig
from vidcap.types import Cue

if TYPE_CHECKING:
    from vidcap.sources.opening import Opened

__all__ = [
    "CONTAINERS",
    "BurnConfig",
    "Container",
    "MuxConfig",
    "Muxed",
    "burn_track",
    "container_for",
    "cues_of_track",
    "mux_track",
    "needed_container",
]

Name = str | os.PathLike[str]
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG}


@dataclass(frozen=True, slots=True)
class Muxed:
    """What was put together."""

    cues: int
    packets: int
    """Of the film: each was copied, and read back."""
    left_out: tuple[str, ...]
    """Streams that the container can't hold, in a few words each."""


def mux_track(
    movie: Name,
    cues: Iterable[Cue],
    output: Name,
    config: MuxConfig | None = None,
    *,
    source: SourceConfig | None = None,
    overwrite: bool = False,
) -> Muxed:
    """Copy a film to ``output`` with ``cues`` as a description track, and read it back to see that all is there.

    Nothing is encoded again: pictures, sound, other subtitles, attachments, cover, chapters and metadata are kept as
    far as the container, chosen by the suffix, can hold them. The file appears when it is whole. SourceError where the
    film can't be read, OutputError where it can't be written or is not what it should be.
    """
    with _opened(movie, output, source) as opened:
        return _written(opened, cues, output, config or MuxConfig(), overwrite=overwrite)


def burn_track(
    movie: Name,
    cues: Iterable[Cue],
    output: Name,
    config: BurnConfig | None = None,
    *,
    source: SourceConfig | None = None,
    overwrite: bool = False,
) -> Muxed:
    """Write a film to ``output`` with ``cues`` drawn into its picture, by the ffmpeg program; all else is copied.

    The picture is encoded again, upright, at the times that its frames have. Raises as :func:`mux_track` does, and
    OutputError where the program is not there or fails.
    """
    from vidcap.mux.burning import burnt_picture

    container, drawn = needed_container(output), list(cues)
    with _opened(movie, output, source) as opened:
        check_place(Path(output), Path(os.path.realpath(output)), overwrite=overwrite)
        encoding = config or BurnConfig()
        with burnt_picture(opened, drawn, Path(output), container, encoding, source or SourceConfig()) as burnt:
            muxed = _written(opened, (), output, MuxConfig(), overwrite=overwrite, burnt=burnt)
    return replace(muxed, cues=len(drawn))


@contextmanager
def _opened(movie: Name, output: Name, source: SourceConfig | None) -> Iterator[Opened]:
    from vidcap.sources.opening import open_container
    from vidcap.sources.protocols import target_of

    needed_container(output)
    name, config = os.fspath(movie), source or SourceConfig()
    refuse_same(name, output)
    opened = open_container(target_of(name, config), config)
    try:
        yield opened
    finally:
        opened.close()


def _written(
    opened: Opened,
    cues: Iterable[Cue],
    output: Name,
    config: MuxConfig,
    *,
    overwrite: bool,
    burnt: Opened | None = None,
) -> Muxed:
    """Write the film and read it back."""
    from vidcap.mux.checking import check_film
    from vidcap.mux.copying import write_film
    from vidcap.mux.texts import texts

    container = needed_container(output)
    with _disk_reported(output), Place(output, overwrite=overwrite) as place:
        track = list(texts(sorted(cues, key=lambda cue: cue.start_s), container.codec))
        written = write_film(opened, track, place.temporary, container, config, burnt)
        check_film(place.temporary, str(place.path), written, track)
    copied = written.packets.total() - len(track)
    return Muxed(cues=len(track), packets=copied, left_out=tuple(written.left_out))


@contextmanager
def _disk_reported(output: Name) -> Iterator[None]:
    """Turn what is said of a film into what is true of its output, where the disk was full."""
    try:
        yield
    except OutputError as error:
        cause = error.__cause__
        if isinstance(cause, OSError) and cause.errno in _NO_ROOM:
            raise OutputError(os.fsdecode(output), f"can't be written: {os.strerror(cause.errno).lower()}") from cause
        raise


def refuse_same(movie: str, output: Name) -> None:
    """Raise OutputError where the output is the film itself."""
    if movie != "-" and same_file(movie, output):
        raise OutputError(os.fsdecode(output), "is the film itself: it would be written over")


def cues_of_track(path: Name) -> tuple[list[Cue], int]:
    """Return the cues of a SubRip, WebVTT or TTML file and how many mistakes it has; SourceError where it has none."""
    found, problems = read_track(path)
    cues = [
        Cue(start_s=Fraction(cue.start_ms, 1000), end_s=Fraction(cue.end_ms, 1000), lines=cue.lines)
        for cue in found
        if cue.lines and cue.start_ms < cue.end_ms
    ]
    if not cues:
        raise SourceUnsupported(os.fsdecode(path), "holds no cue that can be shown")
    return cues, sum(problem.is_error for problem in problems)
