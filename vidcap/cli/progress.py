"""The progress bar: media time, times real time, time left. On stderr, and only where a person looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from vidcap.cli.terminal import harmless
from vidcap.timeline import Seconds, clock, to_ms
from vidcap.types import Frame

if TYPE_CHECKING:
    from rich.console import Console
    from rich.progress import Progress, Task


class Position:
    """How far a film has been read: a tap (:data:`vidcap.captioner.Tap`) on the stream ``decode``."""

    def __init__(self) -> None:
        self.read_s: Seconds | None = None

    def __call__(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass a stream on; note the time of each frame."""
        return self._noted(items) if stage == "decode" else items

    def _noted(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        for frame in frames:
            self.read_s = frame.end_s
            yield frame


@contextmanager
def shown_progress(
    name: str, position: Position, *, start_s: Seconds, end_s: Seconds | None, console: Console | None = None
) -> Iterator[None]:
    """Show how ``position`` moves from ``start_s`` towards ``end_s`` until the block is left; then it is wiped out."""
    from rich.console import Console

    with _bar(position, console or Console(stderr=True, highlight=False)) as progress:
        total = None if end_s is None or end_s <= start_s else float(end_s - start_s)
        progress.add_task(harmless(name)[-40:], total=total, start_s=start_s, end_s=end_s)
        yield


def _bar(position: Position, console: Console) -> Progress:
    """Return a bar that reads ``position`` each time it is drawn."""
    from rich.progress import BarColumn, Progress, ProgressColumn, TextColumn, TimeRemainingColumn
    from rich.text import Text

    class MediaTime(ProgressColumn):
        def render(self, task: Task) -> Text:
            done = clock(max(0, to_ms(position.read_s or task.fields["start_s"])))[:-4]
            end_s = task.fields["end_s"]
            return Text(done if end_s is None else f"{done} of {clock(to_ms(end_s))[:-4]}")

    class Pace(ProgressColumn):
        def render(self, task: Task) -> Text:
            elapsed_s = task.elapsed
            return Text(f"{task.completed / elapsed_s:.1f}x real time" if elapsed_s else "")

    class Bar(Progress):
        def get_renderables(self) -> Iterator[Any]:
            for task in self.tasks:
                if position.read_s is not None:
                    done = max(0.0, float(position.read_s - task.fields["start_s"]))
                    self.update(task.id, completed=done if task.total is None else min(done, task.total))
            yield from super().get_renderables()

    return Bar(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=24),
        MediaTime(),
        Pace(),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        refresh_per_second=5,
        redirect_stdout=False,
    )
