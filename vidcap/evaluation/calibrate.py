"""Measures how far a model's numbers can be believed, on captioned pictures and clips that it was not trained on."""

from __future__ import annotations

import logging
import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from vidcap.errors import ManifestError, SourceError
from vidcap.evaluation.calibration_config import CalibrateConfig
from vidcap.evaluation.logistic import Array, area_under_curve, calibration_error, cross_validated, fit
from vidcap.evaluation.support import LEAST_REFERENCES, RIGHT, supports
from vidcap.evaluation.tokens import tokenize
from vidcap.items import clip_of_item
from vidcap.manifests import Item
from vidcap.model.calibration import FEATURES, Calibration, Line
from vidcap.model.checkpoint import Checkpoint
from vidcap.model.confidence import sentence_features
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer
from vidcap.model.features import Features
from vidcap.model.grounding import Evidence
from vidcap.model.stems import stem_map
from vidcap.model.things import NOUNS, PEOPLE

logger = logging.getLogger(__name__)

Report = Callable[[str, int, int], None]
"""Stage, done, total."""
_FOLDS = 5
_BATCH = 16
_LEAST_CLIPS = 100


@dataclass(frozen=True, slots=True, eq=False)
class Looked:
    """Items with what the CNN says of them."""

    items: tuple[Item, ...]
    batches: tuple[Features, ...]
    is_clip: tuple[bool, ...]
    """More than one picture."""


def calibrate(
    checkpoint: Checkpoint,
    items: Sequence[Item],
    config: CalibrateConfig | None = None,
    describer: DescriberConfig | None = None,
    report: Report = lambda _stage, _done, _total: None,
) -> Calibration:
    """Return the calibration of a model, measured on ``items`` that it was not trained on.

    Each item is described as a picture and as video, where the model has styles for both. Items with fewer than three
    references are left out. ManifestError where fewer than 50 remain.
    """
    config = config or CalibrateConfig()
    usable = [item for item in items if len(item.captions) >= LEAST_REFERENCES]
    wanted = min(len(usable), config.items)
    usable = [usable[place * len(usable) // wanted] for place in range(wanted)]
    if len(usable) < 50:
        reason = f"{len(usable)} items have {LEAST_REFERENCES} captions or more: 50 are needed"
        raise ManifestError("calibration", reason)
    plain = Describer(replace(checkpoint, calibration=None), config=describer)
    looked = look(plain, usable, config, report)
    first = recognition(plain, looked)
    judged = Describer(replace(checkpoint, calibration=first), config=describer)
    return confidence(judged, looked, first, report)


def look(describer: Describer, items: Sequence[Item], config: CalibrateConfig, report: Report) -> Looked:
    """Return ``items`` with their features; those that can't be read are left out with a warning."""
    read: list[Item] = []
    batches: list[Features] = []
    is_clip: list[bool] = []
    for start in range(0, len(items), _BATCH):
        report("looking", start, len(items))
        clips = []
        for item in items[start : start + _BATCH]:
            try:
                clips.append(clip_of_item(item, describer.picture_px, config.max_frames))
            except SourceError as error:
                logger.warning("%s", error)
                continue
            read.append(item)
        if clips:
            batches.append(describer.features(clips))
            is_clip += [len(clip.pictures) > 1 for clip in clips]
    report("looking", len(items), len(items))
    return Looked(tuple(read), tuple(batches), tuple(is_clip))


def recognition(describer: Describer, looked: Looked) -> Calibration:
    """Return a calibration of what is recognised; the chances of sentences are still to come."""
    network = describer.network
    evidence = Evidence(network, _unfitted(Line(1.0, 0.0), Line(1.0, 0.0)))
    heard = [batch.known for batch in looked.batches if batch.known is not None]
    if not heard:
        raise ManifestError("calibration", "the model has no concepts, which the chances are worked out from")
    known = np.concatenate(heard)
    mentioned = _mentions(looked.items, network.concepts)  # (N, C)
    logits = evidence.logits(known)
    nouns = [i for i, name in enumerate(network.concepts) if name in NOUNS - PEOPLE]
    anybody = mentioned[:, evidence.people].any(1)
    concept = _line(logits[:, nouns].ravel(), mentioned[:, nouns].ravel())
    person = _at_even_odds(_line(evidence.person_logit(known), anybody), float(anybody.mean()))
    return _unfitted(concept, person)


def _unfitted(concept: Line, person: Line) -> Calibration:
    nothing, one = dict.fromkeys(FEATURES, 0.0), dict.fromkeys(FEATURES, 1.0)
    return Calibration(centre=nothing, scale=one, weights=nothing, bias=0.0, concept=concept, person=person)


def _at_even_odds(line: Line, share: float) -> Line:
    """Return ``line`` as if half of the pictures showed a person: sets show people in most, film need not."""
    share = min(max(share, 0.01), 0.99)
    return Line(line.slope, line.bias - math.log(share / (1 - share)))


def _line(logits: NDArray[Any], is_true: Any) -> Line:
    slope, bias = fit(logits.astype(float)[:, None], np.asarray(is_true, float))
    return Line(float(slope), float(bias))


def _mentions(items: Sequence[Item], concepts: Sequence[str]) -> np.ndarray[Any, np.dtype[np.bool_]]:
    """Return ``(N, C)``: whether a reference of an item names a concept."""
    index = {name: i for i, name in enumerate(concepts)}
    words = [[tokenize(caption) for caption in item.captions] for item in items]
    counts: dict[str, int] = {}
    for word in (word for group in words for caption in group for word in caption):
        counts[word] = counts.get(word, 0) + 1
    stems = stem_map(counts)
    found = np.zeros((len(items), len(concepts)), bool)
    for row, group in enumerate(words):
        named = {index.get(word, index.get(stems[word], -1)) for caption in group for word in caption} - {-1}
        found[row, list(named)] = True
    return found


def confidence(describer: Describer, looked: Looked, first: Calibration, report: Report) -> Calibration:
    """Return ``first`` with the weights of the chance that a sentence is right."""
    features, is_right, groups = _table(describer, looked, report)
    centre, scale = features.mean(0), features.std(0)
    scale[scale < 1e-6] = 1.0
    features = (features - centre) / scale
    if sum(looked.is_clip) < _LEAST_CLIPS:  # too few to tell what steadiness is worth
        features[:, FEATURES.index("steadiness")] = 0.0
    *weights, bias = (float(weight) for weight in fit(features, is_right))
    honest = cross_validated(features, is_right, groups)
    facts = {
        "items": len(looked.items),
        "clips": sum(looked.is_clip),
        "sentences": len(is_right),
        "right": round(float(is_right.mean()), 3),
        "right_means": f"{RIGHT:.0%} of the content words are said by the references",
        "auc": round(area_under_curve(honest, is_right), 3),
        "calibration_error": round(calibration_error(honest, is_right), 3),
        "brier": round(float(((honest - is_right) ** 2).mean()), 3),
    }
    return replace(
        first,
        centre=dict(zip(FEATURES, centre.tolist(), strict=True)),
        scale=dict(zip(FEATURES, scale.tolist(), strict=True)),
        weights=dict(zip(FEATURES, weights, strict=True)),
        bias=bias,
        facts=facts,
    )


def _table(describer: Describer, looked: Looked, report: Report) -> tuple[Array, Array, np.ndarray[Any, Any]]:
    """Return features ``(N, F)``, whether right ``(N,)``, and the fold of each sentence; an item has one fold."""
    assert describer.evidence is not None
    rows: list[list[float]] = []
    texts: dict[str, str] = {}
    references: dict[str, tuple[str, ...]] = {}
    groups: list[int] = []
    for key, number, found in _described(describer, looked, report):
        features = sentence_features(found.sentences, describer.evidence, found.logits, found.steadiness)
        rows.append([features[name] for name in FEATURES])
        texts[key] = describer.network.vocabulary.decode(found.sentences[0].ids)
        references[key] = looked.items[number].captions
        groups.append(number % _FOLDS)
    right = supports(texts, references)
    return np.array(rows), np.array([float(right[key] >= RIGHT) for key in texts]), np.array(groups)


def _described(describer: Describer, looked: Looked, report: Report) -> Iterator[tuple[str, int, Any]]:
    """Yield a key, the item's number and what was found, for every item in every way of saying it."""
    styles = range(min(2, len(describer.network.config.styles)))
    total = len(styles) * len(looked.items)
    done = 0
    for style in styles:
        number = 0
        for batch in looked.batches:
            report("describing", done, total)
            wanted = np.full(len(batch.imagenet), style)
            for found in describer.found(batch, wanted):
                # A clip is never worded as a picture.
                if found.sentences and not (style == 0 and len(styles) > 1 and looked.is_clip[number]):
                    yield f"{style}:{number}", number, found
                number, done = number + 1, done + 1
    report("describing", total, total)
