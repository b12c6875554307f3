from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest

from vidcap.evaluation.java import JavaTools, ScorerError, treebank_tokens
from vidcap.evaluation.tokens import tokenize
from vidcap.manifests import read_manifest, read_text_lines


@pytest.mark.parametrize(
    ("caption", "tokens"),
    [
        ("A man , a dog.", "a man a dog"),
        ("It's the man's T-shirt; he can't run!", "it 's the man 's t-shirt he ca n't run"),
        ("the dog 's ball", "the dog 's ball"),
        ("I'm gonna cannot", "i 'm gon na can not"),
        ("Mr. Smith of the U.S.A. at St. John's", "mr. smith of the u.s.a. at st. john 's"),
        ("1,000 dogs at 5:30, 1/2 off", "1,000 dogs at 5:30 1/2 off"),
        ('"quoted" (and) [bracketed]', "quoted -lrb- and -rrb- -lsb- bracketed -rsb-"),
        ("“smart” ‘quotes’ – dash… caf\u00e9", "smart quotes dash caf\u00e9"),
        ("salt &amp; pepper", "salt & pepper"),
        (" \n ", ""),
    ],
)
def test_captions_are_cut_as_the_treebank_cuts_them(caption: str, tokens: str) -> None:
    assert tokenize(caption) == tokens.split()


def test_tokens_agree_with_the_treebank_tokenizer(data_dir: Path, java: JavaTools) -> None:
    captions = [c for item in read_manifest(data_dir / "flickr8k" / "captions.jsonl")[::8] for c in item.captions]
    captions += [c for item in read_manifest(data_dir / "video_dev" / "captions.jsonl") for c in item.captions]
    captions += islice(read_text_lines(data_dir / "text" / "msvd.txt.gz"), 10_000)
    same = sum(a == tokenize(c) for a, c in zip(treebank_tokens(captions, java), captions, strict=True))
    assert same / len(captions) >= 0.9985


def test_the_treebank_tokenizer_keeps_one_line_for_each_sentence(java: JavaTools) -> None:
    sentences = ["A dog.", "", "two\nlines", "\u2028\x85\r", "café 日本", "one. two. three."]
    cut = treebank_tokens(sentences, java)
    assert cut == [["a", "dog"], [], ["two", "lines"], [], ["café", "日本"], ["one", "two", "three"]]
    assert treebank_tokens([], java) == []


def test_a_tokenizer_that_fails_is_an_error_with_its_name(java: JavaTools, tmp_path: Path) -> None:
    with pytest.raises(ScorerError, match="Treebank tokenizer: "):
        treebank_tokens(["x"], replace(java, tokenizer_jar=tmp_path / "none.jar"))
    with pytest.raises(ScorerError, match="Treebank tokenizer: "):
        treebank_tokens(["x"], replace(java, java=str(tmp_path / "none")))
