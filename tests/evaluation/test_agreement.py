"""Our scores beside pycocoevalcap's, given the same tokens."""

from pathlib import Path
from time import process_time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vidcap.evaluation.cider import CiderD, cider_d
from vidcap.evaluation.overlap import bleu, has_repeat, rouge_l
from vidcap.evaluation.tokens import tokenize
from vidcap.manifests import read_manifest, select_split

pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed")

Said = dict[str, list[str]]
Truth = dict[str, list[list[str]]]

words = st.sampled_from(["a", "the", "man", "dog", "cat", "runs", "on", "red", ",", "it's"])
captions = st.lists(words, max_size=9)
cases = st.lists(st.tuples(captions, st.lists(captions.filter(bool), min_size=1, max_size=4)), min_size=1, max_size=5)


def joined(said: Said, truth: Truth) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    hypotheses = {key: [" ".join(tokens)] for key, tokens in said.items()}
    return {key: [" ".join(tokens) for tokens in group] for key, group in truth.items()}, hypotheses


def assert_agrees(said: Said, truth: Truth) -> None:
    from pycocoevalcap.bleu.bleu import Bleu
    from pycocoevalcap.cider.cider import Cider
    from pycocoevalcap.rouge.rouge import Rouge

    references, hypotheses = joined(said, truth)
    ours = CiderD(truth).scores(said)
    np.testing.assert_allclose(ours, Cider().compute_score(references, hypotheses)[1], atol=1e-9)
    theirs = Bleu(4).compute_score(references, hypotheses, verbose=0)[0]
    np.testing.assert_allclose(bleu((said[key], truth[key]) for key in said), theirs, atol=1e-9)
    theirs = Rouge().compute_score(references, hypotheses)[1]
    np.testing.assert_allclose([rouge_l(said[key], truth[key]) for key in said], theirs, atol=1e-9)


@settings(max_examples=150, deadline=None)
@given(cases)
def test_every_score_agrees_on_any_captions(drawn: list[tuple[list[str], list[list[str]]]]) -> None:
    assert_agrees(
        {str(key): said for key, (said, _) in enumerate(drawn)},
        {str(key): truth for key, (_, truth) in enumerate(drawn)},
    )


def test_every_score_agrees_on_real_captions(data_dir: Path) -> None:
    items = select_split(read_manifest(data_dir / "flickr8k" / "captions.jsonl"), "dev")[:150]
    tokens = {item.id: [tokenize(caption) for caption in item.captions] for item in items}
    assert_agrees({k: group[0] for k, group in tokens.items()}, {k: group[1:] for k, group in tokens.items()})


def test_captions_of_other_pictures_score_near_nothing(data_dir: Path) -> None:
    items = read_manifest(data_dir / "video_dev" / "captions.jsonl")
    truth = {item.id: [tokenize(caption) for caption in item.captions] for item in items}
    right = {key: group[0] for key, group in truth.items()}
    wrong = dict(zip(truth, [*list(right.values())[7:], *list(right.values())[:7]], strict=True))
    assert cider_d(right, truth) > 100 > 40 > cider_d(wrong, truth)


def test_a_thousand_captions_with_five_references_take_less_than_two_seconds() -> None:
    generator = np.random.default_rng(0)
    vocabulary = [f"w{n}" for n in range(2000)]
    ranks = np.minimum(generator.zipf(1.3, size=(1000, 6, 11)), 2000) - 1
    tokens = {str(k): [[vocabulary[n] for n in caption] for caption in group] for k, group in enumerate(ranks)}
    started_s = process_time()
    CiderD({k: group[1:] for k, group in tokens.items()}).scores({k: group[0] for k, group in tokens.items()})
    assert process_time() - started_s < 2


def test_a_scorer_can_be_asked_for_one_item_again_and_again() -> None:
    truth = {"a": [["a", "dog", "runs"]], "b": [["a", "cat"]]}
    scorer = CiderD(truth)
    assert scorer.score("a", ["a", "dog", "runs"]) > scorer.score("a", ["a", "dog"]) > scorer.score("a", ["a", "cat"])
    assert scorer.score("a", ["a", "dog"]) == CiderD(truth).scores({"a": ["a", "dog"]})[0]


def test_items_without_references_are_refused() -> None:
    with pytest.raises(ValueError, match="an item without references: 'a'"):
        CiderD({"a": []})
    with pytest.raises(ValueError, match="the same items"):
        cider_d({"a": ["x"]}, {"b": [["x"]]})


@pytest.mark.parametrize(
    ("caption", "repeats"),
    [
        ("a man is is running", True),
        ("a dog and a dog", True),
        ("a man and a woman", False),
        ("", False),
        ("dog", False),
    ],
)
def test_repeats_are_a_word_after_itself_or_a_pair_twice(caption: str, repeats: bool) -> None:
    assert has_repeat(caption.split()) is repeats
