"""Draws cues into the picture of a film, with libass as the ffmpeg program has it; everything else is copied.

PyAV's own builds have no libass. The program encodes the picture alone, upright, to a file of its own; that takes the
place of the film's picture while all other streams are copied as by :mod:`vidcap.mux.copying`.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from vidcap.errors import OutputError
from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.formats.output import temporary_name
from vidcap.mux.config import BurnConfig
from vidcap.mux.containers import Container
from vidcap.mux.streams import shape_of
from vidcap.sources import SourceConfig, SourceInfo, open_source
from vidcap.sources.opening import Opened, open_container
from vidcap.sources.protocols import Target, whitelists
from vidcap.text import one_line
from vidcap.types import Cue
from vidcap.urls import mask_secrets

_USUAL = {"webm": ("libvpx-vp9", 30)}
_OF_ENCODER = {
    "libx264": ["-preset", "medium"],
    "libvpx-vp9": ["-b:v", "0", "-row-mt", "1", "-cpu-used", "4"],
}


@contextmanager
def burnt_picture(
    opened: Opened, cues: Sequence[Cue], beside: Path, container: Container, config: BurnConfig, source: SourceConfig
) -> Iterator[Opened]:
    """Encode the picture of an opened film with the cues in it, and open it; its file is gone when the block ends.

    OutputError where there is no ffmpeg program, or it can't do it.
    """
    program = shutil.which("ffmpeg")
    name = opened.target.name
    if program is None:
        raise OutputError(name, "drawing cues into the picture needs the ffmpeg program, which is not installed")
    if opened.target.is_stdin:
        raise OutputError(name, "cues can't be drawn into a film from standard input: it is read twice")
    if opened.target.url is not None and mask_secrets(opened.target.url) != opened.target.url:
        raise OutputError(name, "its secret would be seen in the list of processes: download the film first")
    with open_source(name, source) as film:
        info = film.info
    burnt = beside.with_name(temporary_name(".nut"))
    try:
        with TemporaryDirectory(prefix="vidcap-") as folder:
            script = Path(folder, "cues.ass")
            script.write_text("".join(_script(cues, info)), encoding="utf-8", newline="")
            command = [
                program,
                *_input(opened, source),
                *_encoding(opened, info, container, config),
                str(burnt.absolute()),
            ]
            _run(command, folder, name)
        picture = open_container(Target(str(burnt), path=str(burnt)), source)
        try:
            yield picture
        finally:
            picture.close()
    finally:
        burnt.unlink(missing_ok=True)


def _script(cues: Sequence[Cue], info: SourceInfo) -> Iterator[str]:
    canvas = TrackInfo(width_px=info.width_px, height_px=info.height_px)
    yield from render(sorted(cues, key=lambda cue: cue.start_s), FORMATS["ass"].writer(canvas))


def _input(opened: Opened, source: SourceConfig) -> list[str]:
    """Return the program's input: read as what it was found to be, with the same doors shut."""
    target = opened.target
    protocols = whitelists(target, frozenset(), source)["protocol_whitelist"]
    if target.path is not None:
        protocols = "file"
    place = f"file:{os.path.abspath(target.path)}" if target.path is not None else str(target.url)
    demuxer = opened.container.format.name.split(",")[0]
    said = ["-nostdin", "-hide_banner", "-v", "error", "-y"]
    return [*said, "-protocol_whitelist", protocols, "-f", demuxer, "-i", place]


def _encoding(opened: Opened, info: SourceInfo, container: Container, config: BurnConfig) -> list[str]:
    usual, quality = _USUAL.get(container.muxer, ("libx264", 18))
    encoder = config.encoder or usual
    crf = quality if config.crf is None and encoder == usual else config.crf
    filters = f"ass=cues.ass{_letters(opened, info)},format=yuv420p|yuv420p10"
    options = ["-map", f"0:{opened.stream.index}", "-vf", filters, "-c:v", encoder, *_OF_ENCODER.get(encoder, ())]
    if crf is not None:
        options += ["-crf", str(crf)]
    return [*options, "-fps_mode", "passthrough", "-enc_time_base", "-1", "-map_metadata", "-1", "-f", "nut"]


def _letters(opened: Opened, info: SourceInfo) -> str:
    """Return the option that keeps letters from being drawn wide where pixels are not square."""
    return f":original_size={info.width_px}x{info.height_px}" if shape_of(opened.stream) != 1 else ""


def _run(command: list[str], folder: str, name: str) -> None:
    """Run the program in a folder; OutputError with its last line where it fails."""
    with subprocess.Popen(command, cwd=folder, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL) as process:
        try:
            _, said = process.communicate()
        except BaseException:
            process.kill()
            raise
    if process.returncode:
        lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
        reason = one_line(mask_secrets(lines[0])) if lines else f"exit code {process.returncode}"
        raise OutputError(name, f"cues can't be drawn into it: ffmpeg says: {reason}")
