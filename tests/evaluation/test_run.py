import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

from vidcap.errors import ManifestError, OutputError
from vidcap.evaluation import (
    Evaluation,
    EvaluationConfig,
    compare_results,
    evaluate_items,
    read_results,
    write_results,
)
from vidcap.evaluation.page import page_pieces, write_page
from vidcap.evaluation.summary import comparison_sentence, summary_rows
from vidcap.manifests import Item
from vidcap.testing import EchoDescriber
from vidcap.types import Caption, Clip, Label

HOSTILE = '<script>alert("x")</script> & \x1b[31m'


@dataclass
class Speaker:
    """Says its sentences in turn; remembers how many clips it was given at once."""

    sentences: Sequence[str]
    picture_px: int = 16
    sizes: list[int] = field(default_factory=list)

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        self.sizes.append(len(clips))
        return [
            Caption(
                clip.span,
                self.sentences[clip.span.index],
                confidence=1 / (1 + clip.span.index),
                labels=(Label("dog", 0.5),),
            )
            for clip in clips
        ]


CONFIG = EvaluationConfig(java=False, batch=2)


@pytest.fixture
def items(film: Callable[..., Path], picture: Callable[..., Path]) -> list[Item]:
    path = film(30)
    return [
        Item(path=path, kind="video", captions=("A man runs fast.", "A runner.")),
        Item(path=path, kind="video", captions=("A dog is on the grass.",)),
        Item(path=picture(), kind="image", captions=(HOSTILE.replace("\x1b", ""),)),
    ]


@pytest.fixture
def evaluation(items: list[Item]) -> Evaluation:
    return evaluate_items(Speaker(["A man runs fast.", "a cat", HOSTILE]), items, CONFIG)


def test_every_item_is_described_in_batches_and_scored(items: list[Item]) -> None:
    speaker, done = Speaker(["A man runs fast.", "a cat", "red"]), []
    evaluation = evaluate_items(speaker, items, CONFIG, done.append)
    assert speaker.sizes == [2, 1]
    assert [result.hypothesis for result in evaluation.results] == ["A man runs fast.", "a cat", "red"]
    assert evaluation.results[0].cider > 100 > evaluation.results[1].cider
    assert evaluation.scores.cider == pytest.approx(sum(result.cider for result in evaluation.results) / 3)
    assert done == [result.id for result in evaluation.results]
    assert evaluation.items == tuple(items)


def test_the_same_file_twice_keeps_two_ids(evaluation: Evaluation) -> None:
    first, second, third = (result.id for result in evaluation.results)
    assert second == f"{first}#2"
    assert third.endswith("/red.png")


def test_the_surer_half_is_told_from_the_other(evaluation: Evaluation) -> None:
    assert evaluation.confident_half is not None
    surer, other = evaluation.confident_half
    assert surer == evaluation.results[0].cider
    assert other == pytest.approx((evaluation.results[1].cider + evaluation.results[2].cider) / 2)


def test_items_that_cannot_be_read_are_listed_and_in_no_score(
    items: list[Item], tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    bad = Item(path=tmp_path / "bad.mp4", kind="video", captions=("x",))
    bare = Item(path=items[0].path, kind="video", texts=(("scene", ("a park",)),))
    with caplog.at_level(logging.WARNING):
        evaluation = evaluate_items(EchoDescriber(16), [bad, bare, *items], CONFIG)
    assert evaluation.scores.items == 3
    assert [key for key, _ in evaluation.failures] == [bad.id]
    assert "1 items without captions are left out" in caplog.text
    assert "bad.mp4" in caplog.text
    assert ("Could not be read (in no score)", "1") in list(summary_rows(evaluation))


def test_nothing_to_score_is_an_error_with_the_reason(items: list[Item], tmp_path: Path) -> None:
    with pytest.raises(ManifestError, match="no item has captions"):
        evaluate_items(EchoDescriber(16), [replace(items[0], captions=())], CONFIG)
    (tmp_path / "bad.mp4").write_bytes(b"no film")
    with pytest.raises(ManifestError, match="nothing to score: "):
        evaluate_items(EchoDescriber(16), [replace(items[0], path=tmp_path / "bad.mp4")], CONFIG)


def test_results_are_read_back_equal(evaluation: Evaluation, tmp_path: Path) -> None:
    path = tmp_path / "results.jsonl"
    write_results(path, evaluation.results)
    assert tuple(read_results(path)) == evaluation.results
    assert path.read_text().count("\n") == 3


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "holds no results"),
        ("{", "line 1: not a result"),
        ('{"id": "a"}', "line 1: not a result"),
        ("7", "line 1: not a result"),
        ('{"id": "a", "hypothesis": 1, "references": ["x"], "cider": 1, "confidence": 1, "labels": []}', "line 1"),
    ],
)
def test_files_that_hold_no_results_are_named(tmp_path: Path, content: str, expected: str) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text(content)
    with pytest.raises(ManifestError, match=rf"r\.jsonl: {expected}"):
        read_results(path)
    with pytest.raises(ManifestError, match=r"none\.jsonl: no such file"):
        read_results(tmp_path / "none.jsonl")


def test_two_captioners_are_compared_on_the_items_that_both_saw(items: list[Item], evaluation: Evaluation) -> None:
    other = evaluate_items(Speaker(["a car", "A dog is on the grass."]), items[:2], CONFIG)
    comparison = compare_results(evaluation.results, other.results, java=False)
    assert (comparison.items, comparison.better, comparison.worse) == (2, 1, 1)
    assert comparison.p_value > 0.05
    sentence = comparison_sentence(comparison, "other.jsonl")
    assert sentence.startswith("CIDEr ")
    assert sentence.endswith("no clear difference")


def test_results_with_other_references_do_not_compare(evaluation: Evaluation) -> None:
    changed = [replace(evaluation.results[0], references=("Something else.",))]
    with pytest.raises(ValueError, match="has other references"):
        compare_results(evaluation.results, changed, java=False)
    with pytest.raises(ValueError, match="share no item"):
        compare_results(evaluation.results, [replace(evaluation.results[0], id="z")], java=False)


def test_the_page_stands_alone_and_is_escaped(evaluation: Evaluation, tmp_path: Path) -> None:
    write_page(tmp_path / "p.html", evaluation, f"test {HOSTILE}")
    page = (tmp_path / "p.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "\x1b" not in page
    assert "&lt;script&gt;alert(&quot;x&quot;)&lt;/script&gt; &amp;" in page
    assert "http:" not in page
    assert "https:" not in page
    assert page.count("data:image/jpeg;base64,") == 4 + 4 + 1
    assert page.count("<tr>") == page.count("</tr>")
    assert "A runner." in page


def test_many_references_are_folded_away(evaluation: Evaluation) -> None:
    (first, *rest) = evaluation.results
    many = replace(first, references=tuple(f"sentence {n}" for n in range(9)))
    page = "".join(page_pieces(replace(evaluation, results=(many, *rest)), "t"))
    assert page.count("<details>") == 1
    assert "<summary>4 more</summary><ul><li>sentence 5</li>" in page


def test_the_page_says_where_a_file_has_gone(evaluation: Evaluation) -> None:
    for item in evaluation.items:
        item.path.unlink(missing_ok=True)
    page = "".join(page_pieces(evaluation, "t"))
    assert page.count("no such file") == 3


def test_a_page_that_cannot_be_written_is_an_error(evaluation: Evaluation, tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"none/p\.html"):
        write_page(tmp_path / "none" / "p.html", evaluation, "t")


def test_counts_below_one_are_refused() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        EvaluationConfig(batch=0)
