"""Captions many films on many devices: what there is to do, who does it, and what became of it.

``inputs`` and ``names`` say what is captioned and what its tracks are called, ``report`` what is whole already.
``schedule`` hands units of ``work`` to an engine: ``pool`` (processes here) or ``cluster`` (Ray). ``worker`` is
what runs at the other end, ``parts`` how a long film is split and joined again, ``tracks`` what is written in the end.
Workers write nothing: a unit can be done twice without harm, and one process alone writes tracks.
"""

from vidcap.batch.api import Batch, Summary, Unwatched, plan_batch, run_batch
from vidcap.batch.config import BatchConfig
from vidcap.batch.pool import Engine, LocalEngine
from vidcap.batch.report import Entry, Report
from vidcap.batch.work import Recipe, Unit

__all__ = [
    "Batch",
    "BatchConfig",
    "Engine",
    "Entry",
    "LocalEngine",
    "Recipe",
    "Report",
    "Summary",
    "Unit",
    "Unwatched",
    "plan_batch",
    "run_batch",
]
