"""Captions of a live stream into cues that are opened, held while the scene lasts, and closed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from fractions import Fraction

from vidcap.cues.blocks import confidence_of
from vidcap.cues.lines import Room, fit
from vidcap.cues.words import sentence, similarity
from vidcap.live.clips import LiveClip
from vidcap.live.config import LiveConfig
from vidcap.timeline import Seconds
from vidcap.types import Caption, Cue

_ROOM_S = Fraction(3)
"""Text gets the room of at least so long a cue: it stays while nothing else is said."""


@dataclass(frozen=True, slots=True)
class Said:
    """A cue as it stands."""

    number: int
    cue: Cue
    is_new: bool
    is_final: bool
    clip: LiveClip | None = None
    """Of a new cue, what it was made of."""


class Narrator:
    """Holds one cue at most. Starts rise, cues never overlap, an end never goes back."""

    def __init__(self, config: LiveConfig) -> None:
        self._config = config
        self._cues = config.cues
        self._open: Cue | None = None
        self._clip_end_s: Seconds = config.cues.first_cue_offset_s
        self._number = -1
        self._ended_s: Seconds = config.cues.first_cue_offset_s

    def describe(self, clip: LiveClip, caption: Caption) -> Iterator[Said]:
        """Take what was said of a clip; yield how cues change by it."""
        span, confidence = clip.clip.span, confidence_of(caption)
        text = sentence(caption.text) if confidence >= self._cues.min_confidence else ""
        if text and self._goes_on(clip, text):
            yield from self._hold(clip)
        elif text:
            cue = Cue(span.start_s, span.end_s, (text,), confidence, span.shot_index, (caption,))
            yield from self._say(clip, cue)
        else:
            yield from self.end()
        self._clip_end_s = span.end_s

    def hold(self, clip: LiveClip) -> Iterator[Said]:
        """Take a clip that shows what the last one did."""
        if self._open is not None:
            yield from self._hold(clip)
        self._clip_end_s = clip.clip.span.end_s

    def end(self) -> Iterator[Said]:
        """Close the open cue, if there is one."""
        if self._open is not None:
            yield from self._close(None)

    def _goes_on(self, clip: LiveClip, text: str) -> bool:
        """Tell whether the open cue says it already, with no more unseen between than what is dropped when busy."""
        if self._open is None or clip.clip.span.start_s - self._clip_end_s > 2 * self._config.window_s:
            return False
        spoken = self._open.captions[0].text
        return sentence(spoken) == text or similarity(spoken, text) >= self._cues.merge_similarity

    def _hold(self, clip: LiveClip) -> Iterator[Said]:
        assert self._open is not None
        span, repeat_s = clip.clip.span, self._config.repeat_after_s
        if repeat_s is not None and span.end_s - self._open.start_s >= repeat_s + self._config.window_s:
            again = replace(self._open, start_s=span.start_s, end_s=span.end_s, shot_index=span.shot_index)
            yield from self._say(clip, replace(again, lines=(sentence(again.captions[0].text),)))
            return
        end_s = span.end_s - self._cues.gap_s
        if end_s > self._open.end_s:
            self._open = replace(self._open, end_s=end_s)
            yield Said(self._number, self._open, is_new=False, is_final=False)

    def _say(self, clip: LiveClip, cue: Cue) -> Iterator[Said]:
        """Open a cue, after the one before could be read; one that would be too short for that is left out."""
        start_s, least_s = max(cue.start_s, self._cues.first_cue_offset_s), self._cues.min_duration_s
        if self._open is not None:
            start_s = max(start_s, self._open.start_s + self._cues.least_s, self._open.end_s)
        else:
            start_s = max(start_s, self._ended_s)
        if start_s > cue.start_s and cue.end_s - start_s < least_s / 2:
            return
        if self._open is not None:
            yield from self._close(start_s)
        end_s = max(cue.end_s - self._cues.gap_s, start_s + least_s / 2)
        self._number += 1
        self._open = replace(cue, start_s=start_s, end_s=end_s, lines=self._lines(cue))
        yield Said(self._number, self._open, is_new=True, is_final=False, clip=clip)

    def _close(self, next_s: Seconds | None) -> Iterator[Said]:
        assert self._open is not None
        wanted_s = max(self._open.end_s, self._open.start_s + self._cues.min_duration_s)
        if next_s is not None:
            wanted_s = max(self._open.end_s, min(wanted_s, next_s - self._cues.gap_s))
        cue, self._open = replace(self._open, end_s=wanted_s), None
        self._ended_s = wanted_s
        yield Said(self._number, cue, is_new=False, is_final=True)

    def _lines(self, cue: Cue) -> tuple[str, ...]:
        reading_s: Seconds = max(cue.end_s - cue.start_s, _ROOM_S)
        config = self._cues
        words = max(1, int(reading_s / config.min_word_s)) if config.min_word_s else None
        characters = max(1, int(reading_s * config.max_cps))
        room = Room(characters=characters, words=words, width=config.max_line_width, lines=config.max_lines)
        return fit(cue.lines[0], room)
