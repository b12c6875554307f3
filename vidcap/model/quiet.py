"""OpenVINO, imported so that it tells nobody, and begun so that signals are no worse for it.

Its import sends a message over the network, from a process forked for it, and leaves a number for this person in
``~/intel``; unless its package for that is missing, which is what it is made to believe (``openvino/tools/ovc``).

Each ``Core`` (``openvino.compile_model`` makes one of its own) gives the thread that first uses it another stack for
signals, and where several are given up in another order than they came puts one back that is freed (``intel_cpu``'s
``SigAltStackSetup``): the next Ctrl-C then ends the process by a segmentation fault. So there is one, for good, begun
in a thread that ends.
"""

from __future__ import annotations

import importlib
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

_lock, _core_lock = threading.Lock(), threading.Lock()
_core: Any = None


def imported_openvino() -> Any:
    """Return the module ``openvino``; ImportError where it is not installed."""
    with _lock:
        if "openvino" in sys.modules:  # also where somebody else imported it, with whatever it sends
            return importlib.import_module("openvino")
        with _missing("openvino_telemetry"):
            return importlib.import_module("openvino")


def openvino_core() -> Any:
    """Return the one ``openvino.Core`` of this process; ImportError where OpenVINO is not installed."""
    global _core
    with _core_lock:
        if _core is None:
            with ThreadPoolExecutor(1, "vidcap-openvino") as pool:
                _core = pool.submit(_begun_core).result()
        return _core


def _begun_core() -> Any:
    core = imported_openvino().Core()
    core.get_property("CPU", "FULL_DEVICE_NAME")  # what makes it begin
    return core


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
