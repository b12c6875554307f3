"""From manifests to a checkpoint: reads the corpus, caches features, teaches recognition, trains the decoder."""

from __future__ import annotations

import datetime
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch

from vidcap.evaluation.cider import CiderD
from vidcap.evaluation.tokens import tokenize
from vidcap.manifests import Item
from vidcap.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
from vidcap.model.concepts import ConceptHead, Recogniser
from vidcap.model.config import ModelConfig, SearchConfig, from_dict
from vidcap.model.encoder import Encoder
from vidcap.model.network import CaptionNetwork, Features
from vidcap.model.torch_network import search_sentences
from vidcap.training.batches import Batches, stack_views
from vidcap.training.blending import blended, snapshot
from vidcap.training.config import Recipe, TrainConfig
from vidcap.training.corpus import Corpus, Known, read_corpus
from vidcap.training.features import FeatureConfig, FeatureSet, Report, cached_features
from vidcap.training.imagenet import concept_of_class
from vidcap.training.loop import Progress, Trainer
from vidcap.training.pretrained import pretrained_encoder
from vidcap.training.recognition import examples, heads_key, style_prior, train_heads
from vidcap.training.rewards import Rewarder, rewarder_of
from vidcap.training.views import plain_view, tensor_of


def _silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TrainPaths:
    """Where a training reads and writes."""

    out: Path
    """The checkpoint; written whole at every score and at the end."""
    work: Path
    """Features, heads and the state to resume from."""
    init: Path | None = None
    """A model whose words, concepts and weights the training begins with."""
    keep: float = 0.0
    """With ``init``: how much of its weights is mixed into what is written, 0 to 1, against forgetting."""

    def __post_init__(self) -> None:
        if not 0 <= self.keep < 1:
            raise ValueError(f"keep lies between 0 and 1: {self.keep}")


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A training about to start."""

    corpus: Corpus
    features: tuple[FeatureSet, ...]
    dev: FeatureSet | None
    dev_items: tuple[Item, ...]
    labels: tuple[str, ...]
    network: CaptionNetwork
    batches: Batches


def train(recipe: Recipe, paths: TrainPaths, report: Report = _silent) -> Iterator[Progress]:
    """Train and write a model; yields after every step.

    A training that was interrupted goes on from ``paths.work`` to the same weights. ``report`` is told of the stages
    before the first step.
    """
    with torch.random.fork_rng():  # fresh layers draw numbers, even those that are filled from a file afterwards
        prepared = prepare(recipe, paths, report)
    first = snapshot(prepared.network) if paths.init and paths.keep else None
    trainer = Trainer(prepared.network, prepared.batches, recipe.train, _rewarder(prepared.corpus, recipe.train))
    state = paths.work / "state.safetensors"
    trainer.resume(state)
    every = recipe.train.eval_every or _epoch(prepared.corpus, recipe.train)
    scores: list[tuple[int, float]] = []

    def save() -> None:
        trainer.save(state)
        write()

    def write() -> None:
        with blended(prepared.network, first, paths.keep):
            _write(prepared, recipe, paths, trainer.step, scores)

    def evaluate() -> float:
        with blended(prepared.network, first, paths.keep):
            scores.append((trainer.step, dev_cider(prepared)))
        return scores[-1][1]

    yield from trainer.run(evaluate if prepared.dev else None, every, save)
    write()


def prepare(recipe: Recipe, paths: TrainPaths, report: Report = _silent) -> Prepared:
    """Do all that comes before the first step: corpus, features, concept heads, fresh weights."""
    config = recipe.train
    base = load_checkpoint(paths.init) if paths.init else None
    model = _model_config(recipe, base)
    report("manifests and texts", 0, 1)
    corpus = read_corpus(config, model.max_tokens - 2, _known(base.network) if base else None)
    encoder, labels = (base.network.encoder, base.labels) if base else pretrained_encoder(model)
    paths.work.mkdir(parents=True, exist_ok=True)
    kept = FeatureConfig.for_picture(model.picture_px)
    features = tuple(cached_features(group.items, encoder, kept, paths.work, report) for group in corpus.groups)
    dev_items = _dev_items(corpus, config)
    dev = cached_features(dev_items, encoder, kept, paths.work, report) if dev_items else None
    if base:
        network, heads = base.network, _own_heads(base.network, config)
    else:
        network = _fresh_network(model, corpus, encoder, config.seed)
        heads = _teach_recognition(network, corpus, features, labels, recipe, paths, report)
    batches = Batches(corpus, features, network.recogniser, heads, config)
    return Prepared(corpus, features, dev, dev_items, labels, network, batches)


def _model_config(recipe: Recipe, base: Checkpoint | None) -> ModelConfig:
    if base is not None:
        return base.network.config
    styles = recipe.train.styles
    config: ModelConfig = from_dict(ModelConfig, {"styles": styles, **recipe.model})
    return config


def _known(network: CaptionNetwork) -> Known:
    return Known(network.vocabulary, network.concepts, network.config.styles)


def _own_heads(network: CaptionNetwork, config: TrainConfig) -> list[ConceptHead]:
    """Return the model's head for every fold: it has not seen the user's pictures."""
    return [network.recogniser.head] * (config.folds + 1) if network.recogniser else []


def _dev_items(corpus: Corpus, config: TrainConfig) -> tuple[Item, ...]:
    kinds = {item.kind for item in corpus.dev}
    kind = "image" if "image" in kinds else "video"
    return tuple(item for item in corpus.dev if item.kind == kind)[: config.eval_items]


def _fresh_network(model: ModelConfig, corpus: Corpus, encoder: Encoder, seed: int) -> CaptionNetwork:
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        network = CaptionNetwork(model, corpus.vocabulary, corpus.concepts if model.num_concepts else ())
    network.encoder = encoder
    return network.eval()


def _teach_recognition(
    network: CaptionNetwork,
    corpus: Corpus,
    features: Sequence[FeatureSet],
    labels: tuple[str, ...],
    recipe: Recipe,
    paths: TrainPaths,
    report: Report,
) -> list[ConceptHead]:
    recogniser = network.recogniser
    if recogniser is None:
        return []
    config = recipe.train
    found = train_heads(
        lambda: examples(corpus.groups, features, config, len(corpus.concepts)),
        network.config,
        config,
        paths.work / f"heads-{heads_key(corpus, network.config, config)}",
        report,
    )
    recogniser.head.load_state_dict(found[-1].state_dict())
    classes = list(concept_of_class(labels, corpus.concept_of_word.get)) if labels else [-1] * 1000
    recogniser.classes.copy_(torch.tensor(classes))
    recogniser.prior.copy_(style_prior(corpus, _usual(recogniser, features)))
    return found


def _usual(recogniser: Recogniser, features: Sequence[FeatureSet]) -> Any:
    """Return how probable the head thinks each concept on an average training picture ``(C,)``."""
    largest = max(features, key=len)
    chosen = range(0, len(largest), max(1, len(largest) // 1000))
    _, mean_max = stack_views([plain_view(largest, i) for i in chosen])
    with torch.inference_mode():
        mean: np.ndarray[Any, np.dtype[np.float32]] = recogniser.head(mean_max).sigmoid().mean(0).numpy()
    return np.maximum(mean, 1e-4)


def _rewarder(corpus: Corpus, config: TrainConfig) -> Rewarder | None:
    if not config.reward_steps:
        return None
    pictures = [group.captions for group in corpus.groups if group.source.weight > 0]
    return rewarder_of([*pictures, *(told.captions for told in corpus.texts)])


def _epoch(corpus: Corpus, config: TrainConfig) -> int:
    captions = sum(len(of_item) for group in corpus.groups for of_item in group.captions)
    return max(1, captions // (5 * config.pictures))


def dev_cider(prepared: Prepared) -> float:
    """Return CIDEr x 100 of greedy captions on the dev items."""
    assert prepared.dev is not None
    hypotheses: dict[str, list[str]] = {}
    for start in range(0, len(prepared.dev_items), 64):
        rows = range(start, min(start + 64, len(prepared.dev_items)))
        texts = caption_features(prepared.network, prepared.dev, rows, SearchConfig(beam=1))
        hypotheses |= {prepared.dev_items[row].id: tokenize(text) for row, text in zip(rows, texts, strict=True)}
    references = {item.id: [tokenize(text) for text in item.captions] for item in prepared.dev_items}
    return float(100 * CiderD(references).scores(hypotheses).mean())


@torch.inference_mode()
def caption_features(
    network: CaptionNetwork, stored: FeatureSet, rows: Sequence[int], search: SearchConfig
) -> list[str]:
    """Return the captions of items whose features are cached."""
    visual, mean_max = stack_views([plain_view(stored, row) for row in rows])
    imagenet = np.stack([stored.imagenet[stored.rows(row)].astype(np.float32).mean(0) for row in rows])
    video = min(1, len(network.config.styles) - 1)
    styles = torch.full((len(rows),), 0 if stored.is_still else video)
    memory, _ = network.remember(Features(visual, mean_max, tensor_of(imagenet)), styles)
    found = search_sentences(network, memory, search)
    return [network.vocabulary.decode(sentences[0].ids) if sentences else "" for sentences in found]


def _write(
    prepared: Prepared, recipe: Recipe, paths: TrainPaths, step: int, scores: Sequence[tuple[int, float]]
) -> None:
    record: Mapping[str, Any] = {
        "made": datetime.date.today().isoformat(),
        "step": step,
        "steps": recipe.train.steps,
        "reward_steps": recipe.train.reward_steps,
        "seed": recipe.train.seed,
        "terms": recipe.train.terms,
        "data": ["/".join(path.parts[-2:]) for path in recipe.train.paths],
        "pictures": sum(len(group.items) for group in prepared.corpus.groups),
        "text_lines": sum(told.num_captions for told in prepared.corpus.texts),
        "text_scenes": sum(len(told.captions) for told in prepared.corpus.texts),
        "dev_cider_greedy": [[at, round(score, 1)] for at, score in scores],
    }
    save_checkpoint(Checkpoint(prepared.network, prepared.labels, record), paths.out)
