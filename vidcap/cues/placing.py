"""Blocks into cues: when each sentence is shown, for how long, and how much of it can be read in that time.

* A block too short to be read is joined with the next where that is too short as well; the surer sentence
  stays, and the cue ends where the last of them does. Before a block that is long enough, it is dropped; before
  silence, its cue runs on.
* A cue lasts as long as its block, up to ``max_duration_s``, and ends ``gap_s`` before the next one begins.
* Where that is too short for ``max_cps`` and ``min_word_s``, it runs on into silence, as far as it must. Where there
  is none, the sentence is cut short.
* A gap shorter than ``close_gap_s`` is closed to ``gap_s``, or opened to ``close_gap_s`` where the cue is as
  long as may be.
* The film's last cue ends with its last caption. It alone may be shorter than ``min_duration_s``, and only
  when it is the film's only one; its text is what can be read in ``min_duration_s``.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction

from vidcap.cues.blocks import Block
from vidcap.cues.config import CueConfig
from vidcap.cues.lines import Room, fit
from vidcap.timeline import Seconds
from vidcap.types import Cue

_log = logging.getLogger(__name__)
_SHOWABLE_S = Fraction(1, 1000)  # what lasts so long ends after it begins in milliseconds, too
_ROUNDING_S = Fraction(1, 1000)  # what rounding both ends to milliseconds may take from a duration


def readable(pieces: Iterable[Block], config: CueConfig) -> Iterator[Block]:
    """Yield the blocks, those too short to be read joined, lengthened over silence or dropped."""
    least_s = config.least_s
    held: Block | None = None
    is_first = True
    for piece in pieces:
        block = piece
        if held is not None and not piece.text and piece.end_s - held.start_s >= least_s:
            yield held
            held, is_first = None, False
        elif held is not None and (not piece.text or piece.duration_s < least_s):
            block = _together(held, piece)
        elif held is not None:
            _log.debug("too short to be read, left out: %s", held.text)
        held = None
        if block.text and block.duration_s < least_s:
            held = block
            continue
        yield block
        is_first = is_first and not block.text
    if held is not None and held.duration_s >= (_SHOWABLE_S if is_first else config.min_duration_s):
        yield held


def _together(short: Block, following: Block) -> Block:
    """Return both as one block that says what the surer one does."""
    said = following if following.confidence > short.confidence else short
    return replace(
        said,
        start_s=short.start_s,
        end_s=following.end_s,
        starts_shot=short.starts_shot,
        ends_shot=following.ends_shot,
        is_followed=following.is_followed,
        captions=short.captions + following.captions,
    )


def place(pieces: Iterable[Block], config: CueConfig) -> Iterator[Cue]:
    """Yield the cue of each block as soon as it is known what follows it for as far as that matters."""
    held: Block | None = None
    known_s = config.first_cue_offset_s
    for piece in pieces:
        known_s = piece.end_s
        if piece.text:
            if held is not None:
                yield cue_of(held, piece.start_s, piece.start_s, config)
            held = piece
        if held is None:
            continue
        if held.is_followed:
            yield cue_of(held, held.end_s, held.end_s, config)
            held = None
        elif known_s >= _wanted_end_s(held, config) + config.clear_s:
            yield cue_of(held, None, known_s, config)
            held = None
    if held is not None:
        yield cue_of(held, None, known_s, config)


def _wanted_end_s(block: Block, config: CueConfig) -> Seconds:
    """Return where the cue ends if nothing is in its way."""
    words_s = len(block.text.split()) * config.min_word_s
    reading_s = max(config.min_duration_s, max(len(block.text) / config.max_cps, words_s) + _ROUNDING_S)
    end_s = max(block.end_s, block.start_s + reading_s)
    return end_s if config.max_duration_s is None else min(end_s, block.start_s + config.max_duration_s)


def cue_of(block: Block, next_s: Seconds | None, free_s: Seconds, config: CueConfig) -> Cue:
    """Return the cue of ``block``: the next begins at ``next_s``, or there is silence until ``free_s``."""
    wanted_s = _wanted_end_s(block, config)
    end_s = min(wanted_s, free_s)
    if next_s is not None:
        end_s = _before_next(block, end_s, next_s, config)
    reading_s = max(end_s - block.start_s, config.min_duration_s) - _ROUNDING_S
    room = Room(
        characters=max(1, int(reading_s * config.max_cps)),
        words=max(1, int(reading_s / config.min_word_s)) if config.min_word_s else None,
        width=config.max_line_width,
        lines=config.max_lines,
    )
    return Cue(
        start_s=block.start_s,
        end_s=end_s,
        lines=fit(block.text, room),
        confidence=block.confidence,
        shot_index=block.shot_index,
        captions=block.captions,
    )


def _before_next(block: Block, end_s: Seconds, next_s: Seconds, config: CueConfig) -> Seconds:
    """Return the end moved so that the gap to the next cue is the least one or at least ``close_gap_s``."""
    latest_s = next_s - config.gap_s
    if end_s >= latest_s or next_s - end_s >= config.close_gap_s:
        return min(end_s, latest_s)
    longest_s = config.max_duration_s
    if longest_s is None or latest_s - block.start_s <= longest_s:
        return latest_s
    return max(next_s - config.close_gap_s, block.start_s + config.min_duration_s)
