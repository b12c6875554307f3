"""A network small enough for tests: random weights, a few words, the real layers."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import Any

import numpy as np
import torch

from vidcap.model.calibration import FEATURES, Calibration, Line
from vidcap.model.checkpoint import Checkpoint
from vidcap.model.config import ModelConfig
from vidcap.model.network import CaptionNetwork
from vidcap.model.vocabulary import SPECIALS, Vocabulary
from vidcap.types import Clip, Span

WORDS = ("a", "man", "woman", "dog", "rides", "horse", "the", "on", "red", "bicycle", "street", "plays")
CONCEPTS = ("man", "dog", "ride", "horse", "street")


def tiny_network(seed: int = 0, concepts: tuple[str, ...] = CONCEPTS, **changes: Any) -> CaptionNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        config = ModelConfig(
            **{"picture_px": 64, "width": 32, "heads": 4, "concept_width": 16, "num_concepts": 3, **changes}
        )
        return CaptionNetwork(config, Vocabulary((*SPECIALS, *WORDS)), concepts).eval()


def tiny_checkpoint(seed: int = 0, **changes: Any) -> Checkpoint:
    return Checkpoint(tiny_network(seed, **changes), tuple(f"class {i}" for i in range(1000)), {"data": ["none"]})


def tiny_calibration(**changes: Any) -> Calibration:
    """Every sentence has an even chance; concepts are believed as they are."""
    zeros, ones = dict.fromkeys(FEATURES, 0.0), dict.fromkeys(FEATURES, 1.0)
    plain = Calibration(
        centre=zeros, scale=ones, weights=zeros, bias=0.0, concept=Line(1.0, 0.0), person=Line(1.0, 0.0)
    )
    return replace(plain, **changes)


def random_clip(num_frames: int, seed: int = 0, index: int = 0) -> Clip:
    """Pictures of coloured squares, 8 pixels wide: noise of single pixels would be told as what it is."""
    squares = np.random.default_rng(seed).integers(0, 256, (num_frames, 8, 8, 3), dtype=np.uint8)
    pictures = squares.repeat(8, axis=1).repeat(8, axis=2)
    times = tuple(Fraction(k, 2) for k in range(num_frames))
    return Clip(Span(index, index, Fraction(0), Fraction(num_frames), True, True), times, pictures)
