"""The batched beam search must agree with a slow, obvious one."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice, pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidcap.items import clip_of_item
from vidcap.manifests import read_manifest, select_split
from vidcap.model import load_describer, search
from vidcap.model.config import SearchConfig
from vidcap.model.search import CHEAPEST_WORD, Ids, Numbers, beam_search, best_of, repeats
from vidcap.model.vocabulary import BOS, EOS, PAD, UNK

V = 9
Speak = Callable[[tuple[int, ...]], list[float]]


def random_language(seed: int) -> Speak:
    """A made-up model: the next word depends on the last two words and the place."""

    def logprobs(prefix: tuple[int, ...]) -> list[float]:
        rng = np.random.default_rng([seed, len(prefix), *prefix[-2:]])
        scores = rng.normal(size=V) * 1.5
        return [float(x) for x in scores - np.log(np.exp(scores).sum())]

    return logprobs


@dataclass(frozen=True)
class Prefixes:
    """State of the fast search: the words said so far in each row, and whose they are."""

    rows: tuple[tuple[int, ...], ...]
    owners: tuple[int, ...]

    def select(self, rows: Ids) -> Prefixes:
        chosen = rows.tolist()
        return Prefixes(tuple(self.rows[r] for r in chosen), tuple(self.owners[r] for r in chosen))


def fast(
    languages: Sequence[Speak], config: SearchConfig, forbidden: Sequence[int] = ()
) -> list[list[tuple[int, ...]]]:
    def step(words: Ids, state: Prefixes) -> tuple[Numbers, Prefixes]:
        rows = tuple((*said, int(w)) for said, w in zip(state.rows, words, strict=True))
        scores = np.array([languages[o](row[1:]) for row, o in zip(rows, state.owners, strict=True)], np.float32)
        return scores, Prefixes(rows, state.owners)

    start = Prefixes(tuple(() for _ in languages), tuple(range(len(languages))))
    return [[s.ids for s in found] for found in beam_search(step, start, len(languages), config, forbidden)]


def slow(language: Speak, config: SearchConfig, forbidden: Sequence[int] = ()) -> list[tuple[int, ...]]:
    """Beam search as one would write it on a blackboard: lists, no batch, no tensors."""
    never = {PAD, BOS, UNK, *forbidden}
    alive: list[tuple[float, tuple[int, ...]]] = [(0.0, ())]
    finished: list[tuple[float, tuple[int, ...]]] = []
    for length in range(1, config.max_tokens + 2):
        offers = []
        for order, (total, ids) in enumerate(alive):
            for word, logprob in enumerate(language(ids)):
                too_short = word == EOS and length <= config.min_tokens
                too_long = word != EOS and length > config.max_tokens
                if not (word in never or too_short or too_long or word in repeats(ids, config.no_repeat)):
                    offers.append((-(total + logprob), order, word, ids))
        offers.sort()
        going_on: list[tuple[float, tuple[int, ...]]] = []
        for rank, (negative, _, word, ids) in enumerate(offers):
            if word == EOS and rank < config.beam:
                finished.append((-negative / length**config.length_penalty, ids))
            elif word != EOS and len(going_on) < config.beam:
                going_on.append((-negative, (*ids, word)))
        finished = sorted(finished, key=lambda pair: -pair[0])[: config.beam]
        best = max((total for total, _ in going_on), default=-math.inf)
        more = range(1, config.max_tokens + 2 - length)
        ends = [(best - CHEAPEST_WORD * n) / (length + n) ** config.length_penalty for n in more]
        if not going_on or (len(finished) == config.beam and finished[-1][0] >= max(ends)):
            break
        alive = going_on
    return [ids for _, ids in finished]


@given(
    seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=4),
    beam=st.integers(1, 4),
    penalty=st.sampled_from([0.0, 0.7, 1.0]),
    no_repeat=st.integers(0, 3),
    lengths=st.sampled_from([(0, 3), (2, 6), (4, 4)]),
)
@settings(max_examples=60, deadline=None)
def test_batched_search_finds_what_the_slow_search_finds(
    seeds: list[int], beam: int, penalty: float, no_repeat: int, lengths: tuple[int, int]
) -> None:
    config = SearchConfig(
        beam=beam, length_penalty=penalty, no_repeat=no_repeat, min_tokens=lengths[0], max_tokens=lengths[1]
    )
    languages = [random_language(seed) for seed in seeds]
    assert fast(languages, config) == [slow(language, config) for language in languages]


def test_a_wide_beam_finds_the_best_of_all_sentences() -> None:
    config = SearchConfig(beam=V**3, length_penalty=0.0, no_repeat=0, min_tokens=0, max_tokens=2)
    language = random_language(7)
    words = [w for w in range(V) if w not in (PAD, BOS, UNK, EOS)]
    sentences = [(), *((a,) for a in words), *((a, b) for a in words for b in words)]

    def total(ids: tuple[int, ...]) -> float:
        return math.fsum(language(ids[:k])[word] for k, word in enumerate((*ids, EOS)))

    assert fast([language], config)[0][0] == max(sentences, key=total)


def getting_surer(word_cost: float, end_after: int) -> Speak:
    """A made-up model: its words cost the same, its end much until ``end_after`` words are said, and then nothing."""

    def logprobs(prefix: tuple[int, ...]) -> list[float]:
        costs = [9.0] * V
        costs[V - 1] = word_cost
        costs[EOS] = 0.01 if len(prefix) >= end_after else 2.0
        return [-cost for cost in costs]

    return logprobs


@pytest.mark.parametrize(("penalty", "num_words"), [(0.7, 12), (1.0, 12), (1.5, 16)])
def test_a_sentence_that_gets_better_as_it_goes_on_is_waited_for(penalty: float, num_words: int) -> None:
    config = SearchConfig(beam=2, length_penalty=penalty, no_repeat=0, min_tokens=1, max_tokens=16)
    assert len(fast([getting_surer(0.3, 12)], config)[0][0]) == num_words


@pytest.mark.slow
def test_the_packaged_model_says_what_it_says_if_words_may_cost_nothing(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    describer = load_describer(None, "cpu")
    items = islice(select_split(read_manifest(data_dir / "flickr8k" / "captions.jsonl"), "dev", ""), 200)
    shown = [clip_of_item(item, describer.picture_px, 4) for item in items]
    ours = describer.look(shown)
    monkeypatch.setattr(search, "CHEAPEST_WORD", 0.0)
    for mine, waited_for in zip(ours, describer.look(shown), strict=True):
        assert [s.ids for s in mine.sentences] == [s.ids for s in waited_for.sentences]


def test_a_search_ends_where_further_words_would_have_to_cost_nothing() -> None:
    asked: list[int] = []

    def counted(prefix: tuple[int, ...]) -> list[float]:
        asked.append(len(prefix))
        return getting_surer(0.5, 3)(prefix)

    config = SearchConfig(beam=2, no_repeat=0, min_tokens=1, max_tokens=40)
    assert len(fast([counted], config)[0][0]) == 3
    assert max(asked) < 12  # to be sure even of words that cost nothing it would go on beyond that


def test_forbidden_words_are_never_said() -> None:
    config = SearchConfig(beam=3, min_tokens=3, max_tokens=8, no_repeat=0)
    plain = fast([random_language(3)], config)[0]
    banned = plain[0][0]
    assert all(banned not in ids for ids in fast([random_language(3)], config, [banned])[0])


def test_no_run_of_words_occurs_twice() -> None:
    config = SearchConfig(beam=3, no_repeat=2, min_tokens=12, max_tokens=14)
    for ids in fast([random_language(seed) for seed in range(5)], config)[0]:
        pairs = list(pairwise(ids))
        assert len(pairs) == len(set(pairs))


def test_numbers_that_are_none_give_no_sentence() -> None:
    assert fast([lambda _: [math.nan] * V, random_language(1)], SearchConfig(min_tokens=1))[0] == []


@pytest.mark.parametrize(
    ("ids", "n", "banned"), [((5, 6, 5), 2, [5, 6]), ((5, 6), 3, [6]), ((5,), 1, [5]), ((5, 5), 0, []), ((), 2, [])]
)
def test_words_that_would_repeat_a_run_are_known(ids: tuple[int, ...], n: int, banned: list[int]) -> None:
    assert repeats(ids, n) == banned


@pytest.mark.parametrize("width", [9, 767, 768, 769, 3894])
@pytest.mark.parametrize("share_forbidden", [0.0, 0.5, 1.0])
def test_the_best_words_are_the_best_of_all(width: int, share_forbidden: float) -> None:
    rng = np.random.default_rng(width)
    values = rng.normal(size=(24, width)).astype(np.float32)
    values[rng.random(values.shape) < share_forbidden] = -math.inf
    values[0] = -math.inf
    values[0, width - 1] = 1
    found, places = best_of(values, 6)
    assert found.shape == places.shape == (24, 6)
    assert (found == -np.sort(-values, 1)[:, :6]).all()
    assert (np.take_along_axis(values, places, 1) == found).all()
    assert all(len(set(row)) == 6 for row in places.tolist())


def test_best_words_lie_together_or_far_apart() -> None:
    values = np.zeros((2, 4000), np.float32)
    values[0, 100:106] = range(6, 0, -1)
    values[1, [0, 700, 1400, 2100, 2800, 3999]] = range(6, 0, -1)
    _, places = best_of(values, 6)
    assert places.tolist() == [[100, 101, 102, 103, 104, 105], [0, 700, 1400, 2100, 2800, 3999]]
