"""The command line: one thin file per command, each parses, calls the public API, and shows."""

from __future__ import annotations

import ctypes
import os
import sys
from collections.abc import Sequence
from contextlib import suppress
from typing import TYPE_CHECKING

import click

from vidcap.cli.root import root
from vidcap.cli.stopping import Terminated, interruptible
from vidcap.cli.terminal import say
from vidcap.errors import OutputClosed, VidcapError

if TYPE_CHECKING:
    from vidcap.captioner import Describer

_M_MMAP_THRESHOLD, _M_ARENA_MAX = -3, -8
"""Of glibc's malloc.h."""
OK, FAILED, MISUSED, INTERRUPTED, PIPE_CLOSED, TERMINATED = 0, 1, 2, 130, 141, 143


def main(arguments: Sequence[str] | None = None, *, describer: Describer | None = None) -> int:
    """Run the command line and return its exit code.

    ``describer`` speaks instead of a loaded model, for programs with one of their own. Codes:
    0 done; 1 an input could not be used; 2 wrong usage; 130 Ctrl-C; 143 SIGTERM; 141 the reader of stdout went away.
    """
    _mend_streams()
    _keep_memory_together()
    try:
        with interruptible():
            return _run(sys.argv[1:] if arguments is None else list(arguments), describer)
    except Terminated:
        return TERMINATED
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        _forget_stdout()
        return PIPE_CLOSED


def _run(arguments: list[str], describer: Describer | None) -> int:
    """Run a command; errors that are meant for the user become a line on stderr and a code."""
    try:
        with root.make_context("vidcap", arguments, obj=describer) as context:
            root.invoke(context)
        sys.stdout.flush()
    except click.exceptions.Exit as end:  # --help, --version, and commands that end with a code of their own
        return end.exit_code
    except click.ClickException as error:
        error.show()
        return MISUSED
    except OutputClosed:
        raise BrokenPipeError from None
    except VidcapError as error:
        say(str(error))
        return FAILED
    except OSError as error:
        if error.filename is not None or isinstance(error, BrokenPipeError):
            raise
        say(f"standard output: {error.strerror}")  # files are dealt with where they are used: this was click's help
        return FAILED
    except (MemoryError, RuntimeError, ImportError) as error:
        if not _is_short_of_means(error):
            raise
        say("the system gives no more memory or threads")
        return FAILED
    finally:
        _let_go_of_stdout()
    return OK


def _is_short_of_means(error: Exception) -> bool:
    """Whether the system refused memory, a thread, or room for a library."""
    words = ("start new thread", "failed to map segment", "cannot allocate memory")
    return isinstance(error, MemoryError) or any(said in str(error).lower() for said in words)


def _keep_memory_together() -> None:
    """Let glibc give large blocks back as soon as they are free, and keep small ones in two arenas.

    By default it learns to keep blocks of up to 32 MiB, and each thread that decodes gets an arena of its own: a long
    film would take a tenth more memory than a short one. Other C libraries have nothing of the kind.
    """
    with suppress(OSError, AttributeError):
        library = ctypes.CDLL(None)
        library.mallopt(_M_ARENA_MAX, 2)
        library.mallopt(_M_MMAP_THRESHOLD, 4 << 20)


def _mend_streams() -> None:
    """Put something where the caller closed a standard stream, or the next file opened would be taken for it."""
    modes = (os.O_RDONLY, os.O_RDONLY, os.O_WRONLY)  # writing to standard output fails, as it should
    for place, mode in enumerate(modes):
        try:
            os.fstat(place)
        except OSError:
            os.open(os.devnull, mode)  # takes the lowest number that is free
    if sys.stdout is None:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
    if sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115


def _let_go_of_stdout() -> None:
    """Forget what could not be written, or the interpreter would try again when it ends, and complain."""
    try:
        sys.stdout.flush()
    except BrokenPipeError:
        raise
    except OSError:
        _forget_stdout()


def _forget_stdout() -> None:
    """Let the interpreter's last flush of a closed stdout fail without a word."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
