"""JSON Lines: one object a cue, with all that is known about it.

``media`` names the film, where its name is known.
Exact times are strings ``"numerator/denominator"`` in seconds; ``start_ms`` and ``end_ms`` are what every
other format shows. Numbers that JSON can't hold (not a number, infinite) are null. Text is on one line, free
of control characters.
"""

from __future__ import annotations

import json
import math
from typing import Any

from vidcap.formats.base import Shown, TrackWriter, best_labels
from vidcap.text import one_line
from vidcap.timeline import Seconds
from vidcap.types import Attention, Caption, Cue, Hypothesis, Label


class JsonlWriter(TrackWriter):
    """Writes JSON Lines (.jsonl)."""

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return one line, its line feed included."""
        record: dict[str, Any] = {
            "start": _ratio(cue.start_s),
            "end": _ratio(cue.end_s),
            "start_s": float(cue.start_s),
            "end_s": float(cue.end_s),
            "start_ms": shown.start_ms,
            "end_ms": shown.end_ms,
            "text": " ".join(shown.lines),
            "lines": shown.lines,
            "confidence": _number(cue.confidence),
            "shot": cue.shot_index,
            "extended": cue.is_extended,
            "labels": [_label(label) for label in best_labels(cue)],
            "captions": [_caption(caption) for caption in cue.captions],
        }
        media = one_line(self._info.media)
        named = {"media": media} | record if media else record
        return json.dumps(named, ensure_ascii=False, allow_nan=False) + "\n"


def _ratio(time_s: Seconds) -> str:
    return f"{time_s.numerator}/{time_s.denominator}"


def _number(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _label(label: Label) -> dict[str, Any]:
    return {"name": one_line(label.name), "probability": _number(label.probability)}


def _caption(caption: Caption) -> dict[str, Any]:
    record: dict[str, Any] = {
        "start": _ratio(caption.start_s),
        "end": _ratio(caption.end_s),
        "shot": caption.span.shot_index,
        "text": one_line(caption.text),
        "confidence": _number(caption.confidence),
        "logprob": _number(sum(caption.token_logprobs)) if caption.token_logprobs else None,
        "token_logprobs": [_number(value) for value in caption.token_logprobs],
        "labels": [_label(label) for label in caption.labels],
        "alternatives": [_alternative(hypothesis) for hypothesis in caption.alternatives],
    }
    if caption.attention is not None:
        record["attention"] = _attention(caption.attention)
    return record


def _attention(look: Attention) -> dict[str, Any]:
    """Return the shares of each word: of pictures, of places in rows, of recognised things."""
    return {
        "words": [one_line(word) for word in look.words],
        "frames": look.frames.astype(float).round(4).tolist(),
        "cells": look.cells.astype(float).round(4).tolist(),
        "concepts": look.concepts.astype(float).round(4).tolist(),
    }


def _alternative(hypothesis: Hypothesis) -> dict[str, Any]:
    return {"text": one_line(hypothesis.text), "logprob": _number(hypothesis.logprob)}
