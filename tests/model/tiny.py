"""A network small enough for tests: random weights, a few words, the real layers."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np
import torch

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


def random_clip(num_frames: int, seed: int = 0, index: int = 0) -> Clip:
    pictures = np.random.default_rng(seed).integers(0, 256, (num_frames, 64, 64, 3), dtype=np.uint8)
    times = tuple(Fraction(k, 2) for k in range(num_frames))
    return Clip(Span(index, index, Fraction(0), Fraction(num_frames), True, True), times, pictures)
