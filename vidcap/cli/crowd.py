"""Shows a batch at work: a table with a line for each worker's film where a person looks, else a line a film."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vidcap.batch import Entry, Unit
from vidcap.cli.terminal import harmless, is_terminal, say
from vidcap.timeline import clock

if TYPE_CHECKING:
    from rich.live import Live
    from rich.table import Table

_LONGEST_NAME = 48


@dataclass(slots=True)
class _Row:
    """A unit under way."""

    name: str
    began_s: float
    read_s: float | None = None
    first_s: float | None = None


class Crowd:
    """A :class:`vidcap.batch.schedule.Watcher` that tells people."""

    def __init__(self, total: int, live: Live | None, *, is_quiet: bool) -> None:
        self._rows: dict[Unit, _Row] = {}
        self._total = total
        self._settled = self._failed = 0
        self._media_s = 0.0
        self._began_s = time.monotonic()
        self._live = live
        self._is_quiet = is_quiet

    def say(self, message: str) -> None:
        """Say something to people, unless they want none of it."""
        if not self._is_quiet:
            say(message)

    def started(self, unit: Unit, name: str) -> None:
        """Add a line for a unit."""
        part = f" from {clock(int(unit.range.start_s) * 1000)[:-4]}" if unit.range is not None else ""
        self._rows[unit] = _Row(harmless(name)[-_LONGEST_NAME:] + part, time.monotonic())

    def moved(self, unit: Unit, read_s: float) -> None:
        """Note how far a unit is."""
        row = self._rows.get(unit)
        if row is not None:
            row.first_s = read_s if row.first_s is None else row.first_s
            row.read_s = read_s

    def ended(self, unit: Unit) -> None:
        """Take the line of a unit away."""
        self._rows.pop(unit, None)

    def settled(self, entry: Entry) -> None:
        """Count an input, and tell of it."""
        self._settled += 1
        self._failed += entry.status == "failed"
        self._media_s += entry.media_s or 0.0
        if entry.status == "done":
            self.say(f"{entry.input}: {entry.cues} cues for {entry.media_s:.1f} s in {entry.seconds:.1f} s")

    def tick(self) -> None:
        """Draw anew."""
        if self._live is not None:
            self._live.update(self.table())

    def table(self) -> Table:
        """Return what is under way as a table."""
        from rich.table import Table
        from rich.text import Text

        spent_s = max(1e-3, time.monotonic() - self._began_s)
        failed = f", {self._failed} failed" if self._failed else ""
        done = f"{self._settled} of {self._total} films{failed}   {self._media_s / spent_s:.1f}x real time"
        table = Table("film", "read", "pace", "for", box=None, pad_edge=False, caption=done, caption_justify="left")
        for row in list(self._rows.values()):
            read = "" if row.read_s is None else clock(int(row.read_s * 1000))[:-4]
            table.add_row(Text(row.name), read, _pace(row), f"{time.monotonic() - row.began_s:.0f} s")
        return table


def _pace(row: _Row) -> str:
    if row.read_s is None or row.first_s is None or row.read_s <= row.first_s:
        return ""
    return f"{(row.read_s - row.first_s) / max(1e-3, time.monotonic() - row.began_s):.1f}x"


@contextmanager
def shown_batch(total: int, *, is_quiet: bool) -> Iterator[Crowd]:
    """Show a batch of so many films until the block is left; the table is wiped out then."""
    if is_quiet or not is_terminal():
        yield Crowd(total, None, is_quiet=is_quiet)
        return
    from rich.console import Console
    from rich.live import Live

    console: Any = Console(stderr=True, highlight=False)
    with Live(console=console, transient=True, refresh_per_second=4) as live:
        yield Crowd(total, live, is_quiet=is_quiet)
