"""When somebody may be speaking, by how loud it is: what stands out of the film's own quiet parts counts as speech.

It can't tell a voice from music or an engine. That errs on the safe side: such parts are no pauses.
"""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from itertools import groupby

import numpy as np
from numpy.typing import NDArray

from vidcap.cues.pauses import Span, joined
from vidcap.pauses.sound import RATE, blocks_of, sound_of
from vidcap.sources.opening import Opened
from vidcap.timeline import Seconds

_BLOCK = RATE // 50  # 20 ms
_SILENT_DB, _FAINT_DB = -90.0, -55.0  # of full scale: nothing; too faint to be speech
_LEAST_RANGE_DB = 6.0  # between quiet and loud; a film of one loudness has no pauses
_SHARE = 0.4  # of the way from quiet to loud, where speech begins
_SHORTEST_S = Fraction(1, 10)  # a click is no speech
_BREATH_S = Fraction(3, 10)


def speech_by_energy(opened: Opened) -> list[Span]:
    """Return when it is loud enough for speech in an opened film."""
    times_s, levels = [], []
    for start_s, block in blocks_of(sound_of(opened), _BLOCK):
        times_s.append(start_s)
        levels.append(level_db(block))
    return list(loud_spans(times_s, np.array(levels, np.float32)))


def level_db(block: NDArray[np.float32]) -> float:
    """Return how loud some samples are, in decibels of full scale: their mean square."""
    power = float(np.mean(np.square(block, dtype=np.float64)))
    return max(_SILENT_DB, 10 * float(np.log10(power))) if power > 0 else _SILENT_DB


def loud_spans(times_s: list[Seconds], levels: NDArray[np.float32]) -> Iterator[Span]:
    """Yield where levels stand out, given when each block of 20 ms begins; breaths are bridged, clicks left out."""
    threshold = _threshold(levels) if len(levels) else 0.0
    block_s = Fraction(_BLOCK, RATE)
    spans = []
    for is_loud, run in groupby(zip(times_s, levels, strict=True), key=lambda each: bool(each[1] >= threshold)):
        if is_loud:
            blocks = [start_s for start_s, _ in run]
            spans.append((blocks[0], blocks[-1] + block_s))
    yield from (span for span in joined(spans, _BREATH_S) if span[1] - span[0] >= _SHORTEST_S)


def _threshold(levels: NDArray[np.float32]) -> float:
    """Return from which level on it may be speech, by the quiet and the loud tenth of the film."""
    quiet, loud = (float(value) for value in np.percentile(levels, (10, 95)))
    if loud - quiet < _LEAST_RANGE_DB:
        return _FAINT_DB
    return max(_FAINT_DB, quiet + _SHARE * (loud - quiet))
