"""What the words on the command line stand for: files, folders, patterns, lists and addresses become inputs."""

from __future__ import annotations

import glob
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from urllib.parse import unquote, urlsplit

from vidcap.batch.remote import file_system, is_remote
from vidcap.errors import ManifestError, SourceNotFound
from vidcap.urls import scheme_of

_VIDEOS = """
3g2 3gp asf avi divx dv f4v flv h264 h265 hevc ivf m1v m2ts m2v m4v mjpeg mkv mov mp4 mpe mpeg mpg mts mxf nut obu ogm
ogv qt rm rmvb ts vob webm wmv y4m
"""
SUFFIXES = frozenset(f".{suffix}" for suffix in _VIDEOS.split())
"""Of a folder or a pattern for folders, files with these suffixes are taken; files that are named are taken anyway."""
_MAGIC = "*?["


@dataclass(frozen=True, slots=True)
class Input:
    """A film to caption."""

    source: str
    """As it is opened: a path or an address."""
    tail: PurePosixPath
    """What its outputs are named after: its path below the folder that was named, or its name alone."""


def expand(words: Sequence[str]) -> Iterator[Input]:
    """Yield the inputs that words stand for, each once, in the order of the words; within a folder sorted.

    SourceNotFound for a folder or pattern that holds none, ManifestError for a list that can't be read.
    """
    seen: set[str] = set()
    for word in words:
        for item in _meant(word):
            identity = item.source if scheme_of(item.source) else os.path.realpath(item.source)
            if identity not in seen:
                seen.add(identity)
                yield item


def _meant(word: str) -> Iterator[Input]:
    if word == "-":
        raise SourceNotFound(word, "standard input can't be part of a batch")
    if word.startswith("@") and not os.path.lexists(word):
        yield from _listed(word[1:])
    elif is_remote(word):
        yield from _remote(word)
    elif scheme_of(word) and not os.path.lexists(word):
        yield Input(word, PurePosixPath(PurePosixPath(unquote(urlsplit(word).path)).name or "video"))
    elif os.path.isdir(word):
        yield from _found(word, Path(word), Path(word).rglob("*"), must_be_video=True)
    elif any(sign in word for sign in _MAGIC) and not os.path.lexists(word):
        yield from _matching(word)
    else:
        yield Input(word, PurePosixPath(Path(word).name))


def _listed(name: str) -> Iterator[Input]:
    """Yield what the lines of a list stand for; empty lines and those that begin with ``#`` stand for nothing."""
    try:
        lines = Path(name).read_text(encoding="utf-8-sig", errors="surrogateescape").splitlines()
    except OSError as error:
        raise ManifestError(name, f"the list can't be read: {(error.strerror or 'error').lower()}") from None
    for line in lines:
        word = line.strip()
        if word.startswith("@"):
            raise ManifestError(name, f"a list can't name another list: {word}")
        if word and not word.startswith("#"):
            near = Path(name).parent / word
            yield from _meant(word if scheme_of(word) or os.path.isabs(word) else str(near))


def _matching(pattern: str) -> Iterator[Input]:
    """Yield the files that a pattern matches, named from where the pattern begins."""
    fixed = list(_before_magic(Path(pattern).parts))
    base = Path(*fixed) if fixed else Path()
    paths = (Path(path) for path in glob.iglob(pattern, recursive=True))
    yield from _found(pattern, base, paths, must_be_video=pattern.endswith("**"))


def _before_magic(parts: Sequence[str]) -> Iterator[str]:
    for part in parts[:-1]:
        if any(sign in part for sign in _MAGIC):
            return
        yield part


def _found(word: str, base: Path, paths: Iterator[Path], *, must_be_video: bool) -> Iterator[Input]:
    files = sorted(path for path in paths if path.is_file() and not path.name.startswith("."))
    taken = [path for path in files if not must_be_video or path.suffix.lower() in SUFFIXES]
    if not taken:
        what = "holds no videos" if must_be_video else "matches no files"
        raise SourceNotFound(word, what)
    for path in taken:
        yield Input(str(path), PurePosixPath(path.relative_to(base).as_posix()))


def _remote(word: str) -> Iterator[Input]:
    """Yield a remote file, or what a remote folder or pattern holds."""
    system, path = file_system(word)
    pattern = any(sign in path for sign in _MAGIC)
    try:
        found = system.glob(path) if pattern else system.find(path) if system.isdir(path) else None
    except Exception as error:
        raise SourceNotFound(word, f"can't be read: {type(error).__name__}: {error}") from error
    if found is None:
        yield Input(word, PurePosixPath(PurePosixPath(path).name))
        return
    base = PurePosixPath(*_before_magic([*PurePosixPath(path).parts, *([] if pattern else ["*"])]))
    taken = sorted(name for name in found if PurePosixPath(name).suffix.lower() in SUFFIXES)
    if not taken:
        raise SourceNotFound(word, "holds no videos")
    for name in taken:
        yield Input(system.unstrip_protocol(name), PurePosixPath(name).relative_to(base))
