"""OpenVINO, imported so that it tells nobody.

Its import sends a message over the network, from a process forked for it, and leaves a number for this person in
``~/intel``; unless its package for that is missing, which is what it is made to believe (``openvino/tools/ovc``).
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_lock = threading.Lock()


def imported_openvino() -> Any:
    """Return the module ``openvino``; ImportError where it is not installed."""
    with _lock:
        if "openvino" in sys.modules:  # also where somebody else imported it, with whatever it sends
            return importlib.import_module("openvino")
        with _missing("openvino_telemetry"):
            return importlib.import_module("openvino")


@contextmanager
def _missing(name: str) -> Iterator[None]:
    """Have imports of a module fail meanwhile; afterwards others may have it."""
    before = sys.modules.get(name)
    sys.modules[name] = None  # type: ignore[assignment]  # what makes an import fail
    try:
        yield
    finally:
        del sys.modules[name]
        if before is not None:
            sys.modules[name] = before
