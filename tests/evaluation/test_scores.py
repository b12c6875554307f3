import json
import pickle

import pytest

from vidcap.evaluation import ScorerError, Scores, score
from vidcap.evaluation.java import JavaTools

SAID = {"a": "A man runs.", "b": "A man runs.", "c": "a dog and a dog", "d": ""}
TRUTH = {"a": ["A man runs!", "The man ran."], "b": ["A cat sits."], "c": ["Two dogs"], "d": ["A car"]}


@pytest.fixture(scope="module")
def scores() -> Scores:
    return score(SAID, TRUTH, java=False)


def test_says_what_is_missing_and_how_tokens_were_cut(scores: Scores) -> None:
    assert scores.meteor is None
    assert scores.missing == {"meteor": "left out as asked"}
    assert "built-in" in scores.tokenizer


def test_counts_variety_length_and_repeats(scores: Scores) -> None:
    assert (scores.items, scores.references, scores.empty) == (4, 5, 1)
    assert scores.length_mean == (3 + 3 + 5 + 0) / 4
    assert (scores.distinct, scores.distinct_share) == (3, 0.75)
    assert scores.repeat_rate == 0.25
    assert (scores.most_common, scores.most_common_share) == ("A man runs.", 0.5)


def test_scores_are_percentages_and_items_have_their_own(scores: Scores) -> None:
    assert 0 < scores.bleu[3] < scores.bleu[0] <= 100
    assert scores.item_ciders["a"] > 100 > scores.item_ciders["b"]
    assert scores.cider == pytest.approx(sum(scores.item_ciders.values()) / 4)
    assert scores.cider_interval.low <= scores.cider <= scores.cider_interval.high


def test_is_one_line_of_json(scores: Scores) -> None:
    line = scores.to_json()
    assert "\n" not in line
    record = json.loads(line)
    assert record["items"] == 4
    assert record["distinct_share"] == 0.75
    assert record["meteor"] is None
    assert "item_ciders" not in record


def test_a_perfect_caption_has_all_of_bleu() -> None:
    perfect = score(
        {"a": "a man is on a horse", "b": "a dog"}, {"a": ["A man is on a horse."], "b": ["a dog"]}, java=False
    )
    assert perfect.bleu == pytest.approx((100, 100, 100, 100), abs=1e-4)
    assert perfect.rouge_l == pytest.approx(100)


def test_nothing_said_at_all_is_zero_not_an_error() -> None:
    silent = score({"a": "", "b": " . "}, {"a": ["a man"], "b": ["a dog"]}, java=False)
    assert (silent.bleu, silent.cider, silent.rouge_l, silent.empty) == ((0, 0, 0, 0), 0, 0, 2)


@pytest.mark.parametrize(
    ("said", "truth", "expected"),
    [
        ({}, {}, "no captions to score"),
        ({"a": "x"}, {"b": ["x"]}, "a caption without references or the other way round: 'a'"),
        ({"a": "x"}, {"a": []}, "an item without references: 'a'"),
    ],
)
def test_what_does_not_pair_is_refused(said: dict[str, str], truth: dict[str, list[str]], expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        score(said, truth, java=False)


def test_without_java_says_so_and_refuses_where_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    pytest.importorskip("pycocoevalcap", reason="pycocoevalcap is not installed")
    monkeypatch.setenv("PATH", "")
    assert score(SAID, TRUTH).missing == {"meteor": "Java is not installed"}
    with pytest.raises(ScorerError, match="Java is not installed") as caught:
        score(SAID, TRUTH, java=True)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


@pytest.mark.slow
def test_with_java_every_number_is_there(java: JavaTools, capfd: pytest.CaptureFixture[str]) -> None:
    scores = score(SAID, TRUTH)
    assert scores.missing == {}
    assert scores.meteor is not None
    assert 0 < scores.meteor < 100
    assert "Treebank" in scores.tokenizer
    assert capfd.readouterr() == ("", "")
