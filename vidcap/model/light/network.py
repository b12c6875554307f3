"""The whole network, run by OpenVINO alone."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from vidcap.model.compiled import lite0_grids
from vidcap.model.config import ModelConfig
from vidcap.model.cores import num_cores, share_out
from vidcap.model.features import Features
from vidcap.model.graph import Lite0Weights
from vidcap.model.light.remembering import Memory, Recognising, Remembering, averaged, clip_average
from vidcap.model.light.wording import Running, Wording
from vidcap.model.plan import Plan
from vidcap.model.search import Ids, Numbers
from vidcap.model.stored import Stored
from vidcap.types import Pixels

_BODY = "encoder.body."


class LightNetwork:
    """A stored model, ready to work on a processor; see :class:`vidcap.model.running.Network`."""

    engine = "openvino, without torch"

    def __init__(self, stored: Stored, plan: Plan) -> None:
        config, weights, share = stored.described.config, stored.weights, share_out(num_cores())
        self.config: ModelConfig = config
        self.vocabulary = stored.described.vocabulary
        self.concepts = stored.described.concepts
        self.plan = plan
        body = {name.removeprefix(_BODY): value for name, value in weights.items() if name.startswith(_BODY)}
        self._grids = lite0_grids(Lite0Weights.of(config, body), plan.precision, share)
        self._recognise = Recognising(config, weights, share)
        self._remember = Remembering(config, weights, share)
        self._wording = Wording(config, weights, share)

    def grids(self, pictures: Pixels) -> Numbers:
        """Return the grids ``(N, D, h, w)`` of pictures ``(N, H, W, 3)``, fp32."""
        return self._grids(pictures)

    def stacked(self, grids: Sequence[Numbers]) -> Numbers:
        """Return a copy of grids ``(D, h, w)`` as one array ``(N, D, h, w)``."""
        return np.stack(grids)

    def features(self, grids: Numbers, lengths: Sequence[int]) -> Features:
        """Return what is known of B clips from the grids of all their frames ``(sum(lengths), D, h, w)``."""
        flat = grids.reshape(*grids.shape[:2], -1)
        pooled, average = flat.mean(2), clip_average(lengths)
        mean_max = averaged(np.concatenate((pooled, flat.max(2)), 1), average)
        imagenet, known = self._recognise(pooled, mean_max, average)
        ends = np.cumsum(lengths)
        padded = np.zeros((len(lengths), max(lengths), pooled.shape[1]), np.float32)
        cells = np.empty((len(lengths), *flat.shape[1:]), np.float32)
        for row, (end, length) in enumerate(zip(ends, lengths, strict=True)):
            padded[row, :length] = pooled[end - length : end]
            flat[end - length : end].mean(0, out=cells[row])
        return Features(padded, np.array(lengths), cells, mean_max, imagenet, known)

    def remember(self, features: Features, styles: NDArray[np.intp]) -> Memory:
        """Return what is to be looked at while B clips are worded in ``styles`` ``(B,)``."""
        return self._remember(features, styles)

    def start(self, memory: Memory, word_bias: Numbers | None = None) -> Running:
        """Return one sentence for each clip, before its first word; ``word_bias`` ``(B, V)`` is added to its logits."""
        return self._wording.start(memory, word_bias)

    def step(self, words: Ids, running: Running) -> tuple[Numbers, Running]:
        """Return log-probabilities ``(N, V)`` of the words that may follow ``words`` ``(N,)``, and the sentences."""
        return self._wording.step(words, running)

    def attention(self, words: Ids, memory: Memory) -> Numbers:
        """Return ``(B, L, M)``, averaged over heads: what is looked at before each word after ``words`` ``(B, L)``."""
        return self._wording.attention(words, memory)
