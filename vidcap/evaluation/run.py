"""Lets a captioner describe the items of a manifest, and scores what it says."""

from __future__ import annotations

import json
import logging
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from vidcap.errors import ManifestError, SourceError
from vidcap.evaluation.logistic import calibration_error
from vidcap.evaluation.results import Result
from vidcap.evaluation.scores import Scores, rounded, score
from vidcap.evaluation.support import RIGHT, supports
from vidcap.items import clip_of_item
from vidcap.manifests import Item, read_manifest, select_split
from vidcap.types import Caption, Clip

if TYPE_CHECKING:
    from vidcap.captioner import Describer

logger = logging.getLogger(__name__)

T = TypeVar("T")
Progress = Callable[[str], None]
"""Called with each item's id when it has been dealt with."""


def unheard(_id: str) -> None:
    """Do nothing: the :data:`Progress` of those who only want the result."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvaluationConfig:
    """How items are looked at and scored."""

    max_frames: int = field(default=8, metadata={"help": "most pictures of a video that the model sees"})
    batch: int = field(default=16, metadata={"help": "items that the model is given at once"})
    java: bool | None = field(
        default=None,
        metadata={"help": "use Java for Treebank tokens and METEOR (default: where it is installed)"},
    )

    def __post_init__(self) -> None:
        if self.max_frames < 1 or self.batch < 1:
            raise ValueError(f"counts are at least 1: {self.max_frames = } {self.batch = }")


@dataclass(frozen=True, slots=True, kw_only=True)
class Evaluation:
    """What came out: the scores of the set, and every item."""

    scores: Scores
    results: tuple[Result, ...]
    items: tuple[Item, ...]
    """The items of ``results``, in the same order."""
    failures: tuple[tuple[str, str], ...] = ()
    """Items that could not be read, with the reason: they are in no score."""
    supports: tuple[float, ...] = ()
    """Of each result: the share of its content words that the references say."""

    @property
    def right_share(self) -> float:
        """Share of the captions that count as right (see :mod:`vidcap.evaluation.support`)."""
        return float(np.mean([support >= RIGHT for support in self.supports])) if self.supports else 0.0

    @property
    def confidence_error(self) -> float:
        """How far confidence is from the share that is right: the expected calibration error, 0 to 1."""
        chances = np.array([result.confidence for result in self.results])
        return calibration_error(chances, np.array([support >= RIGHT for support in self.supports], float))

    @property
    def confident_half(self) -> tuple[float, float] | None:
        """CIDEr of the half of the captions that the captioner is surest of, and of the other half."""
        if len(self.results) < 2:
            return None
        ranked = sorted(self.results, key=lambda result: -result.confidence)
        middle = len(ranked) // 2
        surer, other = (
            float(np.mean([result.cider for result in half])) for half in (ranked[:middle], ranked[middle:])
        )
        return surer, other

    def to_dict(self) -> dict[str, Any]:
        """Return all but the items, as JSON has them."""
        failures = [{"id": key, "reason": reason} for key, reason in self.failures]
        believed = {"right_share": self.right_share, "confidence_error": self.confidence_error}
        return self.scores.to_dict() | believed | {"confident_half": self.confident_half, "failures": failures}

    def to_json(self) -> str:
        """Return one line of JSON."""
        return json.dumps(rounded(self.to_dict()), ensure_ascii=False)


def evaluate(
    manifest: str | os.PathLike[str],
    *,
    split: str | None = None,
    model: str | os.PathLike[str] | None = None,
    device: str = "auto",
    config: EvaluationConfig = EvaluationConfig(),
    **options: Any,
) -> Evaluation:
    """Return the scores of a model (default: the packaged one) on a manifest, or on one ``split`` of it.

    ``options`` are those of :meth:`vidcap.Captioner.load`, such as ``beam=5``. Raises ManifestError, CheckpointError.
    """
    # The captioner's room is large, and scores alone (in training) do without it.
    from vidcap.captioner import Captioner

    items = select_split(read_manifest(manifest), split, os.fspath(manifest))
    return evaluate_items(Captioner.load(model, device, **options).describer, items, config)


def evaluate_items(
    describer: Describer,
    items: Sequence[Item],
    config: EvaluationConfig = EvaluationConfig(),
    progress: Progress = unheard,
) -> Evaluation:
    """Return what ``describer`` says about each item, with its scores.

    Items without captions are left out, items that can't be read are listed as failures; both are logged.
    ManifestError where nothing remains.
    """
    captioned = {key: item for key, item in _by_id(items) if item.captions}
    if len(captioned) < len(items):
        logger.warning("%d items without captions are left out", len(items) - len(captioned))
    failures: list[tuple[str, str]] = []
    said: dict[str, Caption] = {}
    for key, caption in describe_items(describer, captioned.items(), config, failures):
        said[key] = caption
        progress(key)
    if not said:
        reason = failures[0][1] if failures else "no item has captions to compare with"
        raise ManifestError(f"{len(items)} items", f"nothing to score: {reason}")
    references = {key: captioned[key].captions for key in said}
    scores = score({key: caption.text for key, caption in said.items()}, references, java=config.java)
    return Evaluation(
        scores=scores,
        results=tuple(
            Result(
                id=key,
                hypothesis=caption.text,
                references=references[key],
                cider=scores.item_ciders[key],
                confidence=caption.confidence,
                labels=caption.labels,
            )
            for key, caption in said.items()
        ),
        items=tuple(captioned[key] for key in said),
        failures=tuple(failures),
        supports=tuple(supports({key: caption.text for key, caption in said.items()}, references).values()),
    )


def describe_items(
    describer: Describer,
    items: Iterable[tuple[str, Item]],
    config: EvaluationConfig,
    failures: list[tuple[str, str]],
) -> Iterator[tuple[str, Caption]]:
    """Yield each item's caption, in order, as batches are done; items that can't be read go to ``failures``."""
    for group in _batches(_clips(items, describer.picture_px, config, failures), config.batch):
        captions = describer.describe([clip for _, clip in group])
        yield from zip((key for key, _ in group), captions, strict=True)


def _clips(
    items: Iterable[tuple[str, Item]],
    picture_px: int,
    config: EvaluationConfig,
    failures: list[tuple[str, str]],
) -> Iterator[tuple[str, Clip]]:
    for index, (key, item) in enumerate(items):
        try:
            yield key, clip_of_item(item, picture_px, config.max_frames, index=index)
        except SourceError as error:
            logger.warning("%s", error)
            failures.append((key, error.reason))


def _batches(items: Iterator[T], size: int) -> Iterator[list[T]]:
    while group := list(islice(items, size)):
        yield group


def _by_id(items: Iterable[Item]) -> Iterator[tuple[str, Item]]:
    """Each item with an id of its own: the second ``a/b.jpg`` is ``a/b.jpg#2``."""
    seen: Counter[str] = Counter()
    for item in items:
        seen[item.id] += 1
        yield (item.id if seen[item.id] == 1 else f"{item.id}#{seen[item.id]}"), item
