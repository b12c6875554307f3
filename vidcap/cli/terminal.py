"""What the command line says on stderr: single lines, without control characters and without passwords."""

from __future__ import annotations

import contextlib
import logging
import sys

import click

from vidcap.text import one_line
from vidcap.urls import mask_secrets


def say(message: str) -> None:
    """Write ``vidcap: MESSAGE`` as one harmless line on stderr; a closed stderr is no error."""
    with contextlib.suppress(BrokenPipeError):
        click.echo(f"vidcap: {harmless(message)}", err=True)


def harmless(text: str) -> str:
    """Return ``text`` on one line, control characters neutralised, secrets of addresses masked."""
    return one_line(mask_secrets(text))


class _LineHandler(logging.Handler):
    """Shows log records as :func:`say` does; looks stderr up each time, so a progress bar stays in one piece."""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record."""
        try:
            level = "" if record.levelno == logging.INFO else f"{record.levelname.lower()}: "
            say(level + record.getMessage())
            if record.exc_info and record.levelno <= logging.DEBUG:
                click.echo(logging.Formatter().formatException(record.exc_info), err=True)
        except Exception:
            self.handleError(record)


def log_to_stderr(context: click.Context, *, verbose: int, is_quiet: bool) -> None:
    """Show the library's log on stderr until the command ends: warnings, and more with each ``-v``."""
    levels = [logging.WARNING, logging.INFO, logging.DEBUG]
    logger, handler = logging.getLogger("vidcap"), _LineHandler()
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.ERROR if is_quiet else levels[min(verbose, 2)])

    def undo() -> None:
        logger.removeHandler(handler)
        logger.setLevel(before)

    context.call_on_close(undo)


def is_terminal() -> bool:
    """Return whether a person looks at stderr."""
    return sys.stderr is not None and sys.stderr.isatty()
