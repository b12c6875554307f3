"""Scores a set of captions: agreement with what people said, and how varied and clean the captions are."""

from __future__ import annotations

import json
import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

import numpy as np

from vidcap.evaluation.bootstrap import Interval, bootstrap
from vidcap.evaluation.cider import CiderD, Tokens
from vidcap.evaluation.java import JavaTools, ScorerError, find_java, meteor, treebank_tokens
from vidcap.evaluation.overlap import bleu, has_repeat, rouge_l
from vidcap.evaluation.tokens import tokenize

logger = logging.getLogger(__name__)

TREEBANK = "Stanford Treebank tokenizer (Java), as papers use"
BUILT_IN = "built-in tokenizer (differs from the Treebank's on about 1 caption in 4,000)"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scores:
    """Scores of a set of captions. BLEU, METEOR, ROUGE-L and CIDEr are times 100, as papers print them."""

    items: int
    references: int
    bleu: tuple[float, float, float, float]
    """BLEU-1 to BLEU-4 of the corpus."""
    meteor: float | None
    """None where Java is not there; then ``missing`` says why."""
    rouge_l: float
    cider: float
    """CIDEr-D, which is what papers call CIDEr."""
    cider_interval: Interval
    length_mean: float
    """Tokens a caption."""
    distinct: int
    """Different captions."""
    repeat_rate: float
    """Share of captions in which a word follows itself or a pair of words comes twice."""
    most_common: str
    most_common_share: float
    """How many of the items got the most common caption."""
    empty: int
    """Items that got no caption."""
    tokenizer: str
    """How tokens were cut."""
    missing: Mapping[str, str] = field(default_factory=dict)
    """Scores that could not be computed, with the reason."""
    item_ciders: Mapping[str, float] = field(default_factory=dict, repr=False)
    """CIDEr-D of each item, times 100."""

    @property
    def distinct_share(self) -> float:
        """Different captions per item."""
        return self.distinct / self.items

    def to_dict(self) -> dict[str, Any]:
        """Return all but the items' own scores, as JSON has them."""
        values = asdict(self)
        del values["item_ciders"]
        return values | {"distinct_share": self.distinct_share}

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(rounded(self.to_dict()), ensure_ascii=False)


def rounded(value: Any) -> Any:
    """Return a value of JSON with all numbers in it rounded to what one may believe: 4 decimals."""
    if isinstance(value, float):
        return round(value, 4)
    if isinstance(value, dict):
        return {key: rounded(entry) for key, entry in value.items()}
    return [rounded(entry) for entry in value] if isinstance(value, list | tuple) else value


def score(
    hypotheses: Mapping[str, str], references: Mapping[str, Sequence[str]], *, java: bool | None = None
) -> Scores:
    """Return the scores of one caption for each item against the item's references.

    With pycocoevalcap and Java there, tokens are cut by the Treebank tokenizer and METEOR is computed;
    otherwise our own tokenizer cuts them and ``missing`` says what is missing and why. ``java=False`` does
    without in any case, and ``java=True`` raises ScorerError where that would be needed. ValueError where the
    two don't name the same items.
    """
    _check(hypotheses, references)
    tools = java_tools(java)
    texts = {key: [hypotheses[key], *references[key]] for key in hypotheses}
    tokens = cut(texts, tools)
    said = {key: group[0] for key, group in tokens.items()}
    truth = {key: group[1:] for key, group in tokens.items()}
    ciders = 100 * CiderD(truth).scores(said)
    most_common, times = Counter(" ".join(text.split()) for text in hypotheses.values()).most_common(1)[0]
    return Scores(
        items=len(said),
        references=sum(map(len, truth.values())),
        bleu=_percent(bleu((said[key], truth[key]) for key in said)),
        meteor=None if isinstance(tools, str) else 100 * meteor(said, truth, tools)[0],
        rouge_l=100 * float(np.mean([rouge_l(said[key], truth[key]) for key in said])),
        cider=float(ciders.mean()),
        cider_interval=bootstrap(ciders.tolist()),
        length_mean=float(np.mean([len(group) for group in said.values()])),
        distinct=len({tuple(group) for group in said.values()}),
        repeat_rate=float(np.mean([has_repeat(group) for group in said.values()])),
        most_common=most_common,
        most_common_share=times / len(said),
        empty=sum(not group for group in said.values()),
        tokenizer=BUILT_IN if isinstance(tools, str) else TREEBANK,
        missing={"meteor": tools} if isinstance(tools, str) else {},
        item_ciders=dict(zip(said, ciders.tolist(), strict=True)),
    )


def cut(texts: Mapping[str, Sequence[str]], tools: JavaTools | str) -> dict[str, list[Tokens]]:
    """Return the tokens of each text of each item, cut by Java in one go where ``tools`` are there."""
    if isinstance(tools, str):
        return {key: [tokenize(text) for text in group] for key, group in texts.items()}
    flat = iter(treebank_tokens([text for group in texts.values() for text in group], tools))
    return {key: [next(flat) for _ in group] for key, group in texts.items()}


def java_tools(java: bool | None) -> JavaTools | str:
    """Return the Java tools or why they are not used; ``True`` insists on them, ``False`` does without."""
    tools = "left out as asked" if java is False else find_java()
    if java and isinstance(tools, str):
        raise ScorerError("METEOR and Treebank tokens", tools)
    return tools


def _percent(scores: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
    a, b, c, d = scores
    return 100 * a, 100 * b, 100 * c, 100 * d


def _check(hypotheses: Mapping[str, str], references: Mapping[str, Sequence[str]]) -> None:
    if not hypotheses:
        raise ValueError("no captions to score")
    unpaired = hypotheses.keys() ^ references.keys()
    if unpaired:
        raise ValueError(f"a caption without references or the other way round: {min(unpaired)!r}")
    bare = [key for key, group in references.items() if not group]
    if bare:
        raise ValueError(f"an item without references: {bare[0]!r}")
