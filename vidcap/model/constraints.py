"""What a sentence may say and must say, whichever way it is searched for."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vidcap.model.config import SearchConfig
from vidcap.model.search import Numbers, Selectable, Sentence, Step, attainable, best_of, ranked, repeats
from vidcap.model.vocabulary import BOS, EOS, PAD, UNK

SPECIAL = (PAD, BOS, UNK)
_CONSTRAINED_STEPS = 2


def mask(
    logprobs: Numbers,
    said: Sequence[tuple[int, ...]],
    config: SearchConfig,
    never: Sequence[int],
    once: frozenset[int] = frozenset(),
) -> None:
    """Set what may not follow ``said`` to -inf, in place; ``logprobs`` ``(N, V)`` has a row for each."""
    logprobs[:, [*SPECIAL, *never]] = -math.inf
    length = len(said[0]) + 1
    if length <= config.min_tokens:
        logprobs[:, EOS] = -math.inf
    if length > config.max_tokens:
        ends = logprobs[:, EOS].copy()
        logprobs[:] = -math.inf
        logprobs[:, EOS] = ends
    for row, ids in enumerate(said):
        banned = repeats(ids, config.no_repeat, once)
        if banned:
            logprobs[row, banned] = -math.inf


class _Row:
    """A running sentence of a clip."""

    __slots__ = ("clip", "ids", "logprobs", "source", "total", "unmet")

    def __init__(
        self, clip: int, source: int, ids: tuple[int, ...], logprobs: tuple[float, ...], unmet: frozenset[int]
    ) -> None:
        self.clip, self.source, self.ids, self.logprobs, self.unmet = clip, source, ids, logprobs, unmet
        self.total = math.fsum(logprobs)


def search_with_words(
    step: Step[Selectable],
    state: Selectable,
    num_clips: int,
    config: SearchConfig,
    required: Sequence[frozenset[int]],
    never: Sequence[int] = (),
    once: frozenset[int] = frozenset(),
) -> list[list[Sentence]]:
    """Return up to ``config.beam`` sentences for each clip that say one word of each set in ``required``, best first.

    A beam for every number of words already said: otherwise sentences that say a required word early, at a cost, would
    be crowded out by those that put it off (Post and Vilar, "Fast Lexically Constrained Decoding", NAACL 2018).
    """
    everything = frozenset(range(len(required)))
    rows = [_Row(clip, clip, (), (), everything) for clip in range(num_clips)]
    finished: list[list[Sentence]] = [[] for _ in range(num_clips)]
    words = np.full(num_clips, BOS)
    for length in range(1, config.max_tokens + 2):
        logprobs, state = step(words, state)
        mask(logprobs, [row.ids for row in rows], config, never, once)
        offers = [
            offer for number, row in enumerate(rows) for offer in _offers(row, number, logprobs, config, required)
        ]
        rows = _kept(offers, finished, config, length)
        if not rows:
            break
        state = state.select(np.array([row.source for row in rows]))
        words = np.array([row.ids[-1] for row in rows])
    return finished


def _offers(
    row: _Row, number: int, logprobs: Numbers, config: SearchConfig, required: Sequence[frozenset[int]]
) -> list[_Row]:
    """Return the ways one sentence may go on: its best words, and the words that it still has to say."""
    best = best_of(logprobs[number : number + 1], _CONSTRAINED_STEPS * config.beam)[1][0].tolist()
    owed = sorted(word for place in row.unmet for word in required[place])
    found = []
    for word in dict.fromkeys([*best, *owed]):
        value = float(logprobs[number, word])
        if not value > -math.inf or (word == EOS and row.unmet):
            continue
        unmet = frozenset(place for place in row.unmet if word not in required[place])
        found.append(_Row(row.clip, number, (*row.ids, word), (*row.logprobs, value), unmet))
    return found


def _kept(offers: list[_Row], finished: list[list[Sentence]], config: SearchConfig, length: int) -> list[_Row]:
    """Move ended sentences to ``finished``; return the best running ones of each clip for each number of words owed."""
    offers.sort(key=lambda row: (-row.total, row.source, row.ids[-1]))
    banks: dict[tuple[int, int], list[_Row]] = {}
    for offer in offers:
        if offer.ids[-1] == EOS:
            group = finished[offer.clip]
            group.append(Sentence(offer.ids[:-1], offer.logprobs, ranked(offer.total, length, config)))
            group.sort(key=lambda sentence: -sentence.score)
            del group[config.beam :]
        elif len(bank := banks.setdefault((offer.clip, len(offer.unmet)), [])) < config.beam:
            bank.append(offer)
    going_on = [row for _, bank in sorted(banks.items()) for row in bank]
    return [row for row in going_on if not _is_beaten(row, finished, config, length)]


def _is_beaten(row: _Row, finished: list[list[Sentence]], config: SearchConfig, length: int) -> bool:
    """Tell whether a running sentence with ``length`` words can no longer enter its clip's finished ones."""
    group = finished[row.clip]
    return len(group) == config.beam and group[-1].score >= attainable(row.total, length, config)
