"""Cues into the pauses of the dialogue, so that a description is not spoken over what is said.

Each cue has a window: from ``early_s`` before what it tells to ``late_s`` after it, between the cue before and the next
one. Inside it, the first of these that can be done is done:

1. It stays, where nobody speaks meanwhile.
2. It is moved, the least way to a pause that is long enough to read it in.
3. It is shortened to what can be read in the longest pause, as long as ``least_words`` of it are left.
4. It is marked as extended: there is no time for it, and a player must stop the film while it is read (W3C's technique
   H96 and success criterion 1.2.7). It begins where a pause does, if there is one in the window.

Cues that were apart stay apart and in order, and none is lost: a cue never goes past where the next one began.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from itertools import chain, pairwise

from vidcap.cues.config import CueConfig
from vidcap.cues.lines import Room, fit
from vidcap.timeline import Seconds
from vidcap.types import Cue

Span = tuple[Seconds, Seconds]
"""From, to."""

_ROUNDING_S = Fraction(1, 1000)
_LAST_S = Fraction(10**9)


@dataclass(frozen=True, slots=True, kw_only=True)
class GapConfig:
    """How descriptions give way to dialogue. Times are exact seconds."""

    gaps: str | None = field(
        default=None,
        metadata={
            "help": "fit cues into pauses of the dialogue: a subtitle file of what is spoken, or track (of the film),"
            " audio, voice (needs vidcap[voice]), auto"
        },
    )
    early_s: Seconds = field(
        default=Fraction(1),
        metadata={"help": "how much before what it tells a cue may begin to reach a pause, seconds"},
    )
    late_s: Seconds = field(
        default=Fraction(4), metadata={"help": "how much after what it tells a cue may end to reach a pause, seconds"}
    )
    speech_margin_s: Seconds = field(
        default=Fraction(3, 20), metadata={"help": "silence kept between speech and a cue, seconds"}
    )
    least_words: Fraction = field(
        default=Fraction(3, 5),
        metadata={"help": "part of its words (0 to 1) that a cue must keep when it is shortened"},
    )

    def __post_init__(self) -> None:
        for name in ("early_s", "late_s", "speech_margin_s", "least_words"):
            object.__setattr__(self, name, Fraction(str(getattr(self, name))))
        if min(self.early_s, self.late_s, self.speech_margin_s) < 0:
            raise ValueError(f"can't be negative: {self.early_s = } {self.late_s = } {self.speech_margin_s = }")
        if not 0 <= self.least_words <= 1:
            raise ValueError(f"least_words is from 0 to 1: {self.least_words}")


@dataclass(slots=True)
class Fitted:
    """What became of the cues; counts while they are made."""

    kept: int = 0
    moved: int = 0
    """Begins or ends elsewhere."""
    shortened: int = 0
    extended: int = 0

    @property
    def total(self) -> int:
        """How many cues there were, and are."""
        return self.kept + self.moved + self.shortened + self.extended


def joined(spans: Iterable[Span], within_s: Seconds = Fraction(0)) -> list[Span]:
    """Return spans in order, those that overlap or lie nearer than ``within_s`` joined; empty ones left out.

    >>> joined([(Fraction(3), Fraction(4)), (Fraction(0), Fraction(2)), (Fraction(1), Fraction(3))])
    [(Fraction(0, 1), Fraction(4, 1))]
    """
    made: list[Span] = []
    for start_s, end_s in sorted(span for span in spans if span[0] < span[1]):
        if made and start_s - made[-1][1] <= within_s:
            made[-1] = (made[-1][0], max(made[-1][1], end_s))
        else:
            made.append((start_s, end_s))
    return made


def pauses_between(speech: Iterable[Span], margin_s: Seconds) -> list[Span]:
    """Return where nobody speaks, ``margin_s`` away from speech; the last pause has no end."""
    talk = joined((start_s - margin_s, end_s + margin_s) for start_s, end_s in speech)
    edges = chain(
        [(Fraction(-1), Fraction(0))], ((max(Fraction(0), a), b) for a, b in talk if b > 0), [(_LAST_S, _LAST_S)]
    )
    return [(one[1], other[0]) for one, other in pairwise(edges) if one[1] < other[0]]


def fit_into_pauses(
    cues: Iterable[Cue],
    speech: Sequence[Span],
    config: CueConfig,
    gaps: GapConfig | None = None,
    counts: Fitted | None = None,
) -> Iterator[Cue]:
    """Yield the cues, in order, each where it is not spoken over ``speech`` or marked as extended; looks one ahead."""
    fitter = _Fitter(pauses_between(speech, (gaps or GapConfig()).speech_margin_s), config, gaps or GapConfig())
    counts = counts if counts is not None else Fitted()
    held: Cue | None = None
    for cue in cues:
        if held is not None:
            yield fitter.fitted(held, cue.start_s, counts)
        held = cue
    if held is not None:
        yield fitter.fitted(held, None, counts)


class _Fitter:
    """Places one cue after another; knows where the last one ended."""

    def __init__(self, pauses: list[Span], config: CueConfig, gaps: GapConfig) -> None:
        self._pauses = pauses
        self._starts = [start_s for start_s, _ in pauses]
        self._config = config
        self._gaps = gaps
        self._free_s = config.first_cue_offset_s
        """Where the next cue may begin at the earliest."""

    def fitted(self, cue: Cue, next_s: Seconds | None, counts: Fitted) -> Cue:
        """Return the cue at its place."""
        first_s = min(max(self._free_s, cue.start_s - self._gaps.early_s), cue.start_s)
        last_s = cue.end_s + self._gaps.late_s
        if next_s is not None:
            last_s = max(cue.end_s, min(last_s, next_s - self._config.gap_s))
        windows = self._windows(first_s, last_s)
        placed = self._placed(cue, windows, last_s, counts)
        self._free_s = placed.end_s + self._config.gap_s
        return placed

    def _placed(self, cue: Cue, windows: list[Span], last_s: Seconds, counts: Fitted) -> Cue:
        if any(start_s <= cue.start_s and cue.end_s <= end_s for start_s, end_s in windows):
            counts.kept += 1
            return cue
        moved = self._moved(cue, windows)
        if moved is not None:
            counts.moved += 1
            return moved
        shorter = self._shortened(cue, windows)
        if shorter is not None:
            counts.shortened += 1
            return shorter
        counts.extended += 1
        return self._extended(cue, windows, last_s)

    def _windows(self, first_s: Seconds, last_s: Seconds) -> list[Span]:
        """Return the pauses between two times, cut to them."""
        at = max(0, bisect_right(self._starts, first_s) - 1)
        found = []
        while at < len(self._pauses) and self._pauses[at][0] < last_s:
            start_s, end_s = max(first_s, self._pauses[at][0]), min(last_s, self._pauses[at][1])
            if start_s < end_s:
                found.append((start_s, end_s))
            at += 1
        return found

    def _needed_s(self, text: str) -> Seconds:
        """Return the time that it takes to read a text."""
        config = self._config
        words_s = len(text.split()) * config.min_word_s
        return max(config.min_duration_s, max(len(text) / config.max_cps, words_s) + _ROUNDING_S)

    def _moved(self, cue: Cue, windows: list[Span]) -> Cue | None:
        needed_s = min(self._needed_s(cue.text), cue.end_s - cue.start_s)
        starts_s = [_nearest(cue.start_s, a, b - needed_s) for a, b in windows if b - a >= needed_s]
        if not starts_s:
            return None
        start_s = min(starts_s, key=lambda time_s: abs(time_s - cue.start_s))
        end_s = next(b for a, b in windows if a <= start_s < b)
        return replace(cue, start_s=start_s, end_s=min(end_s, start_s + cue.end_s - cue.start_s))

    def _shortened(self, cue: Cue, windows: list[Span]) -> Cue | None:
        config = self._config
        start_s, end_s = max(windows, key=lambda window: window[1] - window[0], default=(cue.start_s, cue.start_s))
        room_s = end_s - start_s - _ROUNDING_S
        if end_s - start_s < config.min_duration_s:
            return None
        room = Room(
            characters=max(1, int(room_s * config.max_cps)),
            words=max(1, int(room_s / config.min_word_s)) if config.min_word_s else None,
            width=config.max_line_width,
            lines=config.max_lines,
        )
        lines = fit(cue.text, room)
        text = " ".join(lines)
        if text.endswith("…") or len(text.split()) < self._gaps.least_words * len(cue.text.split()):
            return None
        needed_s = min(self._needed_s(text), end_s - start_s)
        begin_s = _nearest(cue.start_s, start_s, end_s - needed_s)
        return replace(cue, start_s=begin_s, end_s=begin_s + needed_s, lines=lines)

    def _extended(self, cue: Cue, windows: list[Span], last_s: Seconds) -> Cue:
        """Return the cue marked, from the pause that begins nearest to it, if its time allows."""
        duration_s = cue.end_s - cue.start_s
        pauses_s = [_nearest(cue.start_s, a, b) for a, b in windows if last_s - a >= duration_s]
        starts_s = [time_s for time_s in pauses_s if last_s - time_s >= duration_s]
        start_s = min(starts_s, key=lambda time_s: abs(time_s - cue.start_s), default=cue.start_s)
        return replace(cue, start_s=start_s, end_s=start_s + duration_s, is_extended=True)


def _nearest(time_s: Seconds, first_s: Seconds, last_s: Seconds) -> Seconds:
    return min(max(time_s, first_s), last_s)
