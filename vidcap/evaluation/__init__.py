"""Scores of captions against what people said, and what is needed to trust them.

>>> scores = score({"a": "a dog runs", "b": "a cat"}, {"a": ["A dog runs."], "b": ["A cat."]}, java=False)
>>> round(scores.bleu[0]), scores.distinct, sorted(scores.missing)
(100, 2, ['meteor'])

``cider`` (fast, for training), ``overlap`` and ``tokens`` are plain Python; ``java`` adds METEOR; ``scores`` joins
them; ``bootstrap`` says how sure they are; ``run`` lets a captioner describe a manifest; ``results`` and ``page``
keep what it said.
"""

from __future__ import annotations

from vidcap.evaluation.bootstrap import Comparison, Interval, bootstrap, compare
from vidcap.evaluation.cider import CiderD, cider_d
from vidcap.evaluation.java import ScorerError
from vidcap.evaluation.results import Result, compare_results, read_results, write_results
from vidcap.evaluation.run import Evaluation, EvaluationConfig, evaluate, evaluate_items
from vidcap.evaluation.scores import Scores, score
from vidcap.evaluation.tokens import tokenize

__all__ = [
    "CiderD",
    "Comparison",
    "Evaluation",
    "EvaluationConfig",
    "Interval",
    "Result",
    "ScorerError",
    "Scores",
    "bootstrap",
    "cider_d",
    "compare",
    "compare_results",
    "evaluate",
    "evaluate_items",
    "read_results",
    "score",
    "tokenize",
    "write_results",
]
