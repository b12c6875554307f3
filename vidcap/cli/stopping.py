"""Ctrl-C and SIGTERM as exceptions of the main thread, which are not lost wherever they come."""

from __future__ import annotations

import _thread
import importlib._bootstrap
import logging
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType, FunctionType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sys import UnraisableHookArgs

_AGAIN_S = 0.005
"""A signal that came at a bad moment is sent again after so long."""
_MOST_TRIES = 400
"""What takes longer than so many of these is interrupted nevertheless."""
_IMPORTING = vars(importlib._bootstrap)
_LOCKING = frozenset(
    method.__code__
    for owner in (threading.Condition, logging.Handler)
    for name in ("__enter__", "__exit__", "_release_save", "_acquire_restore", "acquire", "release")
    if isinstance(method := getattr(owner, name, None), FunctionType)
)
"""Where an exception leaves a lock held that nobody will let go, or the other way round."""


class Terminated(KeyboardInterrupt):
    """SIGTERM came: stop as on Ctrl-C, keeping what is done."""


@contextmanager
def interruptible() -> Iterator[None]:
    """Raise KeyboardInterrupt on Ctrl-C and :class:`Terminated` on SIGTERM meanwhile; only the main thread can.

    Both are raised where Python code runs next, and not all code can bear it. Modules written in C, while they are
    imported, turn them into errors of their own, which importing code may take for a module that is missing: so imports
    are let finish. Finalisers, and callbacks of weak references, have Python tell of an exception and go on as if
    nothing had been: such a signal is sent again, without a word. Locks of the standard library that are Python code
    would be left held, and whoever wants them next would wait for ever: they are let finish, too. What fails after a
    signal was raised failed by it.

    A signal that whoever started the program has it ignore stays ignored, and one that a program handles in a way of
    its own stays its own.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    stops = (_Stop(signal.SIGINT, KeyboardInterrupt), _Stop(signal.SIGTERM, Terminated))
    unraisable = sys.unraisablehook

    def note(lost: UnraisableHookArgs) -> None:
        if not any(stop.is_lost(lost.exc_type) for stop in stops):
            unraisable(lost)

    before = [stop.begin() for stop in stops]
    sys.unraisablehook = note
    try:
        yield
    except Exception as error:
        for stop in stops:
            stop.raise_if_come(error)
        raise
    finally:
        sys.unraisablehook = unraisable
        for stop, handler in zip(stops, before, strict=True):
            stop.end(handler)


class _Stop:
    """One signal, and the exception that it becomes."""

    def __init__(self, number: signal.Signals, kind: type[KeyboardInterrupt]) -> None:
        self._number = number
        self._kind = kind
        self._is_on = False
        self._tries = 0
        self._has_come = False

    def begin(self) -> Any:
        """Handle the signal from now on, unless somebody else does; return its handler before."""
        before = signal.getsignal(self._number)
        self._is_on = before in (signal.SIG_DFL, signal.default_int_handler)
        if self._is_on:
            signal.signal(self._number, self._raise)
        return before

    def end(self, handler: Any) -> None:
        """Put the handler before back."""
        if self._is_on:
            self._is_on = False
            signal.signal(self._number, handler)

    def _raise(self, _number: int, frame: FrameType | None) -> None:
        if self._tries < _MOST_TRIES and _is_delicate(frame) and _begun(self._send_again):
            self._tries += 1
            return
        self._tries, self._has_come = 0, True
        raise self._kind

    def raise_if_come(self, error: Exception) -> None:
        """Raise the exception once more if it has been raised, and was lost in another error."""
        if self._has_come:
            raise self._kind from error

    def is_lost(self, kind: type[BaseException]) -> bool:
        """Whether what Python could not raise was this signal; it is sent again."""
        return self._is_on and kind is self._kind and _begun(self._send_again)

    def _send_again(self) -> None:
        time.sleep(_AGAIN_S)
        main = threading.main_thread().ident
        if self._is_on and main is not None:
            if hasattr(signal, "pthread_kill"):
                signal.pthread_kill(main, self._number)  # ends what the thread waits for, too
            else:
                _thread.interrupt_main(self._number)


def _is_delicate(frame: FrameType | None) -> bool:
    """Whether a lock is taken or let go in the frame, or a module imported there or further out."""
    if frame is not None and frame.f_code in _LOCKING:
        return True
    while frame is not None:
        if frame.f_globals is _IMPORTING:
            return True
        frame = frame.f_back
    return False


def _begun(function: Callable[[], None]) -> bool:
    """Have a thread run the function; return whether one can be had.

    This runs within any line of any library, so it may not wait for a lock, as :meth:`threading.Thread.start` does.
    """
    try:
        _thread.start_new_thread(function, ())
    except RuntimeError:
        return False
    return True
