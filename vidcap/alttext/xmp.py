"""Alt text in the metadata of pictures: XMP, through the exiftool program, which knows the formats of all cameras.

Written are the two places where programs look: ``Iptc4xmpCore:AltTextAccessibility`` (IPTC 2021.1) and, where nobody
described the picture yet, ``dc:description``. By default into a sidecar, ``photo.xmp`` beside ``photo.jpg``.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

from vidcap.errors import OutputError
from vidcap.text import one_line

ALT, DESCRIPTION = "XMP-iptcCore:AltTextAccessibility", "XMP-dc:Description"
_TIMEOUT_S = 120


def exiftool() -> str:
    """Return the program; OutputError with what to do where it is missing."""
    program = shutil.which("exiftool")
    if program is None:
        raise OutputError("exiftool", "this program is needed for alt text (Debian: libimage-exiftool-perl)")
    return program


def sidecar_of(picture: str | os.PathLike[str]) -> Path:
    """Return where the metadata of a picture is kept beside it."""
    return Path(picture).with_suffix(".xmp")


def write_alt_text(
    picture: str | os.PathLike[str], text: str, *, in_place: bool = False, overwrite: bool = False
) -> Path:
    """Write the alt text of a picture and return the file that holds it now.

    A sidecar that is there keeps all else that it says; the picture itself is changed only ``in_place``, and of it
    the metadata alone. Alt text that is there already, in either, is replaced only with ``overwrite``.
    """
    original = Path(os.path.realpath(picture))
    name = os.fsdecode(picture)
    if not original.is_file():
        raise OutputError(name, "alt text can only be written to a file")
    place = original if in_place else sidecar_of(original)
    known = [_described(file, name) for file in {original, place} if file.exists()]
    if any(ALT in tags for tags in known) and not overwrite:
        raise OutputError(name, "has alt text already (overwriting was not asked for)")
    values = [f"-{ALT}={one_line(text)}"]
    if not any(DESCRIPTION in tags for tags in known):
        values.append(f"-{DESCRIPTION}={one_line(text)}")
    _written(place, values, name)
    return place if in_place else sidecar_of(picture)


def _described(file: Path, name: str) -> set[str]:
    """Return which of the two texts a file holds."""
    done = _run(["-json", "-G1", f"-{ALT}", f"-{DESCRIPTION}", str(file)], name)
    try:
        (tags,) = json.loads(done)
    except ValueError as error:
        raise OutputError(name, "its metadata can't be read") from error
    return {tag for tag, value in _texts(tags).items() if value.strip()}


def _texts(tags: dict[str, Any]) -> dict[str, str]:
    return {key: str(value) for key, value in tags.items() if key in (ALT, DESCRIPTION)}


def _written(place: Path, values: list[str], name: str) -> None:
    """Let exiftool write: it makes a new file and puts it in the old one's place, or leaves the old one."""
    _run(["-overwrite_original", "-P", *values, str(place)], name)


def _run(arguments: list[str], name: str) -> str:
    """Run exiftool and return what it says; OutputError about ``name`` where it fails. No user's config is run."""
    command = [exiftool(), "-config", "", "-q", "-q", *arguments]
    try:
        done = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False, stdin=subprocess.DEVNULL)
    except (OSError, ValueError, subprocess.TimeoutExpired) as error:
        raise OutputError(name, f"exiftool failed: {one_line(str(error))[:200]}") from error
    if done.returncode != 0:
        said = one_line(done.stderr.decode(errors="replace")).removeprefix("Error: ")
        raise OutputError(name, f"exiftool can't write its metadata: {said[:200]}")
    return done.stdout.decode(errors="replace")
