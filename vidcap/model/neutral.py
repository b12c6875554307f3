"""Sentences that guess nobody's gender: a man or a woman is a person, a boy or a girl a child, his and her their."""

from __future__ import annotations

import re
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

_WORDS = {
    "man": "person",
    "woman": "person",
    "lady": "person",
    "guy": "person",
    "gentleman": "person",
    "male": "person",
    "female": "person",
    "bride": "person",
    "men": "people",
    "women": "people",
    "ladies": "people",
    "guys": "people",
    "gentlemen": "people",
    "males": "people",
    "females": "people",
    "boy": "child",
    "girl": "child",
    "boys": "children",
    "girls": "children",
    "mother": "parent",
    "father": "parent",
    "mom": "parent",
    "dad": "parent",
    "son": "child",
    "daughter": "child",
    "sister": "sibling",
    "brother": "sibling",
    "wife": "partner",
    "husband": "partner",
    "cowboy": "rider",
    "cowboys": "riders",
    "policeman": "police officer",
    "policemen": "police officers",
    "fireman": "firefighter",
    "businessman": "person",
    "he": "they",
    "she": "they",
    "him": "them",
    "his": "their",
    "her": "their",
    "hers": "theirs",
    "himself": "themselves",
    "herself": "themselves",
}
_ADJECTIVES = re.compile(
    r"\b(male|female) "
    r"(?=(?:player|athlete|dancer|singer|skier|rider|teacher|runner|swimmer|officer|gymnast|child|person)s?\b)"
)
_PAIR = re.compile(r"\b(?:a|one|the) (person|child) and (?:(?:a|one|the) )?\1\b(?! (?:is|in|with|who))")
_VERBS = re.compile(r"\bthey (is|was|has)\b")
_PLURAL = {"person": "people", "child": "children"}
_AGREEING = {"is": "are", "was": "were", "has": "have"}

_FEMALE = frozenset(["woman", "girl", "lady", "female", "bride", "mother", "daughter"])
_MALE = frozenset(["man", "boy", "guy", "male", "gentleman", "cowboy", "father", "son"])


def neutral(text: str) -> str:
    """Return a sentence without words that tell gender.

    >>> neutral("a woman is brushing her hair"), neutral("a man and a woman are dancing")
    ('a person is brushing their hair', 'two people are dancing')
    >>> neutral("two boys and a girl throw his ball to him")
    'two children and a child throw their ball to them'
    """
    text = _ADJECTIVES.sub("", text)
    plain = re.sub(r"[a-z]+", lambda found: _WORDS.get(found[0], found[0]), text)
    paired = _PAIR.sub(lambda found: f"two {_PLURAL[found[1]]}", plain)
    return _VERBS.sub(lambda found: f"they {_AGREEING[found[1]]}", paired)


def gender_share(concepts: Sequence[str], known: NDArray[np.float32] | None) -> list[float]:
    """Return how one-sided each clip's evidence of gender is: 0.5 for none, 1 where only one is recognised.

    ``known`` ``(B, C)`` are probabilities of ``concepts``; None gives no clips.
    """
    if known is None:
        return []
    sums = [known[:, [i for i, name in enumerate(concepts) if name in names]].sum(1) for names in (_FEMALE, _MALE)]
    female, male = (side + 1e-9 for side in sums)
    shares: list[float] = (np.maximum(female, male) / (female + male)).tolist()
    return shares
