"""Measures how fast a film is captioned: stage by stage, on each device alone and on all of them together.

``synthetic`` writes a film where none is given, ``stopwatch`` times the stages, ``child`` is what each device's process
does, ``run`` leads them, ``hardware`` names what was measured on. Figures are for comparison within one run: a busy
machine makes all of them smaller.
"""

from vidcap.bench.hardware import hardware
from vidcap.bench.run import BenchConfig, BenchError, Report, bench
from vidcap.bench.stopwatch import STAGES, Stopwatch
from vidcap.bench.synthetic import SyntheticConfig, write_synthetic
from vidcap.bench.values import Alone, Stage, Together

__all__ = [
    "STAGES",
    "Alone",
    "BenchConfig",
    "BenchError",
    "Report",
    "Stage",
    "Stopwatch",
    "SyntheticConfig",
    "Together",
    "bench",
    "hardware",
    "write_synthetic",
]
