"""``report.jsonl``: what became of each input, one line each; a run goes on where the last one ended by it.

Lines are added while the work goes on, and the last line about an input counts; when a run begins and ends, the file
is written anew with one line for each. An input is *whole*, and skipped, where it was done from the same file (size
and time of change, or what else tells versions apart) with the same options, and all outputs are still there. An
address that tells no versions apart counts as unchanged.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from vidcap.batch.remote import facts_of, is_remote
from vidcap.errors import OutputError, VidcapError
from vidcap.text import one_line
from vidcap.urls import mask_secrets, scheme_of

NAME = "report.jsonl"
LOCK = ".vidcap-batch.lock"
"""Stays when a batch has ended; whoever is killed lets go of it."""


@dataclass(frozen=True, slots=True)
class Entry:
    """What became of an input."""

    input: str
    """As named, on one line and without secrets."""
    key: str
    """Tells inputs apart whose masked names are alike."""
    name: str
    """What its outputs are named after."""
    status: str
    """``begun``, ``done`` or ``failed``."""
    version: str = ""
    """Tells versions of the file apart."""
    options: str = ""
    """Tells the options apart that it was done with."""
    outputs: tuple[str, ...] = ()
    """Below the folder of the report."""
    cues: int | None = None
    media_s: float | None = None
    seconds: float | None = None
    """That workers took, parts of a split film added up."""
    parts: int = 1
    attempts: int = 1
    worker: str = ""
    error: str = ""
    warnings: tuple[str, ...] = field(default=())


def key_of(source: str) -> str:
    """Return what identifies an input: of its full address, or its absolute path."""
    full = source if scheme_of(source) and not os.path.lexists(source) else os.path.abspath(source)
    return hashlib.sha256(os.fsencode(full)).hexdigest()[:16]


def shown(source: str) -> str:
    """Return an input's name as it may be shown and stored."""
    return one_line(mask_secrets(source))


def version_of(source: str) -> str:
    """Return what tells versions of an input apart: size and time of change; "" where that can't be known."""
    with suppress(VidcapError):
        if is_remote(source):
            size, mark = facts_of(source)
            return f"{size} {mark}" if mark else ""
    with suppress(OSError, ValueError):
        found = os.stat(source)
        return f"{found.st_size} {found.st_mtime_ns}"
    return ""


def digest_of_options(options: Mapping[str, Any], model: str | None, formats: tuple[str, ...], release: str) -> str:
    """Return what tells apart the options that tracks depend on; a model counts by its file."""
    named = {name: str(value) for name, value in options.items()}
    model_version = version_of(model) if model else ""
    data = json.dumps([sorted(named.items()), model, model_version, formats, release], sort_keys=True)
    return hashlib.sha256(data.encode()).hexdigest()[:16]


class Report:
    """The report of a folder of outputs; a context manager.

    OutputError where it can't be written, or another process is at work there.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.path = folder / NAME
        self.entries: dict[str, Entry] = {}
        self._file: Any = None
        self._held = ExitStack()

    def __enter__(self) -> Self:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with ExitStack() as held:
                held.enter_context(_locked(self.folder))
                self.entries = dict(self._read())
                self._write_anew()
                self._file = open(self.path, "a", encoding="utf-8")
                self._held = held.pop_all()
        except OSError as error:
            raise OutputError(str(self.path), f"can't be written: {(error.strerror or str(error)).lower()}") from None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        with suppress(OSError):  # what add() could not write, and told of, can't be written now
            self._file.close()
        with self._held, suppress(OSError):
            self._write_anew()

    def add(self, entry: Entry) -> None:
        """Add what is known of an input now; it is on the disk when this returns."""
        self.entries[entry.key] = entry
        try:
            self._file.write(_line(entry))
            self._file.flush()
            os.fsync(self._file.fileno())
        except OSError as error:
            raise OutputError(str(self.path), f"can't be written: {(error.strerror or str(error)).lower()}") from None

    def is_whole(self, key: str, version: str, options: str) -> bool:
        """Tell whether an input need not be done again."""
        entry = self.entries.get(key)
        if entry is None or entry.status != "done":
            return False
        is_same = (entry.version, entry.options) == (version, options)
        return is_same and all((self.folder / name).is_file() for name in entry.outputs)

    def _read(self) -> Iterator[tuple[str, Entry]]:
        """Yield the entries of an earlier run; a line that was cut off when it was written tells nothing."""
        if not self.path.exists():
            return
        for line in self.path.read_text(encoding="utf-8", errors="replace").splitlines():
            with suppress(ValueError, TypeError, KeyError):
                values = json.loads(line)
                lists = {name: tuple(values.get(name, ())) for name in ("outputs", "warnings")}
                yield values["key"], Entry(**(values | lists))

    def _write_anew(self) -> None:
        temporary = self.path.with_name(f".{NAME}.{os.getpid()}")
        try:
            temporary.write_text("".join(map(_line, self.entries.values())), encoding="utf-8")
            os.replace(temporary, self.path)
        except OSError:
            with suppress(OSError):
                temporary.unlink()
            raise


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold a folder; two batches in it would lose each other's lines, and write over each other's tracks."""
    from filelock import FileLock, Timeout

    try:
        held = FileLock(folder / LOCK).acquire(timeout=0)
    except Timeout:
        raise OutputError(str(folder), "another batch is at work there") from None
    with held:
        yield


def _line(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False) + "\n"
