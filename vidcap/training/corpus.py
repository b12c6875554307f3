"""Everything a training reads, as numbers: captions of pictures, lines of text, words, concepts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from vidcap.errors import ManifestError
from vidcap.manifests import Item, read_manifest, read_text_lines
from vidcap.model.stems import concept_counts, stem_map
from vidcap.model.vocabulary import SPECIALS, UNK, Vocabulary, tokenize
from vidcap.training.config import DataSource, TextSource, TrainConfig
from vidcap.training.imagenet import everyday_nouns
from vidcap.training.scenes import scene_bounds

TRAIN_SPLITS = (None, "train", "train_extra")
_MIN_NAMED = 50


@dataclass(frozen=True, slots=True, eq=False)
class Captioned:
    """Items of one kind from one source."""

    source: DataSource
    items: tuple[Item, ...]
    captions: tuple[tuple[tuple[int, ...], ...], ...]
    """Word ids of each item's captions, ends left out."""
    concepts: tuple[Counter[int], ...]
    """How many of each item's texts, weak ones included, mention a concept."""
    style: int


@dataclass(frozen=True, slots=True, eq=False)
class Told:
    """Scenes that are known by their captions alone."""

    source: TextSource
    captions: tuple[tuple[tuple[int, ...], ...], ...]
    """Word ids of each scene's captions, of those that can be said."""
    concepts: tuple[Counter[int], ...]
    """How many of each scene's lines mention a concept."""
    sizes: tuple[int, ...]
    """How many lines each scene has, those that can't be said included."""
    style: int

    @property
    def num_captions(self) -> int:
        """Captions over all scenes."""
        return sum(map(len, self.captions))


@dataclass(frozen=True, slots=True, eq=False)
class Corpus:
    """All that is trained on."""

    vocabulary: Vocabulary
    concepts: tuple[str, ...]
    concept_of_word: dict[str, int]
    groups: tuple[Captioned, ...]
    texts: tuple[Told, ...]
    dev: tuple[Item, ...]
    prior: NDArray[np.float32]
    """``(styles, C)`` share of captions, or texts, of each style that mention a concept."""


@dataclass(frozen=True, slots=True)
class Known:
    """What a model that is trained further already has."""

    vocabulary: Vocabulary
    concepts: tuple[str, ...]
    styles: tuple[str, ...]


def read_corpus(config: TrainConfig, max_words: int, known: Known | None = None) -> Corpus:
    """Read all of ``config``'s manifests and texts; ``known`` fixes words, concepts and styles.

    ManifestError where a source is of a style that the model was not made for.
    """
    manifests = [(source, read_manifest(source.path, source.images)) for source in config.data]
    training = [(s, [item for item in items if item.split in TRAIN_SPLITS]) for s, items in manifests]
    dev = tuple(item for _, items in manifests for item in items if item.split == "dev" and item.captions)
    texts = [(source, [tokenize(line) for line in read_text_lines(source.path)]) for source in config.texts]
    vocabulary = known.vocabulary if known else _vocabulary(training, texts, config.min_word)
    names, concept_of_word = _concepts(training, texts, config.min_concept, known.concepts if known else None)
    styles = known.styles if known else config.styles
    for path, style in [(s.path, s.style) for s in config.data] + [(s.path, s.style) for s in config.texts]:
        if style not in styles:
            raise ManifestError(str(path), f"style {style!r} is none of the model's: {', '.join(styles)}")
    groups = tuple(
        group
        for source, items in training
        for group in _groups(source, items, vocabulary, concept_of_word, styles, max_words)
    )
    told = tuple(_told(source, rows, vocabulary, concept_of_word, styles, max_words) for source, rows in texts)
    prior = _prior(groups, told, len(styles), len(names))
    return Corpus(vocabulary, names, concept_of_word, groups, told, dev, prior)


def all_texts(item: Item) -> Iterable[str]:
    """Yield the captions of an item and every weaker text about it."""
    yield from item.captions
    for _, texts in item.texts:
        yield from texts


def _vocabulary(
    training: Sequence[tuple[DataSource, list[Item]]],
    texts: Sequence[tuple[TextSource, list[list[str]]]],
    min_word: int,
) -> Vocabulary:
    counts: Counter[str] = Counter()
    for _, items in training:
        counts.update(word for item in items for caption in item.captions for word in tokenize(caption))
    kept = {word for word, count in counts.items() if count >= min_word}
    for source, rows in texts:
        found = Counter(word for row in rows for word in row)
        kept |= {word for word, count in found.items() if count >= source.min_count}
        counts += found
    return Vocabulary((*SPECIALS, *sorted(kept, key=lambda word: (-counts[word], word))))


def _concepts(
    training: Sequence[tuple[DataSource, list[Item]]],
    texts: Sequence[tuple[TextSource, list[list[str]]]],
    min_concept: int,
    fixed: tuple[str, ...] | None,
) -> tuple[tuple[str, ...], dict[str, int]]:
    """Return the concepts that pictures can teach or ImageNet names, and the concept of each word."""
    seen: Counter[str] = Counter()
    for _, items in training:
        seen.update(word for item in items for text in all_texts(item) for word in tokenize(text))
    said = seen + Counter(word for _, rows in texts for row in rows for word in row)
    stems = stem_map(said)
    by_picture, by_all = concept_counts(seen, stems), concept_counts(said, stems)
    named = {noun for noun in everyday_nouns().values() if by_all[noun] >= _MIN_NAMED}
    kept = {concept for concept, count in by_picture.items() if count >= min_concept} | named
    names = tuple(sorted(kept, key=lambda concept: (-by_all[concept], concept))) if fixed is None else fixed
    index = {name: i for i, name in enumerate(names)}
    return names, {word: index[base] for word, base in stems.items() if base in index} | index


def _groups(
    source: DataSource,
    items: list[Item],
    vocabulary: Vocabulary,
    concept_of_word: dict[str, int],
    styles: tuple[str, ...],
    max_words: int,
) -> Iterable[Captioned]:
    for kind in ("image", "video"):
        chosen = tuple(item for item in items if item.kind == kind)
        if chosen:
            captions = tuple(_usable(item.captions, vocabulary, max_words) for item in chosen)
            concepts = tuple(_mentioned(map(tokenize, all_texts(item)), concept_of_word) for item in chosen)
            yield Captioned(source, chosen, captions, concepts, styles.index(source.style))


def _usable(captions: Iterable[str], vocabulary: Vocabulary, max_words: int) -> tuple[tuple[int, ...], ...]:
    rows = (vocabulary.encode(tokenize(caption)) for caption in captions)
    # A caption with more than one word that can't be said teaches holes.
    return tuple(tuple(row[:max_words]) for row in rows if len(row) > 1 and row.count(UNK) <= 1)


def _told(
    source: TextSource,
    rows: list[list[str]],
    vocabulary: Vocabulary,
    concept_of_word: dict[str, int],
    styles: tuple[str, ...],
    max_words: int,
) -> Told:
    captions, concepts, sizes = [], [], []
    bounds = scene_bounds(rows, source.scene)
    for start, end in pairwise(bounds):
        encoded = [vocabulary.encode(row) for row in rows[start:end]]
        sayable = tuple(tuple(ids) for ids in encoded if 2 < len(ids) <= max_words and UNK not in ids)
        if sayable:
            captions.append(sayable)
            concepts.append(_mentioned(rows[start:end], concept_of_word))
            sizes.append(end - start)
    return Told(source, tuple(captions), tuple(concepts), tuple(sizes), styles.index(source.style))


def _mentioned(texts: Iterable[Iterable[str]], concept_of_word: dict[str, int]) -> Counter[int]:
    found: Counter[int] = Counter()
    for words in texts:
        found.update({concept_of_word[word] for word in words if word in concept_of_word})
    return found


def _prior(
    groups: Sequence[Captioned], texts: Sequence[Told], num_styles: int, num_concepts: int
) -> NDArray[np.float32]:
    counts = np.zeros((num_styles, num_concepts))
    totals = np.zeros(num_styles)
    for group in groups:
        for item, mentions in zip(group.items, group.concepts, strict=True):
            if item.captions:
                totals[group.style] += len(item.captions)
                for concept, count in mentions.items():
                    counts[group.style, concept] += min(count, len(item.captions))
    for told in texts:
        totals[told.style] += sum(told.sizes)
        for mentions in told.concepts:
            counts[told.style, list(mentions.keys())] += list(mentions.values())
    prior: NDArray[np.float32] = ((counts + 0.5) / (totals[:, None] + 1)).astype(np.float32)
    return prior
