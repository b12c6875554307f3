"""Users decide what is said: words to avoid or to say, how many sentences, chance, length, nobody's gender."""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.model.test_search import Prefixes, V, random_language
from tests.model.tiny import WORDS, random_clip, tiny_checkpoint
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.model.constraints import search_with_words
from vidcap.model.control import Control
from vidcap.model.describer import Describer
from vidcap.model.neutral import gender_share, neutral
from vidcap.model.nucleus import draw_sentences, pick
from vidcap.model.search import Ids, Numbers, repeats
from vidcap.model.vocabulary import BOS, EOS, PAD, UNK

SAYABLE = [word for word in range(V) if word not in (PAD, BOS, UNK, EOS)]


def stepping(seeds: list[int]) -> tuple[Any, Prefixes]:
    languages = [random_language(seed) for seed in seeds]

    def step(words: Ids, state: Prefixes) -> tuple[Numbers, Prefixes]:
        rows = tuple((*said, int(w)) for said, w in zip(state.rows, words, strict=True))
        scores = np.array([languages[o](row[1:]) for row, o in zip(rows, state.owners, strict=True)], np.float32)
        return scores, Prefixes(rows, state.owners)

    return step, Prefixes(tuple(() for _ in seeds), tuple(range(len(seeds))))


def with_words(seeds: list[int], config: SearchConfig, required: list[frozenset[int]], never: list[int]) -> Any:
    step, start = stepping(seeds)
    found = search_with_words(step, start, len(seeds), config, required, never)
    return [[sentence.ids for sentence in group] for group in found]


def best_of_all(seed: int, config: SearchConfig, required: list[frozenset[int]], never: list[int]) -> tuple[int, ...]:
    """Look at every sentence there is."""
    language = random_language(seed)
    sentences = (
        ids
        for length in range(config.min_tokens, config.max_tokens + 1)
        for ids in itertools.product([word for word in SAYABLE if word not in never], repeat=length)
        if all(forms & set(ids) for forms in required)
        and not any(ids[place] in repeats(ids[:place], config.no_repeat) for place in range(length))
    )

    def score(ids: tuple[int, ...]) -> float:
        total = math.fsum(language(ids[:place])[word] for place, word in enumerate((*ids, EOS)))
        return total / (len(ids) + 1) ** config.length_penalty

    return max(sentences, key=score)


@given(
    seed=st.integers(0, 10_000),
    required=st.lists(st.frozensets(st.sampled_from(SAYABLE), min_size=1, max_size=2), min_size=1, max_size=2),
    no_repeat=st.integers(0, 2),
)
@settings(max_examples=15, deadline=None)
def test_a_wide_search_with_words_finds_the_best_sentence_that_says_them(
    seed: int, required: list[frozenset[int]], no_repeat: int
) -> None:
    config = SearchConfig(beam=V**3, no_repeat=no_repeat, min_tokens=2, max_tokens=3)
    never = [word for word in SAYABLE[:1] if not any(word in forms for forms in required)]
    assert with_words([seed], config, required, never)[0][0] == best_of_all(seed, config, required, never)


@given(
    seeds=st.lists(st.integers(0, 10_000), min_size=1, max_size=3),
    required=st.lists(st.frozensets(st.sampled_from(SAYABLE), min_size=1, max_size=2), min_size=1, max_size=3),
)
@settings(max_examples=30, deadline=None)
def test_words_asked_for_are_said_and_clips_do_not_disturb_each_other(
    seeds: list[int], required: list[frozenset[int]]
) -> None:
    config = SearchConfig(beam=2, min_tokens=3, max_tokens=8)
    together = with_words(seeds, config, required, [])
    assert together == [with_words([seed], config, required, [])[0] for seed in seeds]
    assert all(forms & set(ids) for group in together for ids in group for forms in required)
    assert all(together)


def test_chance_falls_on_the_likely_words_alone_and_in_their_shares() -> None:
    config = SearchConfig(sample=True, top_p=0.75)
    logprobs = np.log(np.array([0.5, 0.3, 0.15, 0.05], np.float32))
    drawn = [pick(logprobs, config, chance) for chance in np.linspace(0, 1, 801)]
    counts = np.bincount([word for word in drawn if word is not None], minlength=4) / 801
    assert counts == pytest.approx([0.625, 0.375, 0, 0], abs=0.01)
    cold = SearchConfig(sample=True, top_p=1, temperature=0.01)
    assert {pick(logprobs, cold, chance) for chance in (0.0, 0.5, 0.99)} == {0}
    assert pick(np.full(4, -math.inf, np.float32), config, 0.5) is None


def test_the_same_seed_draws_the_same_sentence_whoever_is_beside() -> None:
    config = SearchConfig(sample=True, n_best=4, min_tokens=3, max_tokens=8)

    def drawn(seeds: list[int], keys: list[int], config: SearchConfig = config) -> list[list[tuple[int, ...]]]:
        return [[s.ids for s in group] for group in draw_sentences(*stepping(seeds), keys, config)]

    together = drawn([1, 2, 3], [10, 11, 12])
    assert together == drawn([1, 2, 3], [10, 11, 12])
    assert together[2] == drawn([3], [12])[0]
    assert len(set(together[0])) == len(together[0]) > 1
    other = SearchConfig(sample=True, n_best=4, min_tokens=3, max_tokens=8, seed=1)
    assert drawn([1, 2, 3], [10, 11, 12], other) != together


def test_what_is_drawn_keeps_to_the_rules_and_has_the_models_own_probabilities() -> None:
    config = SearchConfig(sample=True, n_best=5, min_tokens=3, max_tokens=6, temperature=2.0, no_repeat=2)
    never = SAYABLE[0]
    language = random_language(5)
    (group,) = draw_sentences(*stepping([5]), [0], config, [never])
    for sentence in group:
        assert 3 <= len(sentence.ids) <= 6
        assert never not in sentence.ids
        assert all(w not in repeats(sentence.ids[:i], 2) for i, w in enumerate(sentence.ids))
        truth = [language(sentence.ids[:i])[w] for i, w in enumerate((*sentence.ids, EOS))]
        assert sentence.logprobs == pytest.approx(truth, abs=1e-5)


def said(**options: Any) -> list[str]:
    search = SearchConfig(**{"max_tokens": 6, "min_tokens": 3, **options})
    (caption,) = Describer(tiny_checkpoint(), config=DescriberConfig(search=search)).describe([random_clip(2)])
    return [caption.text, *(other.text for other in caption.alternatives)]


def test_as_many_sentences_come_as_are_asked_for_best_first() -> None:
    five = said(n_best=5)
    assert len(five) == len(set(five)) == 5
    assert len(said(beam=2)) == 2
    assert said(n_best=1, beam=5)[0] == said(beam=5)[0]
    assert len(said(n_best=1, beam=5)) == 1
    assert said(beam=1) == [said(beam=1, n_best=1)[0]]


def test_avoided_words_are_not_said_in_any_form() -> None:
    word = said()[0].split()[-1]
    assert all(word not in text.split() for text in said(avoid=frozenset({f"{word}, zebra"})))


@pytest.mark.parametrize("word", ["dog", "dogs", "bicycle"])
def test_words_that_must_be_said_are_said(word: str) -> None:
    assert all(word.removesuffix("s") in text.split() for text in said(words=frozenset({word})))


def test_wishes_that_can_not_be_met_are_told() -> None:
    with pytest.raises(ValueError, match="no such word: zebra"):
        said(words=frozenset({"zebra"}))
    with pytest.raises(ValueError, match="said and avoided at once: dog"):
        said(words=frozenset({"dog"}), avoid=frozenset({"dogs", "dog"}))
    with pytest.raises(ValueError, match="drawn by chance"):
        said(words=frozenset({"dog"}), sample=True)


@pytest.mark.parametrize(
    "options", [{}, {"words": frozenset({"dog"})}, {"sample": True}], ids=["best", "words", "drawn"]
)
def test_a_word_for_a_thing_is_said_once_however_likely(options: dict[str, Any]) -> None:
    vocabulary = tiny_checkpoint().network.vocabulary
    control = Control(vocabulary, SearchConfig(min_tokens=6, max_tokens=8, no_repeat=2, **options))
    street, dog, a = (vocabulary.ids[word] for word in ("street", "dog", "a"))
    assert street in control.once
    assert not control.once & {dog, a}

    def step(words: Ids, state: Prefixes) -> tuple[Numbers, Prefixes]:
        scores = np.full((len(words), len(vocabulary)), -6.0, np.float32)
        scores[:, [street, dog, a]] = [-0.1, -3.0, -3.0]
        return scores, Prefixes(tuple((*said, int(w)) for said, w in zip(state.rows, words, strict=True)), state.owners)

    (found,) = control.sentences(step, Prefixes(((),), (0,)), [0])
    assert found
    assert all(sentence.ids.count(street) <= 1 for sentence in found)


def test_length_is_held() -> None:
    assert {len(text.split()) for text in said(min_tokens=5, max_tokens=5)} == {5}


def test_sampling_describes_the_clip_by_its_number() -> None:
    search = SearchConfig(sample=True, max_tokens=6)
    describer = Describer(tiny_checkpoint(), config=DescriberConfig(search=search))
    clips = [random_clip(2, 0, index) for index in range(4)]
    captions = describer.describe(clips)
    assert [caption.text for caption in captions] == [describer.describe([clip])[0].text for clip in clips]
    assert len({caption.text for caption in captions}) > 1
    assert not captions[0].alternatives


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("a man is riding a horse", "a person is riding a horse"),
        ("a woman in a red dress talks to his dog", "a person in a red dress talks to their dog"),
        ("two men and a woman sit", "two people and a person sit"),
        ("a man and a woman are sitting", "two people are sitting"),
        ("a man and woman are sitting", "two people are sitting"),
        ("a little girl on a bench", "a little child on a bench"),
        ("a group of women while she is running", "a group of people while they are running"),
        ("a female player hits the ball", "a player hits the ball"),
        ("a cowboy rides", "a rider rides"),
        ("a human mannequin", "a human mannequin"),
    ],
)
def test_a_neutral_sentence_names_people_and_children(text: str, plain: str) -> None:
    assert neutral(text) == plain


def test_gender_is_left_out_where_its_evidence_is_thin() -> None:
    known = np.array([[0.9, 0.1, 0.5], [0.4, 0.5, 0.9], [0.0, 0.0, 0.9]], np.float32)
    sure, thin, none = gender_share(("man", "woman", "dog"), known)
    assert (sure, thin, none) == (pytest.approx(0.9), pytest.approx(5 / 9), pytest.approx(0.5))


def texts(**options: Any) -> str:
    search = SearchConfig(words=frozenset({"man"}), max_tokens=6)
    (caption,) = Describer(tiny_checkpoint(), config=DescriberConfig(search=search, **options)).describe(
        [random_clip(2)]
    )
    return " ".join([caption.text, *(other.text for other in caption.alternatives)])


def test_neutral_holds_for_all_sentences_of_a_caption() -> None:
    assert "man" in texts().split()
    assert "man" in texts(min_gender=0.6).split()  # the tiny model knows men only: the evidence is one-sided
    for plain in (texts(neutral=True), texts(min_gender=1.01)):
        assert not {"man", "woman"} & set(plain.split())
        assert "person" in plain.split()
    assert "person" not in WORDS
