"""Words and their numbers."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

PAD, BOS, EOS, UNK = 0, 1, 2, 3
SPECIALS = ("<pad>", "<bos>", "<eos>", "<unk>")
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


def tokenize(text: str) -> list[str]:
    """Return the lower-case words of ``text``; punctuation is dropped, inner hyphens and apostrophes are kept.

    >>> tokenize("A T-shirt, and the dog's ball .")
    ['a', 't-shirt', 'and', 'the', "dog's", 'ball']
    """
    return _WORD.findall(text.lower().replace(" 's", "'s"))


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The words that a model can say; the first four are special."""

    words: tuple[str, ...]
    ids: dict[str, int] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        if self.words[: len(SPECIALS)] != SPECIALS:
            raise ValueError(f"a vocabulary begins with {SPECIALS}")
        ids = {word: index for index, word in enumerate(self.words)}
        if len(ids) != len(self.words):
            raise ValueError("a vocabulary can't hold a word twice")
        object.__setattr__(self, "ids", ids)

    def __len__(self) -> int:
        return len(self.words)

    @classmethod
    def build(cls, counts: Counter[str], min_count: int) -> Vocabulary:
        """Return the words counted at least ``min_count`` times, most frequent first, ties by spelling."""
        kept = sorted((w for w, n in counts.items() if n >= min_count), key=lambda w: (-counts[w], w))
        return cls((*SPECIALS, *kept))

    def encode(self, words: Iterable[str]) -> list[int]:
        """Return ids, :data:`UNK` for words not held."""
        return [self.ids.get(word, UNK) for word in words]

    def decode(self, ids: Sequence[int]) -> str:
        """Return the words of ``ids`` up to the end token, special ones left out."""
        words = []
        for index in ids:
            if index == EOS:
                break
            if index >= len(SPECIALS):
                words.append(self.words[index])
        return " ".join(words)
