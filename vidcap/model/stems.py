"""Words to concepts: forms of one word ("ride", "rides", "riding") are one concept.

A form is joined to a base only where the base itself is a word of the captions, so that "bus" does not become "bu" and
"morning" not "morn".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping

_IRREGULAR = {
    "men": "man",
    "women": "woman",
    "children": "child",
    "people": "person",
    "kids": "kid",
    "feet": "foot",
    "geese": "goose",
    "knives": "knife",
    "leaves": "leaf",
    "mice": "mouse",
    "teeth": "tooth",
    "wolves": "wolf",
    "shelves": "shelf",
    "running": "run",
    "lying": "lie",
    "laying": "lie",
    "lays": "lie",
    "lies": "lie",
    "bicycles": "bicycle",
    "bike": "bicycle",
    "bikes": "bicycle",
    "motorbike": "motorcycle",
    "motorbikes": "motorcycle",
    "sat": "sit",
    "stood": "stand",
    "held": "hold",
    "tv": "television",
    "cellphone": "phone",
    "airplanes": "airplane",
    "plane": "airplane",
    "planes": "airplane",
    "sofa": "couch",
    "auto": "car",
    "makes": "make",
    "made": "make",
    "sliced": "slice",
    "doggy": "dog",
    "puppies": "puppy",
    "kitty": "kitten",
}
FUNCTION_WORDS = frozenset(
    [
        "a",
        "an",
        "the",
        "and",
        "or",
        "but",
        "of",
        "in",
        "on",
        "at",
        "to",
        "from",
        "with",
        "without",
        "into",
        "onto",
        "by",
        "for",
        "over",
        "under",
        "up",
        "down",
        "out",
        "off",
        "through",
        "across",
        "along",
        "around",
        "near",
        "next",
        "behind",
        "above",
        "below",
        "between",
        "beside",
        "against",
        "inside",
        "outside",
        "while",
        "as",
        "that",
        "which",
        "who",
        "whose",
        "this",
        "these",
        "those",
        "there",
        "here",
        "it",
        "its",
        "his",
        "her",
        "their",
        "them",
        "they",
        "he",
        "she",
        "him",
        "is",
        "are",
        "was",
        "were",
        "be",
        "been",
        "being",
        "has",
        "have",
        "had",
        "having",
        "do",
        "does",
        "doing",
        "did",
        "some",
        "another",
        "other",
        "one",
        "two",
        "three",
        "four",
        "five",
        "several",
        "many",
        "few",
        "each",
        "every",
        "both",
        "all",
        "very",
        "while",
        "during",
        "not",
        "no",
        "what",
        "where",
        "when",
        "how",
        "than",
        "then",
        "also",
        "like",
        "about",
        "just",
        "only",
        "same",
        "together",
        "away",
        "back",
        "front",
        "side",
        "top",
        "something",
        "someone",
        "somebody",
        "others",
        "can",
        "will",
        "may",
        "very",
        "it's",
        "there's",
        "he's",
        "she's",
        "his",
        "hers",
        "himself",
        "herself",
        "itself",
        "themselves",
        "each",
        "picture",
        "image",
        "photo",
        "video",
        "clip",
        "scene",
        "view",
        "shows",
        "showing",
        "shown",
        "show",
        "i",
        "you",
        "we",
        "my",
        "your",
        "our",
        "me",
        "us",
        "am",
    ]
)


def stem_map(counts: Mapping[str, int]) -> dict[str, str]:
    """Return the base form of each word of ``counts`` (words with their frequencies)."""
    return {word: _base(word, counts) for word in counts}


def _base(word: str, counts: Mapping[str, int]) -> str:
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for candidate in _candidates(word):
        # A rarer base is most likely a slip of the pen, or another word.
        if len(candidate) >= 3 and counts.get(candidate, 0) >= max(2, counts[word] // 50):
            return _IRREGULAR.get(candidate, candidate)
    return word


def _candidates(word: str) -> Iterator[str]:
    for suffix in ("'s", "ies", "es", "s", "ing", "ied", "ed", "d"):
        if not word.endswith(suffix) or (suffix == "s" and word.endswith("ss")):
            continue
        base = word[: -len(suffix)]
        if suffix in ("ies", "ied"):
            yield base + "y"
        elif suffix in ("ing", "ed"):
            yield base + "e"
            yield base
            if len(base) > 3 and base[-1] == base[-2]:
                yield base[:-1]
        else:
            yield base


def concept_counts(counts: Counter[str], stems: Mapping[str, str]) -> Counter[str]:
    """Return how often each concept is meant; function words are none."""
    found: Counter[str] = Counter()
    for word, count in counts.items():
        base = stems.get(word, word)
        if word not in FUNCTION_WORDS and base not in FUNCTION_WORDS and len(base) > 1 and not base.isdigit():
            found[base] += count
    return found
