"""Captions become cues: the sentences of a track, with the times at which they are shown.

>>> from fractions import Fraction
>>> from vidcap.types import Caption, Span
>>> span = Span(0, 0, start_s=Fraction(0), end_s=Fraction(3), starts_shot=True, ends_shot=True)
>>> [cue.text for cue in cues([Caption(span=span, text="a dog runs", confidence=0.5)])]
['A dog runs.']
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vidcap.cues.blocks import blocks
from vidcap.cues.config import PRESETS, CueConfig
from vidcap.cues.pauses import Fitted, GapConfig, fit_into_pauses
from vidcap.cues.placing import place, readable
from vidcap.types import Caption, Cue

__all__ = ["PRESETS", "CueConfig", "Fitted", "GapConfig", "cues", "fit_into_pauses"]


def cues(captions: Iterable[Caption], config: CueConfig | None = None) -> Iterator[Cue]:
    """Yield the cues of a film, lazily, in order and without overlap, from its captions in the order of time.

    A cue is given as soon as what follows it can't change it: as a rule when the next caption says something
    else, at the latest ``max_duration_s + close_gap_s`` after its start. Captions without visible text, and
    those less certain than ``min_confidence``, are silence. How neighbours merge is told in
    :mod:`vidcap.cues.blocks`, how times are chosen in :mod:`vidcap.cues.placing`.
    """
    config = config or CueConfig()
    yield from place(readable(blocks(captions, config), config), config)
