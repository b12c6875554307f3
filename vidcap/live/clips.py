"""Frames of a live source into clips that close at once: at a cut, or when a window is full.

Unlike :mod:`vidcap.sampling` it never holds a scene back to split it evenly, and a closed clip is one clip: it is
there for the model when its last frame has come and the shot detector is sure of it.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from vidcap.live.config import MOST_PICTURES, PICTURES_FPS, LiveConfig
from vidcap.timeline import Seconds
from vidcap.types import Clip, Cut, Marked, Pixels, Span

_EDGE_S = Fraction(1, 20)
"""Frames this near to a cut are avoided: they may show both scenes."""
_PERIOD_S = Fraction(1, 25)
"""How long the last frame before an outage is taken to be shown."""
_MOST_HELD = 4096


@dataclass(frozen=True, slots=True, eq=False)
class LiveClip:
    """A clip with when its frames came."""

    clip: Clip
    first_arrival_s: float
    last_arrival_s: float
    num_frames: int


@dataclass(frozen=True, slots=True, eq=False)
class _Seen:
    start_s: Seconds
    arrival_s: float
    view: Pixels | None


class LiveSampler:
    """Closes clips. Holds the pictures of a window, and the times of its frames."""

    def __init__(self, config: LiveConfig) -> None:
        self.clips_blind = 0
        """Clips of which no picture was whole."""
        self._config = config
        self._slots = max(1, min(MOST_PICTURES, round(config.window_s * PICTURES_FPS)))
        self._seen: deque[_Seen] = deque(maxlen=_MOST_HELD)
        self._from_s: Seconds | None = None
        self._is_first = True
        self._starts_shot = True
        self._shot_index = 0
        self._num_clips = 0
        self._num_foreseen = 0

    @property
    def from_s(self) -> Seconds | None:
        """Where the clip begins that is being filled; None when nothing was seen since the last."""
        return self._from_s

    def feed(self, mark: Marked, view: Pixels | None, arrival_s: float) -> Iterator[LiveClip]:
        """Take a frame with what is known by it; yield the clips that this closes."""
        if self._from_s is None:
            self._from_s = mark.frame.start_s
        self._seen.append(_Seen(mark.frame.start_s, arrival_s, view))
        for cut in mark.cuts:
            yield from self._cut(cut)
        window_s = self._config.first_window_s if self._is_first else self._config.window_s
        end_s = self._from_s + min(window_s, self._config.window_s)
        if mark.settled_s >= end_s or mark.frame.start_s >= end_s + self._config.patience_s:
            yield from self._close(end_s, ends_shot=False)

    def foreseen(self) -> Iterator[Pixels]:
        """Yield pictures that the clip being filled is likely to have, as soon as they are there.

        They are those of a full window; one that a cut ends before that has some others.
        """
        if self._from_s is None or not self._seen or self._seen[-1].view is None:
            return
        views = [(seen.start_s, seen.view) for seen in self._seen if seen.view is not None]
        views = [(start_s, view) for start_s, view in views if start_s >= self._from_s]
        if len(views) < 2:
            return
        slot_s = self._config.window_s / self._slots
        reach_s = views[-1][0] + (views[-1][0] - views[-2][0]) / 2  # a centre beyond is nearer to the next view
        while (centre_s := self._from_s + slot_s * (2 * self._num_foreseen + 1) / 2) < reach_s:
            self._num_foreseen += 1
            yield min(views, key=lambda view: abs(view[0] - centre_s))[1]

    def flush(self) -> Iterator[LiveClip]:
        """Yield what was seen since the last clip: the source stalled, or ended. The next frame begins anew."""
        if self._from_s is not None and self._seen:
            yield from self._close(self._seen[-1].start_s + _PERIOD_S, ends_shot=False)
        self._from_s, self._is_first, self._num_foreseen = None, True, 0
        self._seen.clear()

    def _cut(self, cut: Cut) -> Iterator[LiveClip]:
        assert self._from_s is not None
        if cut.time_s > self._from_s:
            yield from self._close(cut.time_s, ends_shot=True)
        self._shot_index += 1
        self._starts_shot = True

    def _close(self, end_s: Seconds, *, ends_shot: bool) -> Iterator[LiveClip]:
        """Yield the clip from where the last one ended, unless nothing whole was seen in it."""
        assert self._from_s is not None
        span = Span(self._num_clips, self._shot_index, self._from_s, end_s, self._starts_shot, ends_shot)
        inside = [seen for seen in self._seen if seen.start_s < end_s]
        while self._seen and self._seen[0].start_s < end_s:
            self._seen.popleft()
        self._from_s, self._starts_shot, self._is_first, self._num_foreseen = end_s, False, False, 0
        chosen = self._choose(span, [seen for seen in inside if seen.view is not None])
        if not chosen:
            self.clips_blind += end_s - span.start_s >= _EDGE_S * 10
            return
        self._num_clips += 1
        pictures = np.stack([seen.view for seen in chosen if seen.view is not None])
        clip = Clip(span, tuple(max(seen.start_s, span.start_s) for seen in chosen), pictures)
        yield LiveClip(clip, inside[0].arrival_s, inside[-1].arrival_s, len(inside))

    def _choose(self, span: Span, views: list[_Seen]) -> list[_Seen]:
        """Return the picture nearest to each slot's centre, none twice, those beside cuts only if there is no other."""
        first_s = span.start_s + (_EDGE_S if span.starts_shot and span.shot_index else 0)
        last_s = span.end_s - (_EDGE_S if span.ends_shot else 0)
        good = [seen for seen in views if first_s <= seen.start_s < last_s] or views
        if not good:
            return []
        length_s = span.end_s - span.start_s
        slots = max(1, min(self._slots, round(self._slots * length_s / self._config.window_s)))
        centres_s = [span.start_s + length_s * (2 * slot + 1) / (2 * slots) for slot in range(slots)]
        nearest = {id(min(good, key=lambda seen: abs(seen.start_s - centre_s))) for centre_s in centres_s}
        return [seen for seen in good if id(seen) in nearest]
