"""What a describer asks of a network, whichever library runs it: arrays in, arrays out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from vidcap.model.config import ModelConfig
from vidcap.model.features import Features
from vidcap.model.plan import Plan
from vidcap.model.search import Ids, Numbers, Selectable
from vidcap.model.vocabulary import Vocabulary
from vidcap.types import Pixels


class Network(Protocol):
    """A frozen network; may be called from several threads."""

    @property
    def config(self) -> ModelConfig:
        """Its shape."""
        ...

    @property
    def vocabulary(self) -> Vocabulary:
        """The words that it can say."""
        ...

    @property
    def concepts(self) -> tuple[str, ...]:
        """What its recogniser knows."""
        ...

    @property
    def plan(self) -> Plan:
        """How its CNN is run."""
        ...

    @property
    def engine(self) -> str:
        """What runs all that follows the CNN, for people."""
        ...

    def grids(self, pictures: Pixels) -> Any:
        """Return the grids ``(N, D, h, w)`` of pictures ``(N, H, W, 3)``, fp32, as an array of its own kind."""
        ...

    def stacked(self, grids: Sequence[Any]) -> Any:
        """Return a copy of grids ``(D, h, w)`` as one array ``(N, D, h, w)``."""
        ...

    def features(self, grids: Any, lengths: Sequence[int]) -> Features:
        """Return what is known of B clips from the grids of all their frames ``(sum(lengths), D, h, w)``."""
        ...

    def remember(self, features: Features, styles: NDArray[np.intp]) -> Any:
        """Return what is to be looked at while B clips are worded in ``styles`` ``(B,)``."""
        ...

    def start(self, memory: Any, word_bias: Numbers | None = None) -> Selectable:
        """Return one sentence for each clip, before its first word.

        ``word_bias`` ``(B, V)`` is added to the logits of each clip's words, whatever they follow.
        """
        ...

    def step(self, words: Ids, running: Any) -> tuple[Numbers, Selectable]:
        """Return log-probabilities ``(N, V)`` of the words that may follow ``words`` ``(N,)``, and the sentences."""
        ...

    def attention(self, words: Ids, memory: Any) -> Numbers:
        """Return ``(B, L, M)``, averaged over heads: what is looked at before each word after ``words`` ``(B, L)``.

        Frames (T of them), then cells, then concepts; each row sums to 1.
        """
        ...
