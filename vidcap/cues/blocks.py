"""Captions into blocks: stretches of time in which one sentence is true, or nothing is said.

Neighbours that say nearly the same become one block, with the wording that the model was surer of:

* inside a shot always;
* across a cut only where both are whole shots and fit into one cue, so that the cue ends with a shot.
  Otherwise the sentence is said again, for the new shot.

A block is passed on when the next begins, or when it has lasted as long as a cue may; what is like it and
follows in the same shot counts as silence then: it has been said.
"""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from vidcap.cues.config import CueConfig
from vidcap.cues.words import sentence, similarity
from vidcap.timeline import Seconds
from vidcap.types import Caption

_log = logging.getLogger(__name__)
_MOST_CAPTIONS = 1000  # in one block; keeps memory bounded when a cue may last for ever


@dataclass(frozen=True, slots=True)
class Block:
    """One sentence, or silence where it is empty, during ``[start_s, end_s)``. Blocks touch."""

    start_s: Seconds
    end_s: Seconds
    text: str = ""
    confidence: float = 0.0
    shot_index: int = 0
    starts_shot: bool = False
    ends_shot: bool = False
    is_followed: bool = False
    """Another sentence, long enough to be read, is known to begin where this one ends."""
    captions: tuple[Caption, ...] = ()

    @property
    def duration_s(self) -> Seconds:
        """Length in seconds."""
        return self.end_s - self.start_s


def blocks(captions: Iterable[Caption], config: CueConfig) -> Iterator[Block]:
    """Yield the blocks of ``captions``, in order and touching, silence included."""
    merger = _Merger(config)
    for piece in _in_order(captions, config):
        yield from merger.feed(piece)
    yield from merger.finish()


def confidence_of(caption: Caption) -> float:
    """Return the confidence in 0 to 1; not a number counts as 0."""
    return 0.0 if math.isnan(caption.confidence) else min(1.0, max(0.0, caption.confidence))


def alike(one: Block, other: Block, config: CueConfig) -> bool:
    """Tell whether two blocks say nearly the same; two silences do."""
    if not one.text or not other.text:
        return one.text == other.text
    return one.text == other.text or similarity(one.text, other.text) >= config.merge_similarity


def _in_order(captions: Iterable[Caption], config: CueConfig) -> Iterator[Block]:
    """Yield one block a caption, those that overlap or come late trimmed, and silence where there is none."""
    clock_s = config.first_cue_offset_s
    for caption in captions:
        if caption.end_s <= clock_s:
            _log.debug("a caption lies before what has passed, left out: %s", caption.span)
            continue
        if caption.start_s > clock_s:
            yield Block(clock_s, caption.start_s)
        start_s, clock_s = max(clock_s, caption.start_s), caption.end_s
        yield _block(caption, start_s, config)


def _block(caption: Caption, start_s: Seconds, config: CueConfig) -> Block:
    span, confidence = caption.span, confidence_of(caption)
    said = sentence(caption.text) if confidence >= config.min_confidence else ""
    return Block(
        start_s=start_s,
        end_s=span.end_s,
        text=said,
        confidence=confidence if said else 0.0,
        shot_index=span.shot_index,
        starts_shot=span.starts_shot,
        ends_shot=span.ends_shot,
        captions=(caption,) if said else (),
    )


class _Merger:
    """Joins pieces to blocks as they come; holds two blocks at most."""

    def __init__(self, config: CueConfig) -> None:
        self._config = config
        self._before: Block | None = None  # the last one given
        self._held: Block | None = None  # a whole shot, closed, that the next may say again
        self._run: Block | None = None  # the one that grows
        self._is_given = False  # the growing one was full, or silence, and is given already

    def feed(self, piece: Block) -> Iterator[Block]:
        """Yield the blocks that ``piece`` makes certain."""
        if self._goes_on(piece):
            yield from self._grow(piece)
        else:
            yield from self._close(piece)
            self._run, self._is_given = piece, False
        if self._held is not None and not self._may_follow(self._held, self._run):
            yield from self._give_held(self._run)
        if not self._is_given and self._run is not None and (not self._run.text or self._is_full(self._run)):
            yield from self._give_held(self._run)
            yield from self._give(self._run)
            self._is_given = True

    def finish(self) -> Iterator[Block]:
        """Yield what is left."""
        yield from self._close(None)
        yield from self._give_held(None)

    def _goes_on(self, piece: Block) -> bool:
        run = self._run
        if run is None or run.ends_shot or run.shot_index != piece.shot_index or piece.starts_shot:
            return False
        return alike(run, piece, self._config)

    def _grow(self, piece: Block) -> Iterator[Block]:
        assert self._run is not None
        if not self._is_given:
            before = None if self._held is not None else self._before
            self._run = joined(self._run, piece, before, self._config)
            return
        self._run = replace(self._run, end_s=piece.end_s, ends_shot=piece.ends_shot)
        yield replace(piece, text="", confidence=0.0, captions=())  # said already

    def _close(self, following: Block | None) -> Iterator[Block]:
        """End the growing block, because ``following`` comes or nothing does."""
        run, self._run = self._run, None
        if run is None or self._is_given:
            return
        if self._held is not None and run.ends_shot and alike(self._held, run, self._config):
            run, self._held = joined(self._held, run, self._before, self._config), None
        yield from self._give_held(run)
        if following is not None and run.starts_shot and run.ends_shot and self._may_follow(run, following):
            self._held = run
        else:
            yield from self._give(run, following)

    def _may_follow(self, held: Block, run: Block | None) -> bool:
        """Tell whether ``run`` may be what ``held`` goes on with in the next shot."""
        if run is None or not run.text or not run.starts_shot or not alike(held, run, self._config):
            return False
        if len(held.captions) + len(run.captions) > _MOST_CAPTIONS:
            return False
        longest_s = self._config.max_duration_s
        return longest_s is None or run.end_s - held.start_s <= longest_s + self._config.gap_s

    def _is_full(self, block: Block) -> bool:
        longest_s = self._config.max_duration_s
        if len(block.captions) >= _MOST_CAPTIONS:
            return True
        return longest_s is not None and block.duration_s >= longest_s + self._config.clear_s

    def _give_held(self, following: Block | None) -> Iterator[Block]:
        if self._held is not None:
            held, self._held = self._held, None
            yield from self._give(held, following)

    def _give(self, block: Block, following: Block | None = None) -> Iterator[Block]:
        self._before = block
        is_followed = following is not None and bool(following.text) and following.duration_s >= self._config.least_s
        yield replace(block, is_followed=is_followed)


def joined(run: Block, piece: Block, before: Block | None, config: CueConfig) -> Block:
    """Return ``run`` with ``piece`` added, worded like the surer of both.

    Wording that would repeat the block ``before`` is not taken: two neighbours that were told apart stay so.
    """
    longer = replace(run, end_s=piece.end_s, ends_shot=piece.ends_shot, captions=run.captions + piece.captions)
    is_surer = piece.confidence > run.confidence
    if not is_surer or (before is not None and before.text and alike(before, piece, config)):
        return longer
    return replace(longer, text=piece.text, confidence=piece.confidence, shot_index=piece.shot_index)
