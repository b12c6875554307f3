"""A network small enough for tests: random weights, a few words, the real layers."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import torch

from tests.model.clips import random_clip
from vidcap.model.calibration import FEATURES, Calibration, Line
from vidcap.model.checkpoint import Checkpoint
from vidcap.model.config import ModelConfig
from vidcap.model.network import CaptionNetwork
from vidcap.model.vocabulary import SPECIALS, Vocabulary

__all__ = ["CONCEPTS", "WORDS", "random_clip", "tiny_calibration", "tiny_checkpoint", "tiny_network"]
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
