"""What each word of a finished sentence looked at: frames, places in the picture, recognised things.

The sentences are read once more, all words known (teacher forcing), so that searching for them pays nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from vidcap.model.running import Network
from vidcap.model.search import Numbers
from vidcap.model.vocabulary import BOS, PAD, SPECIALS
from vidcap.types import Attention


def looked_at(
    network: Network,
    memory: Any,
    sentences: Sequence[tuple[int, ...]],
    num_frames: Sequence[int],
    grid: Sequence[int],
) -> list[Attention | None]:
    """Return the attention of each sentence (ids, end token left out), averaged over heads; None where it is empty.

    ``num_frames`` is how many pictures each clip has, ``grid`` the height and width of the CNN's last grid, in cells.
    """
    longest = max(map(len, sentences), default=0)
    if not longest:
        return [None] * len(sentences)
    said = [(BOS, *ids, *[PAD] * longest)[:longest] for ids in sentences]  # word n is chosen after those before it
    shares = network.attention(np.array(said), memory)  # (B, L, M)
    most_frames = max(num_frames)
    return [
        _attention(network, ids, rows, count, most_frames, grid)
        for ids, rows, count in zip(sentences, shares, num_frames, strict=True)
    ]


def _attention(
    network: Network, ids: tuple[int, ...], rows: Numbers, num_frames: int, most_frames: int, grid: Sequence[int]
) -> Attention | None:
    """Return one sentence's attention from its rows ``(L, M)`` over frames (padded), cells and concepts."""
    spoken = [place for place, word in enumerate(ids) if word >= len(SPECIALS)]
    if not spoken:
        return None
    height, width = grid
    frames, cells, concepts = np.split(rows[spoken], [most_frames, most_frames + height * width], 1)
    return Attention(
        words=tuple(network.vocabulary.words[ids[place]] for place in spoken),
        frames=frames[:, :num_frames],
        cells=cells.reshape(-1, height, width),
        concepts=concepts.sum(1),
    )
