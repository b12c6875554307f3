"""Sentences drawn by chance from the likely words (nucleus sampling), for variety.

Holtzman et al., "The Curious Case of Neural Text Degeneration", ICLR 2020. The same seed and clip give the same
sentence, whatever else is in the batch.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from vidcap.model.config import SearchConfig
from vidcap.model.constraints import mask
from vidcap.model.search import Numbers, Selectable, Sentence, Step, ranked
from vidcap.model.vocabulary import BOS, EOS


def draw_sentences(
    step: Step[Selectable],
    state: Selectable,
    keys: Sequence[int],
    config: SearchConfig,
    never: Sequence[int] = (),
    once: frozenset[int] = frozenset(),
) -> list[list[Sentence]]:
    """Return ``config.n_best`` different sentences, or fewer, for each clip, in the order in which they were drawn.

    ``keys`` tell the clips apart, for the dice. Log-probabilities are the model's own, at temperature 1.
    """
    found: list[list[Sentence]] = [[] for _ in keys]
    for turn in range(config.n_best):
        dice = [np.random.default_rng([config.seed, turn, key]) for key in keys]
        for clip, sentence in enumerate(_drawn(step, state, dice, config, never, once)):
            if sentence is not None and sentence.ids not in {other.ids for other in found[clip]}:
                found[clip].append(sentence)
    return found


def _drawn(
    step: Step[Selectable],
    state: Selectable,
    dice: Sequence[np.random.Generator],
    config: SearchConfig,
    never: Sequence[int],
    once: frozenset[int],
) -> list[Sentence | None]:
    """Draw one sentence for each clip; None where the network gives no numbers."""
    said: list[tuple[int, ...]] = [()] * len(dice)
    costs: list[tuple[float, ...]] = [()] * len(dice)
    done: list[Sentence | None] = [None] * len(dice)
    owners = list(range(len(dice)))
    words = np.full(len(dice), BOS)
    for length in range(1, config.max_tokens + 2):
        plain, state = step(words, state)
        open_to = plain.copy()
        mask(open_to, [said[owner] for owner in owners], config, never, once)
        alive = []
        for row, owner in enumerate(owners):
            word = pick(open_to[row], config, float(dice[owner].random()))
            if word is None:
                continue
            costs[owner] = (*costs[owner], float(plain[row, word]))
            if word == EOS:
                done[owner] = Sentence(said[owner], costs[owner], ranked(math.fsum(costs[owner]), length, config))
            else:
                said[owner] = (*said[owner], word)
                alive.append(row)
        if not alive:
            break
        state = state.select(np.array(alive))
        owners = [owners[row] for row in alive]
        words = np.array([said[owner][-1] for owner in owners])
    return done


def pick(logprobs: Numbers, config: SearchConfig, chance: float) -> int | None:
    """Return the word that ``chance`` (0 to 1) falls on among the most likely ones that hold ``top_p`` together.

    None where no word has a number.
    """
    values = logprobs / config.temperature
    if not bool((values > -math.inf).any()):
        return None
    shares = np.exp(values - values.max())
    words = np.argsort(-shares, kind="stable")
    ordered = shares[words] / shares.sum()
    before = ordered.cumsum() - ordered
    kept = ordered[before < config.top_p]
    place = int((kept.cumsum() < chance * kept.sum()).sum())
    return int(words[min(place, len(kept) - 1)])
