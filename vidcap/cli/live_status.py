"""What the operator sees of a live source: one line that is kept up to date, or a line for each change of state."""

from __future__ import annotations

import sys
from contextlib import suppress
from types import TracebackType
from typing import Self

from vidcap.cli.terminal import harmless, is_terminal, say
from vidcap.live.events import CueUpdate, LiveEvent, State, StreamState, Tally
from vidcap.timeline import clock, to_ms

_WIPE = "\r\x1b[K"


class LiveStatus:
    """Shows state and figures on stderr; a context manager that wipes its line out."""

    def __init__(self, name: str, *, is_quiet: bool) -> None:
        self._name = harmless(name)
        self._is_quiet = is_quiet
        self._is_shown = is_terminal() and not is_quiet
        self._state: StreamState | None = None
        self._tally: Tally | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._write(_WIPE)

    def take(self, event: LiveEvent) -> None:
        """Show an event."""
        if isinstance(event, StreamState):
            self._take_state(event)
        elif isinstance(event, Tally):
            self._tally = event
            self._write(f"{_WIPE}{self.line()[: _columns() - 1]}")
        elif isinstance(event, CueUpdate):
            self._write(_WIPE)  # lines on the same screen begin at its edge

    def line(self) -> str:
        """Return state and figures on one line."""
        state = "starting" if self._state is None else str(self._state.state)
        if self._state is not None and self._state.state is State.WAITING:
            state += f" ({self._state.reason}; attempt {self._state.attempt})"
        return f"{state}  {_figures(self._tally)}" if self._tally is not None else state

    def summarise(self) -> None:
        """Say what the session came to."""
        is_failed = self._state is not None and self._state.state is State.GIVEN_UP
        if self._tally is not None and not self._is_quiet and (self._tally.frames_in or not is_failed):
            say(f"{self._name}: {_figures(self._tally)}")

    def _take_state(self, state: StreamState) -> None:
        before, self._state = self._state, state
        if self._is_quiet or state.state in (State.STOPPED, State.GIVEN_UP, State.CONNECTING):
            return
        if state.state is State.LIVE and before is not None and before.state is State.LIVE:
            return
        self._write(_WIPE)
        retry = f"; next attempt ({state.attempt + 1}) in {state.retry_in_s:.1f} s"
        reason = f": {state.reason}" if state.reason else ""
        say(f"{self._name}: {state.state}{reason}{retry if state.state is State.WAITING else ''}")

    def _write(self, text: str) -> None:
        if self._is_shown:
            with suppress(OSError, ValueError):
                sys.stderr.write(text)
                sys.stderr.flush()


def _columns() -> int:
    import shutil

    return shutil.get_terminal_size().columns


def _figures(tally: Tally) -> str:
    delay = "none yet"
    if tally.delay_p50_s is not None and tally.delay_p95_s is not None:
        delay = f"{tally.delay_p50_s:.2f} s (p95 {tally.delay_p95_s:.2f} s)"
    return (
        f"{clock(max(0, to_ms(tally.media_s)))[:-4]}, {tally.cues} cues, delay {delay}, {tally.frames_in} frames in,"
        f" {tally.frames_dropped} dropped, {tally.reconnects} reconnects, {tally.fps_in:.1f} fps"
    )
