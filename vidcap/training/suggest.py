"""Which clips to caption by hand: those that the model is least sure of, and that are least like one another.

Greedy k-centre (Sener and Savarese, "Active Learning for CNNs: A Core-Set Approach", ICLR 2018), where the distance to
what is chosen already counts as much as the doubt about a clip.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice

import numpy as np
from numpy.typing import NDArray

from vidcap.captioner import CaptionConfig
from vidcap.errors import SourceError
from vidcap.model.blank import worth_seeing
from vidcap.model.describer import Describer
from vidcap.sampling import clips
from vidcap.shots import mark_shots
from vidcap.sources import open_source
from vidcap.timeline import Seconds
from vidcap.types import Clip

logger = logging.getLogger(__name__)

Heard = Callable[[str, int], None]
"""Name of a film and how many of its clips were looked at."""


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """A clip of a film with what the model thinks of it."""

    source: str
    start_s: Seconds
    end_s: Seconds
    guess: str
    confidence: float
    gist: NDArray[np.float32]
    """``(D,)`` features of length 1."""


def candidates(
    sources: Iterable[str],
    describer: Describer,
    config: CaptionConfig | None = None,
    heard: Heard = lambda _name, _count: None,
) -> Iterator[Candidate]:
    """Yield every clip of the films in ``sources`` that shows something; films that can't be read are logged."""
    config = config or CaptionConfig()
    for name in sources:
        try:
            with open_source(name, config.source) as source:
                found = clips(mark_shots(source.frames(), config.shots), config.sampling)
                count = 0
                while batch := list(islice(found, config.flow.batch)):
                    yield from _looked(name, batch, describer)
                    count += len(batch)
                    heard(name, count)
        except SourceError as error:
            logger.warning("%s", error)


def _looked(name: str, batch: Sequence[Clip], describer: Describer) -> Iterator[Candidate]:
    seen = [clip for clip in map(worth_seeing, batch) if clip is not None]
    for clip, found in zip(seen, describer.look(seen), strict=True):
        guess = describer.judge.hypotheses(found.sentences)[0].text
        gist = found.gist / max(float(np.linalg.norm(found.gist)), 1e-9)
        confidence = describer.judge.confidence(found)
        yield Candidate(name, clip.span.start_s, clip.span.end_s, guess, confidence, gist)


def suggest(found: Sequence[Candidate], count: int) -> list[Candidate]:
    """Return up to ``count`` of ``found``: first the most doubtful, then what is doubtful and unlike those chosen.

    A clip's worth is its doubt (1 - confidence) times its distance (1 - cosine) to the nearest one chosen.
    """
    if not found or count < 1:
        return []
    gists = np.stack([candidate.gist for candidate in found])
    doubt = np.array([1 - candidate.confidence for candidate in found])
    chosen = [int(doubt.argmax())]
    distance = 1 - gists @ gists[chosen[0]]
    while len(chosen) < min(count, len(found)):
        worth = doubt * distance.clip(min=0)
        worth[chosen] = -1
        chosen.append(int(worth.argmax()))
        distance = np.minimum(distance, 1 - gists @ gists[chosen[-1]])
    return [found[place] for place in chosen]
