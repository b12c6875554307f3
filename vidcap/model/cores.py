"""How the processor's cores are shared out, so that libraries do not fight over them. Loads no library."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass

MOST_WORKERS = 4
FIRST_CALLS = 4
"""Calls that torch answers, which is ready at once, before a faster runtime that takes seconds to make ready."""


@dataclass(frozen=True, slots=True)
class Share:
    """What the model gets; the decoder has threads of its own, and what the model leaves idle."""

    workers: int
    """Batches that are described at the same time."""
    threads: int
    """Threads that each of them may use."""


def num_cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def share_out(cores: int) -> Share:
    """Return the model's share of ``cores``.

    Several batches with one thread each need less waiting for one another than one batch with several threads. Only
    on large machines have workers more than one, and then half of the cores are left to the decoder.

    >>> [share_out(cores) for cores in (1, 2, 16)]
    [Share(workers=1, threads=1), Share(workers=2, threads=1), Share(workers=4, threads=2)]
    """
    workers = min(cores, MOST_WORKERS)
    return Share(workers, max(1, cores // (2 * workers)))


def hold_torch(threads: int) -> None:
    """Hold torch, where it has been loaded, to so many threads: OpenVINO is held to its share as it is made ready."""
    if sys.modules.get("torch") is not None:
        import torch

        torch.set_num_threads(threads)
