"""When somebody speaks, by a model that knows voices: Silero VAD, whose weights lie in its package."""

from __future__ import annotations

import warnings
from fractions import Fraction
from importlib import import_module
from typing import Any

from vidcap.cues.pauses import Span
from vidcap.errors import SourceUnsupported
from vidcap.pauses.sound import RATE, blocks_of, sound_of
from vidcap.sources.opening import Opened

_BLOCK = 512  # what the model takes at 16 kHz
_SHORTEST_S = Fraction(1, 5)  # the beat of a drum may sound like a voice for less
_LIKELY, _UNLIKELY = 0.5, 0.35  # speech begins above the one, ends below the other


def speech_by_voice(opened: Opened) -> list[Span]:
    """Return when a voice is heard in an opened film; SourceUnsupported where the model is not installed."""
    model = _model(opened.target.name)
    import torch

    spans: list[Span] = []
    begun_s: Fraction | None = None
    end_s = Fraction(0)
    with torch.inference_mode():
        for start_s, block in blocks_of(sound_of(opened), _BLOCK):
            if start_s - end_s > 1:
                model.reset_states()
            end_s = start_s + Fraction(_BLOCK, RATE)
            likely = float(model(torch.from_numpy(block.copy()), RATE))
            if begun_s is None and likely >= _LIKELY:
                begun_s = start_s
            elif begun_s is not None and likely < _UNLIKELY:
                spans.append((begun_s, start_s))
                begun_s = None
    if begun_s is not None:
        spans.append((begun_s, end_s))
    return [span for span in spans if span[1] - span[0] >= _SHORTEST_S]


def _model(name: str) -> Any:
    try:
        silero = import_module("silero_vad")
    except ImportError as error:
        raise SourceUnsupported(name, "to hear voices the model is needed: pip install 'vidcap[voice]'") from error
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it loads its weights in a way that torch wants to give up
        return silero.load_silero_vad()
