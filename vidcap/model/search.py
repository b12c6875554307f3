"""Beam search, batched over clips: finds the sentence that the decoder thinks most probable.

Candidates are ranked by ``log-probability / length ** length_penalty``. Greedy search is a beam of one. Search knows a
network only as a function from (words, state) to (log-probabilities, state), so its slow twin in the tests needs none.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

import numpy as np
from numpy.typing import NDArray

from vidcap.model.config import SearchConfig
from vidcap.model.vocabulary import BOS, EOS, PAD, UNK

_BLOCK = 64
CHEAPEST_WORD = 0.2
"""Nats that each further word of a running sentence is taken to cost at least, on average. With 0 one would go on that
could only win by words that cost nothing; of 2,000 pictures and 40 clips that changed no caption, one alternative."""
Ids = NDArray[np.intp]
Numbers = NDArray[np.float32]


class Selectable(Protocol):
    """State of N running sentences, rows of which can be picked."""

    def select(self: S, rows: Ids) -> S:
        """Return the states of ``rows``."""
        ...


S = TypeVar("S", bound=Selectable)
Step = Callable[[Ids, S], tuple[Numbers, S]]
"""Last words ``(N,)`` and state to log-probabilities ``(N, V)``, which are then the caller's, and the next state."""


@dataclass(frozen=True, slots=True)
class Sentence:
    """A finished sentence, best first among its siblings."""

    ids: tuple[int, ...]
    """End token left out."""
    logprobs: tuple[float, ...]
    """Of each word, and of the end."""
    score: float

    @property
    def logprob(self) -> float:
        """Sum over words, the end included."""
        return sum(self.logprobs)


class _Clip:
    """The sentences finished so far for one clip."""

    def __init__(self, beam: int) -> None:
        self.beam = beam
        self.finished: list[Sentence] = []

    def add(self, sentence: Sentence) -> None:
        self.finished.append(sentence)
        self.finished.sort(key=lambda s: -s.score)  # stable: of equals, the one found first
        del self.finished[self.beam :]

    def done(self, best_alive: float, length: int, config: SearchConfig) -> bool:
        """Say whether no running sentence of ``length`` words can still enter; the best has ``best_alive`` so far."""
        if best_alive == -math.inf:
            return True
        return len(self.finished) == self.beam and self.finished[-1].score >= attainable(best_alive, length, config)


def ranked(logprob: float, length: int, config: SearchConfig) -> float:
    """Return the score of a sentence with ``length`` tokens, its end included."""
    return float(logprob / length**config.length_penalty)


def attainable(logprob: float, length: int, config: SearchConfig) -> float:
    """Return the most that a running sentence with ``length`` words can score once it has ended."""
    lengths = range(length + 1, config.max_tokens + 2)
    return max((ranked(logprob - CHEAPEST_WORD * (n - length), n, config) for n in lengths), default=-math.inf)


def beam_search(
    step: Step[S],
    state: S,
    num_clips: int,
    config: SearchConfig,
    forbidden: Sequence[int] = (),
    once: frozenset[int] = frozenset(),
) -> list[list[Sentence]]:
    """Return up to ``config.beam`` sentences for each of ``num_clips`` clips, best first.

    ``state`` has one row a clip. Of equal candidates the earlier beam, then the lower word id, is kept. Special words
    and ``forbidden`` ids are never said, those in ``once`` not twice.
    """
    search = _Search(num_clips, config, (PAD, BOS, UNK, *forbidden), once)
    words = np.full(num_clips, BOS)
    for length in range(1, config.max_tokens + 2):
        logprobs, state = step(words, state)
        rows = search.advance(logprobs, length)
        if rows is None:
            break
        state = state.select(rows)
        words = search.last_words()
    return [clip.finished for clip in search.clips]


class _Search:
    def __init__(self, num_clips: int, config: SearchConfig, forbidden: Sequence[int], once: frozenset[int]) -> None:
        self.config, self.once = config, once
        self.forbidden = np.array(sorted(set(forbidden)))
        self.clips = [_Clip(config.beam) for _ in range(num_clips)]
        # Running sentences, clip by clip: owner, words, their log-probabilities.
        self.owners = list(range(num_clips))
        self.ids: list[tuple[int, ...]] = [()] * num_clips
        self.logprobs: list[tuple[float, ...]] = [()] * num_clips

    def last_words(self) -> Ids:
        return np.array([ids[-1] for ids in self.ids])

    def advance(self, logprobs: Numbers, length: int) -> Ids | None:
        """Take one word further; return the rows that live on, None when every clip is done."""
        self._mask(logprobs, length)
        # Each running sentence offers its best words; more than 2 * beam of a clip can't matter.
        top, words = best_of(logprobs, 2 * self.config.beam)
        top += np.array([math.fsum(of_row) for of_row in self.logprobs], np.float32)[:, None]
        offers: list[list[tuple[float, int, int]]] = [[] for _ in self.clips]
        for row, (values, ids) in enumerate(zip(top.tolist(), words.tolist(), strict=True)):
            offers[self.owners[row]] += [(v, row, w) for v, w in zip(values, ids, strict=True) if v > -math.inf]
        chosen = [pair for clip, found in enumerate(offers) for pair in self._settle(clip, found, logprobs, length)]
        if not chosen:
            return None
        self.owners = [self.owners[row] for row, _ in chosen]
        self.logprobs = [(*self.logprobs[row], float(logprobs[row, word])) for row, word in chosen]
        self.ids = [(*self.ids[row], word) for row, word in chosen]
        return np.array([row for row, _ in chosen])

    def _settle(
        self, clip: int, offers: list[tuple[float, int, int]], logprobs: Numbers, length: int
    ) -> list[tuple[int, int]]:
        """Move ended sentences of a clip to the finished ones; return (row, word) of those that go on."""
        offers.sort(key=lambda offer: (-offer[0], offer[1], offer[2]))
        alive: list[tuple[int, int]] = []
        best_alive = -math.inf
        for rank, (total, row, word) in enumerate(offers):
            if word == EOS:
                if rank < self.config.beam:
                    ends = (*self.logprobs[row], float(logprobs[row, EOS]))
                    self.clips[clip].add(Sentence(self.ids[row], ends, ranked(total, length, self.config)))
            elif len(alive) < self.config.beam:
                best_alive = max(best_alive, total)
                alive.append((row, word))
        return [] if self.clips[clip].done(best_alive, length, self.config) else alive

    def _mask(self, logprobs: Numbers, length: int) -> None:
        logprobs[:, self.forbidden] = -math.inf
        if length <= self.config.min_tokens:
            logprobs[:, EOS] = -math.inf
        if length > self.config.max_tokens:  # only the end is left to say
            ends = logprobs[:, EOS].copy()
            logprobs[:] = -math.inf
            logprobs[:, EOS] = ends
        for row, ids in enumerate(self.ids):
            banned = repeats(ids, self.config.no_repeat, self.once)
            if banned:
                logprobs[row, banned] = -math.inf


def best_of(values: Numbers, count: int) -> tuple[Numbers, Ids]:
    """Return the ``count`` greatest of each row of ``values`` ``(N, V)``, greatest first, and where they are."""
    count = min(count, values.shape[1])
    if values.shape[1] <= 2 * count * _BLOCK:
        return _best_of_all(values, count)
    # The greatest lie in the blocks with the greatest maxima, which are found in one pass of a vector loop.
    blocks = _in_blocks(values)
    maxima = blocks.max(2)
    near = np.sort(np.argpartition(-maxima, count - 1, axis=1)[:, :count], 1)
    found, inside = _best_of_all(np.take_along_axis(blocks, near[:, :, None], 1).reshape(len(values), -1), count)
    places = np.take_along_axis(near, inside // _BLOCK, 1) * _BLOCK + inside % _BLOCK
    # Where nearly all is -inf, what fills the last block is as good.
    return (found, places) if places.max(initial=0) < values.shape[1] else _best_of_all(values, count)


def _in_blocks(values: Numbers) -> Numbers:
    """Return a copy ``(N, M, _BLOCK)`` of ``values`` ``(N, V)``, filled up with -inf."""
    num_rows, width = values.shape
    num_blocks = -(-width // _BLOCK)
    blocks = np.full((num_rows, num_blocks * _BLOCK), -math.inf, np.float32)
    blocks[:, :width] = values
    return blocks.reshape(num_rows, num_blocks, _BLOCK)


def _best_of_all(values: Numbers, count: int) -> tuple[Numbers, Ids]:
    places = np.argpartition(-values, count - 1, axis=1)[:, :count]
    found = np.take_along_axis(values, places, 1)
    order = np.argsort(-found, axis=1, kind="stable")
    return np.take_along_axis(found, order, 1), np.take_along_axis(places, order, 1)


def repeats(ids: Sequence[int], n: int, once: frozenset[int] = frozenset()) -> list[int]:
    """Return the words that would follow themselves, or make a run of ``n`` words or a word in ``once`` come twice."""
    if n == 0 or not ids:
        return []
    tail = tuple(ids[len(ids) - n + 1 :]) if len(ids) >= n else None
    found = {ids[i + n - 1] for i in range(len(ids) - n + 1) if tuple(ids[i : i + n - 1]) == tail}
    return sorted(found | {ids[-1]} | once.intersection(ids))
