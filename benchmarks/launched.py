"""Starts a command from a process as small as can be, to learn its own most memory.

The figure that the system gives for a process begins with what the process that started it had in memory: a benchmark
that has decoded film or loaded a library would find its own.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from contextlib import suppress
from pathlib import Path
from typing import Any

_LAUNCH = (
    "import os, subprocess, sys; child = subprocess.Popen(sys.argv[2:]); _, status, usage = os.wait4(child.pid, 0);"
    "open(sys.argv[1], 'w').write(str(usage.ru_maxrss)); sys.exit(os.waitstatus_to_exitcode(status))"
)


class Launched:
    """A command on its way; ``note`` is a file for its peak."""

    def __init__(self, command: list[str], note: Path, **options: Any) -> None:
        self._note = note
        small = [sys.executable, "-I", "-S", "-c", _LAUNCH, str(note)]
        self.process = subprocess.Popen([*small, *command], start_new_session=True, **options)

    def stop(self) -> None:
        """Ask it to end."""
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGTERM)

    def ended(self) -> tuple[int, float]:
        """Wait for its end; return its exit code, and the most memory in MiB, 0 where it was stopped."""
        code = self.process.wait()
        try:
            return code, int(self._note.read_text()) / 1024  # KiB on Linux
        except (OSError, ValueError):
            return code, 0.0
