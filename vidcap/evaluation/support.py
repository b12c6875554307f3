"""Whether a sentence is right: how much of what it names was named by people who looked at the same thing.

CIDEr rewards the common phrase and depends on the other items of a set; a chance needs a yes or no for one sentence.
A sentence counts as right where at least :data:`RIGHT` of its content words, by their base forms and with people of all
names as one, were said in the references. Of 48 captions judged by eye this agreed with the judgement in 79%, and put a
right caption before another in 85% of the pairs; the best threshold of CIDEr agreed in 73%, and in 78% of the pairs.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence

from vidcap.evaluation.tokens import tokenize
from vidcap.model.stems import FUNCTION_WORDS, stem_map
from vidcap.model.things import PEOPLE

RIGHT = 0.8
LEAST_REFERENCES = 3
"""With fewer references, what is not said in them may be right all the same."""
_SAID_BY = 10
"""One in so many references must say a word, if there are as many."""


def supports(hypotheses: Mapping[str, str], references: Mapping[str, Sequence[str]]) -> dict[str, float]:
    """Return for each item the share, 0 to 1, of its sentence's content words that its references say.

    A sentence without any content word has none of it right.
    """
    tokens = {key: [tokenize(text) for text in (hypotheses[key], *references[key])] for key in hypotheses}
    stems = stem_map(Counter(word for group in tokens.values() for sentence in group for word in sentence))
    return {key: _share(group[0], group[1:], stems) for key, group in tokens.items()}


def content(words: Sequence[str], stems: Mapping[str, str]) -> set[str]:
    """Return what ``words`` name, by base forms; all people are ``person``."""
    bases = {stems.get(word, word) for word in words if word not in FUNCTION_WORDS}
    return {"person" if base in PEOPLE else base for base in bases}


def _share(said: Sequence[str], references: Sequence[Sequence[str]], stems: Mapping[str, str]) -> float:
    named = content(said, stems)
    counts = Counter(name for reference in references for name in content(reference, stems))
    least = max(1, -(-len(references) // _SAID_BY))
    return sum(counts[name] >= least for name in named) / len(named) if named else 0.0
