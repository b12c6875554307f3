"""Watches the stages and tells what to show: moments, stretches of a shot with one sentence, with their pictures."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, Protocol

from vidcap.cues.words import sentence, similarity
from vidcap.report.keyframes import KeyFrame, KeyFrames
from vidcap.report.pictures import KeyPicture
from vidcap.timeline import Seconds
from vidcap.types import Attention, Caption, Clip, Cue, Label

ALIKE = 0.8
"""Sentences of one shot that share this part of their words are one moment, as in the track."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A stretch of one shot of which one sentence is true."""

    start_s: Seconds
    end_s: Seconds
    shot_index: int
    starts_shot: bool
    text: str
    """The sentence in full, or empty where nothing could be said."""
    confidence: float
    is_said: bool
    """The track says it; else it was too unsure, or too short to be read."""
    labels: tuple[Label, ...] = ()
    attention: Attention | None = None
    picture: KeyPicture | None = None


class Encode(Protocol):
    """Makes a file of a picture, or None where there is no room for it."""

    @property
    def longest_px(self) -> int:
        """Longest side of the pictures it wants."""
        ...

    def __call__(self, frame: KeyFrame) -> KeyPicture | None:
        """Return the encoded picture."""
        ...


@dataclass(frozen=True, slots=True)
class _Seen:
    """A caption and the picture of its clip."""

    caption: Caption
    picture: KeyPicture | None


class Scenes:
    """A tap that gathers captions and pictures, and gives them as moments, in order, when a cue makes them certain.

    Holds what was seen since the last cue, and one moment that may yet go on. Where no cue comes for long, the pictures
    of more than ``most_held`` captions are let go (None: the encoder keeps to a budget of its own).
    """

    def __init__(self, encode: Encode, most_held: int | None = None) -> None:
        self._encode = encode
        self._most_held = most_held
        self._frames = KeyFrames(encode.longest_px)
        self._pictures: dict[int, KeyPicture | None] = {}
        self._seen: deque[_Seen] = deque()
        self._last: Moment | None = None

    def tap(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass on the stream that leaves ``stage``; see to what is needed of it."""
        watchers: dict[str, Callable[[Iterator[Any]], Iterator[Any]]] = {
            "shots": self._frames.watch,
            "sample": self._pictured,
            "describe": self._noted,
        }
        return watchers[stage](items) if stage in watchers else items

    def upto(self, cue: Cue) -> Iterator[Moment]:
        """Yield the moments that are certain now that ``cue`` came: those before it, but for the very last."""
        own = {caption.span.index for caption in cue.captions}
        first = min(own, default=0)
        while self._seen and self._seen[0].caption.span.index < first:
            yield from self._add(self._quiet(self._seen.popleft()))
        mine = []
        while self._seen and self._seen[0].caption.span.index in own:
            mine.append(self._seen.popleft())
        if not mine:  # nobody told the stages' streams, or a describer that has no clips
            mine = [_Seen(caption, None) for caption in cue.captions]
        for _, seen in groupby(mine, key=lambda one: one.caption.span.shot_index):
            yield from self._add(_said(cue, list(seen)))
        if not mine:
            yield from self._add(_bare(cue))

    def rest(self) -> Iterator[Moment]:
        """Yield what is left at the end of the film, or where the work broke off."""
        while self._seen:
            yield from self._add(self._quiet(self._seen.popleft()))
        if self._last is not None:
            yield self._last
            self._last = None

    def _pictured(self, clips: Iterator[Clip]) -> Iterator[Clip]:
        for clip in clips:
            self._pictures[clip.span.index] = self._encode(self._frames.best(clip))
            yield clip

    def _noted(self, captions: Iterator[Caption]) -> Iterator[Caption]:
        for caption in captions:
            self._seen.append(_Seen(caption, self._pictures.pop(caption.span.index, None)))
            if self._most_held is not None and len(self._seen) > self._most_held:
                oldest = len(self._seen) - self._most_held - 1
                self._seen[oldest] = replace(self._seen[oldest], picture=None)
            yield caption

    def _add(self, moment: Moment) -> Iterator[Moment]:
        """Join a moment to the last, or give the last."""
        last, self._last = self._last, moment
        if last is None:
            return
        if _goes_on(last, moment):
            self._last = replace(last, end_s=moment.end_s)
        else:
            yield last

    def _quiet(self, seen: _Seen) -> Moment:
        return _moment([seen], seen, is_said=False)


def _goes_on(last: Moment, moment: Moment) -> bool:
    if moment.is_said or moment.starts_shot or last.shot_index != moment.shot_index:
        return False
    return last.text == moment.text or similarity(last.text, moment.text) >= ALIKE


def _said(cue: Cue, seen: list[_Seen]) -> Moment:
    """Return the part of a cue that lies in one shot, with the picture of the caption that it says."""
    worded = [one for one in seen if sentence(one.caption.text) == cue.text]
    best = max(worded or seen, key=lambda one: one.caption.confidence)
    return _moment(seen, best, is_said=True)


def _moment(seen: Iterable[_Seen], best: _Seen, *, is_said: bool) -> Moment:
    spans = [one.caption.span for one in seen]
    caption = best.caption
    return Moment(
        start_s=spans[0].start_s,
        end_s=spans[-1].end_s,
        shot_index=spans[0].shot_index,
        starts_shot=spans[0].starts_shot,
        text=sentence(caption.text),
        confidence=caption.confidence,
        is_said=is_said,
        labels=caption.labels,
        attention=caption.attention,
        picture=best.picture,
    )


def _bare(cue: Cue) -> Moment:
    """Return the moment of a cue of which nothing else is known."""
    return Moment(cue.start_s, cue.end_s, cue.shot_index, False, cue.text, cue.confidence, is_said=True)
