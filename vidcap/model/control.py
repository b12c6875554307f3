"""What users ask of sentences: words to say or avoid, how many, drawn by chance or not; as ids of a model."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from vidcap.model.config import SearchConfig
from vidcap.model.constraints import search_with_words
from vidcap.model.nucleus import draw_sentences
from vidcap.model.search import Selectable, Sentence, Step, beam_search
from vidcap.model.spoken import forms_of, said_once
from vidcap.model.vocabulary import Vocabulary


class Control:
    """A search's settings, ready to be followed; ValueError where a word that must be said can't be."""

    def __init__(self, vocabulary: Vocabulary, config: SearchConfig) -> None:
        self.config = replace(config, beam=max(config.beam, config.n_best), n_best=config.n_best or 1)
        avoided = forms_of(vocabulary, _split(config.avoid), need_all=False)
        self.never = sorted(frozenset().union(*avoided))
        self.once = said_once(vocabulary)
        self.required = forms_of(vocabulary, _split(config.words))
        both = [word for word, forms in zip(_split(config.words), self.required, strict=True) if forms <= {*self.never}]
        if both:
            raise ValueError(f"words that must be said and avoided at once: {', '.join(both)}")

    def sentences(self, step: Step[Selectable], state: Selectable, keys: Sequence[int]) -> list[list[Sentence]]:
        """Return the sentences of each clip, best first, or in the order drawn; ``keys`` number the clips."""
        if self.config.sample:
            return draw_sentences(step, state, keys, self.config, self.never, self.once)
        if self.required:
            return search_with_words(step, state, len(keys), self.config, self.required, self.never, self.once)
        return beam_search(step, state, len(keys), self.config, self.never, self.once)


def _split(words: Iterable[str]) -> list[str]:
    """Return single words, sorted, from words and lists of words with commas or spaces."""
    return sorted({word for text in words for word in re.split(r"[,\s]+", text.lower()) if word})
