"""Scores of captions against what people said, and what is needed to trust them."""

from __future__ import annotations

from vidcap.evaluate.cider import CiderD, cider_d
from vidcap.evaluate.tokens import tokenize

__all__ = ["CiderD", "cider_d", "tokenize"]
