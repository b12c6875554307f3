"""The program: ``vidcap``, or ``python -m vidcap``."""

from __future__ import annotations

import signal
from typing import NoReturn


def run() -> NoReturn:
    """Run the command line as a program of its own, and end it.

    A thread that is still on its way out of a library (a read that hangs, a description nobody waits for) may not
    outlive the interpreter: taken down by it, C++ would end the process by a signal. So what was registered for the
    end is done, and then the process ends at once.
    """
    if signal.getsignal(signal.SIGINT) == signal.default_int_handler:  # it would show a traceback
        signal.signal(signal.SIGINT, signal.SIG_DFL)  # until the command line handles it, and afterwards

    import atexit
    import os
    import sys
    from contextlib import suppress

    from vidcap.cli import main

    code = main()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    os._exit(code)


if __name__ == "__main__":
    run()
