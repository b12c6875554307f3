"""Turns marked frames into clips: a few pictures from each part of each shot.

Clips tile their shot exactly, but for holes where no frame is shown. A shot is split evenly into parts no longer
than ``clip_s``; of a shot too long to be held, full parts leave from the front, ending at multiples
of their length, and the rest is split evenly. A frame that is shown longer than a part is a clip by itself. What the
pictures show is no concern here, nor where shots come from.

Where cuts are is known only some time after the frames have passed, so pictures are kept on a grid finer than
the sampling step, and the ones nearest to the slot centres are chosen when the extent of the clip is certain.
Most of them never are. So pictures that can be kept as decoded are converted when they are chosen, as far as memory
allows.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, floor

import numpy as np

from vidcap.timeline import Seconds
from vidcap.types import Clip, Cut, Frame, Marked, Picture, Pixels, Span

logger = logging.getLogger(__name__)

_HALF = Fraction(1, 2)
_GRID_STEP = Fraction(4, 5)
"""Of the step from slot to slot. Each picture on the grid may have to be converted, chosen or not."""
MOST_STORED_BYTES = 64_000_000
"""Memory for pictures kept as decoded: eight seconds of 1080p."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SamplingConfig:
    """How densely shots are looked at. Rates and times may be anything that ``Fraction(str(x))`` reads."""

    sample_fps: Fraction = field(default=Fraction(2), metadata={"help": "pictures looked at per second of film"})
    max_frames: int = field(
        default=4, metadata={"help": "most pictures in one clip, spread evenly over a clip too long for more"}
    )
    clip_s: Seconds = field(
        default=Fraction(4), metadata={"help": "longest part of a shot that is described by one sentence"}
    )
    picture_px: int = field(default=224, metadata={"help": "width and height of the pictures"})
    max_clip_s: Fraction | None = field(
        default=None, metadata={"help": "longest clip, even of one frame shown for hours (default: no limit)"}
    )
    hold_clips: int = field(default=4, metadata={"help": "parts held back to split a shot evenly; 1 for least delay"})
    shortest_shot_s: Fraction = field(
        default=_HALF, metadata={"help": "shots at least this long surely get a picture of their own"}
    )
    cut_edge_s: Fraction = field(default=Fraction(1, 20), metadata={"help": "frames this near to a cut are avoided"})
    blend_edge_s: Fraction = field(
        default=Fraction(2, 5), metadata={"help": "frames this near to the middle of a fade are avoided"}
    )

    def __post_init__(self) -> None:
        for name in ("sample_fps", "clip_s", "max_clip_s", "shortest_shot_s", "cut_edge_s", "blend_edge_s"):
            value = getattr(self, name)
            if value is not None:
                object.__setattr__(self, name, Fraction(str(value)))
        for name in ("sample_fps", "max_frames", "clip_s", "picture_px", "hold_clips", "shortest_shot_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above 0: {getattr(self, name)}")
        if self.max_clip_s is not None and self.max_clip_s < self.clip_s:
            raise ValueError(f"max_clip_s is below clip_s: {self.max_clip_s} < {self.clip_s}")
        if self.cut_edge_s < 0 or self.blend_edge_s < 0:
            raise ValueError(f"edges can't be negative: {self.cut_edge_s = } {self.blend_edge_s = }")

    @property
    def grid_s(self) -> Seconds:
        """Step of the grid on which pictures are kept: less than from slot to slot, and than what a short shot shows.

        So no two slots need share a picture, and such a shot has one that is on screen off its cuts.
        """
        shown_s = max(self.shortest_shot_s - 2 * self.cut_edge_s, self.shortest_shot_s / 2)
        return min(_GRID_STEP / self.sample_fps, shown_s)


def clips(marked: Iterable[Marked], config: SamplingConfig = SamplingConfig()) -> Iterator[Clip]:
    """Yield the clips of a film in order, each as soon as the detector has settled all that it spans.

    Holds the pictures on the grid of about ``hold_clips`` full clips and what comes while the detector is undecided. A
    clip of which every picture is damaged is left out, with a log line.
    """
    sampler = ClipSampler(config)
    for mark in marked:
        yield from sampler.feed(mark)
    yield from sampler.finish()


@dataclass(frozen=True, slots=True, eq=False)
class _Sample:
    """A kept picture and when its frame is on screen."""

    start_s: Seconds
    end_s: Seconds
    is_corrupt: bool
    picture: Picture | None
    """Until it is converted,"""
    pixels: Pixels | None = None
    """and after that."""

    def converted(self, size_px: int) -> _Sample:
        """Return the sample with pixels."""
        if self.picture is None:
            return self
        return replace(self, picture=None, pixels=self.picture.rgb(size_px, size_px))

    def distance_s(self, time_s: Seconds) -> Seconds:
        """Return how far ``time_s`` is from the time on screen; 0 inside."""
        return max(self.start_s - time_s, time_s - self.end_s, Fraction(0))


class ClipSampler:
    """The stage behind :func:`clips`, for callers that push frames.

    ``dropped`` counts the clips left out because all of their pictures are damaged.
    """

    def __init__(self, config: SamplingConfig = SamplingConfig()) -> None:
        self.dropped = 0
        self._config = config
        self._samples: list[_Sample] = []
        self._next_tick_s: Seconds | None = None
        self._from_s = Fraction(0)  # what lies before is emitted
        self._seen_s = Fraction(0)  # end of the last frame
        self._shot_index = 0
        self._shot_edge_s = Fraction(0)
        self._starts_shot = True
        self._num_clips = 0
        # Sums of fractions take longer than all else that is done with a frame which is not kept.
        self._clip_s, self._grid_s = config.clip_s, config.grid_s
        self._spacing_s = _HALF / config.sample_fps
        self._thins = self._spacing_s > self._grid_s
        self._hold_s = config.hold_clips * config.clip_s
        self._held: tuple[Seconds, Seconds] | None = None

    def feed(self, mark: Marked) -> Iterator[Clip]:
        """Take a frame with what is known by it; yield the clips that this completes."""
        if self._next_tick_s is None:
            self._from_s = self._next_tick_s = self._seen_s = mark.frame.start_s
        shown_until_s = self._seen_s
        self._keep(mark.frame)
        for cut in mark.cuts:
            yield from self._close(cut.time_s, self._edge_s(cut))
            self._shot_index += 1
            self._shot_edge_s = self._edge_s(cut)
            self._starts_shot = True
        if mark.frame.start_s > shown_until_s:
            yield from self._skip(shown_until_s, mark.frame.start_s)
        self._thin(mark.settled_s)
        while (end_s := self._front(mark.settled_s)) is not None:
            yield from self._clip(end_s, ends_shot=False, end_edge_s=Fraction(0))

    def _skip(self, from_s: Seconds, to_s: Seconds) -> Iterator[Clip]:
        """Yield what lies before a hole, where nothing is shown, and go on after it: holes may last for hours."""
        yield from self._close(from_s, Fraction(0), ends_shot=False)
        self._from_s = max(self._from_s, to_s)

    def finish(self) -> Iterator[Clip]:
        """Yield what remains at the end of the film."""
        if self._next_tick_s is not None:
            yield from self._close(self._seen_s, Fraction(0))

    def state(self) -> tuple[object, ...]:
        """Return all that decides which clips come, but for their numbers (see :mod:`vidcap.states`)."""
        self._convert(range(len(self._samples)))
        shot_edge_s = self._shot_edge_s if self._starts_shot else None
        return (self._samples, self._next_tick_s, self._from_s, self._seen_s, shot_edge_s, self._starts_shot)

    @property
    def counts(self) -> tuple[int, int]:
        """How many clips have left, and how many boundaries were passed."""
        return self._num_clips, self._shot_index

    def _edge_s(self, cut: Cut) -> Seconds:
        return self._config.cut_edge_s if cut.kind == "cut" else self._config.blend_edge_s

    def _keep(self, frame: Frame) -> None:
        """Keep a frame that is on screen at a tick, or that stands in for a damaged one."""
        assert self._next_tick_s is not None
        self._seen_s = frame.end_s
        stands_in = bool(self._samples) and self._samples[-1].is_corrupt and not frame.is_corrupt
        if frame.end_s <= self._next_tick_s and not stands_in:
            return
        self._samples.append(_Sample(frame.start_s, frame.end_s, frame.is_corrupt, frame.picture))
        self._convert_beyond(getattr(frame.picture, "stored_bytes", MOST_STORED_BYTES + 1))
        self._next_tick_s = ceil(frame.end_s / self._grid_s) * self._grid_s

    def _convert_beyond(self, stored_bytes: int) -> None:
        """Convert the oldest pictures that there is no memory for, if each is as large as the newest."""
        stored = [place for place, sample in enumerate(self._samples) if sample.picture is not None]
        self._convert(stored[: max(0, len(stored) - MOST_STORED_BYTES // max(stored_bytes, 1))])

    def _convert(self, places: Sequence[int]) -> list[_Sample]:
        """Return the samples at these places, which have pixels from now on."""
        for place in places:
            self._samples[place] = self._samples[place].converted(self._config.picture_px)
        return [self._samples[place] for place in places]

    def _thin(self, settled_s: Seconds) -> None:
        """Drop settled pictures nearer than half a sampling step to the one before: no cut came there."""
        if not self._thins:
            return
        kept = self._samples[:1]
        for sample in self._samples[1:]:
            is_near = sample.end_s < kept[-1].start_s + self._spacing_s and not kept[-1].is_corrupt
            if not is_near or sample.end_s > settled_s - self._config.shortest_shot_s:
                kept.append(sample)
        self._samples = kept

    def _front(self, settled_s: Seconds) -> Seconds | None:
        """Return the end of a clip that can leave while its shot goes on; None if the shot can be held."""
        if self._held is None or self._held[0] is not self._from_s:
            self._held = (self._from_s, self._from_s + self._hold_s)
        if settled_s <= self._held[1]:
            return None
        stretch_s, longest_s = self._stretch(settled_s)
        is_cut_up = stretch_s > longest_s == self._clip_s
        end_s = self._full_part_end_s() if is_cut_up else self._from_s + min(stretch_s, longest_s)
        return end_s if end_s < settled_s else None

    def _full_part_end_s(self) -> Seconds:
        """Return the end of the next part of a long shot: a multiple of ``clip_s``, wherever the shot began.

        Whoever comes upon a long shot in the middle so splits it in the same places. Before the first of them, too
        little for a part of its own is shared evenly by two.
        """
        clip_s = self._config.clip_s
        end_s = (self._from_s + clip_s) // clip_s * clip_s
        rest_s = end_s - self._from_s
        return end_s if 2 * rest_s >= clip_s else self._from_s + (rest_s + clip_s) / 2

    def _close(self, end_s: Seconds, end_edge_s: Seconds, *, ends_shot: bool = True) -> Iterator[Clip]:
        """Yield the rest of the shot, or of what is shown of it before a hole, in even parts."""
        while self._from_s < end_s:
            stretch_s, longest_s = self._stretch(end_s)
            part_end_s = self._from_s + stretch_s / ceil(stretch_s / longest_s)
            yield from self._clip(part_end_s, ends_shot=ends_shot and part_end_s == end_s, end_edge_s=end_edge_s)

    def _stretch(self, limit_s: Seconds) -> tuple[Seconds, Seconds]:
        """Return the length to be split evenly from here, at most to ``limit_s``, and the longest part allowed.

        A stretch is one frame shown longer than a clip, or all that comes before the next such frame; what is too
        short to have a picture of its own goes with the long frame beside it.
        """
        clip_s, shortest_s = self._config.clip_s, self._config.shortest_shot_s
        for sample in self._samples:
            start_s, end_s = max(sample.start_s, self._from_s), min(sample.end_s, limit_s)
            if end_s - start_s <= clip_s:
                continue
            if start_s - self._from_s >= shortest_s:
                return start_s - self._from_s, clip_s
            length_s = (end_s if limit_s - end_s >= shortest_s else limit_s) - self._from_s
            return length_s, self._config.max_clip_s or length_s
        return limit_s - self._from_s, clip_s

    def _clip(self, end_s: Seconds, *, ends_shot: bool, end_edge_s: Seconds) -> Iterator[Clip]:
        """Yield the clip from here to ``end_s``, unless all of it is damaged, and move on to ``end_s``."""
        span = Span(self._num_clips, self._shot_index, self._from_s, end_s, self._starts_shot, ends_shot)
        chosen = self._choose(span, end_edge_s)
        self._from_s, self._starts_shot = end_s, False
        self._samples = [sample for sample in self._samples if sample.end_s > end_s] or self._samples[-1:]
        if all(sample.is_corrupt for sample in chosen):
            self.dropped += 1
            logger.warning("nothing undamaged to look at from %.3f s to %.3f s", span.start_s, end_s)
            return
        self._num_clips += 1
        yield Clip(
            span, _times_s(chosen, span), np.stack([sample.pixels for sample in chosen if sample.pixels is not None])
        )

    def _choose(self, span: Span, end_edge_s: Seconds) -> list[_Sample]:
        """Return the best picture for each slot of the span, in order, none twice, converted."""
        good = self._usable(span, end_edge_s)
        length_s = span.end_s - span.start_s
        slots = min(max(floor(length_s * self._config.sample_fps + _HALF), 1), self._config.max_frames)
        centres_s = [span.start_s + length_s * (2 * slot + 1) / (2 * slots) for slot in range(slots)]
        nearest = {id(min(good, key=lambda sample: sample.distance_s(centre_s))) for centre_s in centres_s}
        return self._convert([place for place, sample in enumerate(self._samples) if id(sample) in nearest])

    def _usable(self, span: Span, end_edge_s: Seconds) -> list[_Sample]:
        """Return the pictures to choose from: undamaged and off the cuts if there are, else what there is."""
        inside = [s for s in self._samples if s.start_s < span.end_s and s.end_s > span.start_s]
        if not inside:  # shorter than the grid's step: a neighbour's picture says more than none
            return [min(self._samples, key=lambda sample: sample.distance_s(span.start_s))]
        sound = [sample for sample in inside if not sample.is_corrupt] or inside
        first_s = span.start_s + (self._shot_edge_s if span.starts_shot else 0)
        last_s = span.end_s - (end_edge_s if span.ends_shot else 0)
        return [s for s in sound if s.end_s > first_s and s.start_s < last_s] or sound


def _times_s(chosen: list[_Sample], span: Span) -> tuple[Seconds, ...]:
    """Return when each picture comes on screen within the span; a neighbour's, that never does, counts as its first."""
    if chosen[0].start_s >= span.end_s:
        return (span.start_s,)
    return tuple(max(sample.start_s, span.start_s) for sample in chosen)
