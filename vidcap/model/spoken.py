"""What a model's words stand for: the concept of each word of its vocabulary, found anew from the words alone."""

from __future__ import annotations

from collections.abc import Sequence

from vidcap.model.stems import FUNCTION_WORDS, stem_map
from vidcap.model.things import LIVING
from vidcap.model.vocabulary import SPECIALS, Vocabulary

_MANY = 10_000_000


def concepts_of_words(vocabulary: Vocabulary, concepts: Sequence[str]) -> tuple[int, ...]:
    """Return the index of the concept that each word is a form of, -1 for none.

    Stems want to know how frequent words are. A checkpoint keeps only their order, so the n-th word counts as n times
    rarer than the first (Zipf), which is near enough: a base is refused only where it is 50 times rarer.
    """
    index = {name: i for i, name in enumerate(concepts)}
    counts = {word: _MANY // rank for rank, word in enumerate(vocabulary.words, 1) if word not in SPECIALS}
    stems = stem_map(dict.fromkeys(concepts, _MANY) | counts)
    return tuple(
        -1 if word in SPECIALS or word in FUNCTION_WORDS else index.get(word, index.get(stems[word], -1))
        for word in vocabulary.words
    )


def forms_of(vocabulary: Vocabulary, words: Sequence[str], *, need_all: bool = True) -> tuple[frozenset[int], ...]:
    """Return for each of ``words`` the ids of its forms that the model can say; ValueError names one it can't.

    With ``need_all=False`` such a word has no forms.

    A form is what has the same base: ``ride`` stands for rides, riding and ridden too, ``men`` for man.
    """
    counts = {word: _MANY // rank for rank, word in enumerate(vocabulary.words, 1) if word not in SPECIALS}
    stems = stem_map(counts | {word: counts.get(word, 1) for word in words})
    known: dict[str, set[int]] = {}
    for word in counts:
        known.setdefault(stems[word], set()).add(vocabulary.ids[word])
    unknown = [word for word in words if stems[word] not in known and word not in counts]
    if unknown and need_all:
        raise ValueError(f"this model has no such word: {', '.join(unknown)}")
    return tuple(frozenset(known.get(stems[word], set()) | ({vocabulary.ids.get(word, -1)} - {-1})) for word in words)


def said_once(vocabulary: Vocabulary) -> frozenset[int]:
    """Return the ids of words that no sentence needs twice ("a polar bear is polar").

    Men stand beside men, and a dog plays with a dog; small words come back as they must.
    """
    counts = {word: _MANY // rank for rank, word in enumerate(vocabulary.words, 1) if word not in SPECIALS}
    stems = stem_map(counts)
    again = FUNCTION_WORDS | LIVING
    return frozenset(vocabulary.ids[word] for word in counts if word not in again and stems[word] not in again)
