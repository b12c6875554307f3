"""Captions of a part of a film, and parts joined to what one piece would have been.

Cuts, clips and their pictures at some place depend on what came before it. So a part is read from a little before its
start, and until a little after its end; at frames half a second apart its state is noted as a digest. Where both of
two neighbours have the same state by the same frame, all that follows is the same in both, and the later one takes
over. Where they never have, the later one is read again from a frame that the earlier one names; where that is of no
use either, both are read as one part.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from vidcap.batch.work import Facts, Part, Point, Range
from vidcap.captioner import CaptionConfig, Captioner, Film, Tap
from vidcap.pauses import find_speech
from vidcap.sampling import ClipSampler, SamplingConfig
from vidcap.shots import ShotDetector, rhythm
from vidcap.sources import FrameSource, open_source
from vidcap.states import Digester
from vidcap.timeline import Seconds
from vidcap.types import Caption, Clip, Frame, Marked

POINTS_PER_S = 2
_CALM_S = Fraction(2)
"""How long after a cut states may take to agree."""


def lead_s(config: CaptionConfig) -> Seconds:
    """Return how long before its start a part is read: a detector has forgotten all that is older."""
    shots = config.shots
    return Fraction(str(2 * shots.max_latency_s + shots.min_shot_s)) + 2


def longest_tail_s(config: CaptionConfig) -> Seconds:
    """Return how long after its end a part is read at most: a shot that goes on has settled into its grid of clips."""
    sampling = config.sampling
    return lead_s(config) + sampling.clip_s * (sampling.hold_clips + 2)


def ranges(facts: Facts, config: CaptionConfig, split_s: Seconds) -> list[Range]:
    """Return the parts of a film, each about ``split_s`` long; a single one where it can't or need not be split."""
    info, begins_s = facts.info, config.source.start_s
    ends = [end_s for end_s in (info.duration_s, config.source.end_s) if end_s is not None]
    length_s = min(ends) - begins_s if ends else Fraction(0)
    if not info.is_seekable or info.is_still or length_s < 2 * split_s:
        return [Range(begins_s, None)]
    starts = [begins_s + number * split_s for number in range(int(length_s / split_s))]
    frame_s = 1 / info.frame_rate if info.frame_rate else None
    origin_s, every = rhythm(facts.first_start_s, facts.first_end_s, frame_s) if frame_s else (Fraction(0), 1)
    froms = [start_s - lead_s(config) for start_s in starts]
    return [
        Range(start_s, end_s, from_s if from_s > begins_s else None, origin_s, frame_s, every)
        for start_s, end_s, from_s in zip(starts, [*starts[1:], None], froms, strict=True)
    ]


class PartFilm(Film):
    """A film of which a part is read; notes the states of its stages on the way."""

    def __init__(self, source: FrameSource, captioner: Captioner, part: Range, tap: Tap) -> None:
        super().__init__(source, captioner.describer, captioner.config, tap)
        self.points: list[Point] = []
        self.next_begin_s: Seconds | None = None
        self.is_end = False
        self._range = part
        self._digester = Digester()
        self._shots = ShotDetector(captioner.config.shots)
        self._tail_s = longest_tail_s(captioner.config)
        self._lead_s = lead_s(captioner.config)
        self._cut_seen_s: Seconds | None = None  # the frame by which a cut after the end was certain

    def _clips(self) -> Iterator[Clip]:
        """Yield the clips of the part, and of what is read around it."""
        sampler = ClipSampler(self._sampling())
        before: Frame | None = None
        held: Marked | None = None
        for frame in self._tap("decode", self._in_phase(self._source.frames())):
            if held is not None:
                yield from sampler.feed(held)
                self._note(held.frame, before, sampler)
                if self._is_over(held):
                    return
                before = held.frame
            held = self._shots.feed(frame)
            self._seek_begin(frame)
        self.is_end = True
        if held is not None:
            cuts = (*held.cuts, *self._shots.finish())
            yield from sampler.feed(Marked(held.frame, cuts, held.frame.end_s))
            yield from sampler.finish()

    def _sampling(self) -> SamplingConfig:
        return replace(self._config.sampling, picture_px=self._describer.picture_px)

    def _in_phase(self, frames: Iterator[Frame]) -> Iterator[Frame]:
        """Yield the frames from the first on with which the whole film's detector looks anew."""
        part, is_begun = self._range, self._range.from_s is None
        for frame in frames:
            if not is_begun and frame.start_s > (part.from_s or 0):  # the first one is cut off at ``from_s``
                number = round((frame.start_s - part.origin_s) / part.frame_s) if part.frame_s else 0
                is_begun = frame.start_s >= part.begin_s if part.begin_s is not None else number % part.every == 0
            if is_begun:
                yield frame

    def _seek_begin(self, frame: Frame) -> None:
        """Note a frame that the next part may begin with."""
        end_s = self._range.end_s
        if end_s is None or self.next_begin_s is not None or frame.start_s <= end_s - self._lead_s:
            return
        if self._shots.looks_closely:
            self.next_begin_s = frame.start_s

    def _note(self, frame: Frame, before: Frame | None, sampler: ClipSampler) -> None:
        """Note the state by a frame that is the first of its half second, where a neighbour may be in the same one."""
        if before is None or frame.is_corrupt or not self._may_meet(frame.start_s):
            return
        if int(frame.start_s * POINTS_PER_S) == int(before.start_s * POINTS_PER_S):
            return
        digest = self._digester.digest((frame.start_s, frame.end_s, self._shots.state(), sampler.state()))
        self.points.append(Point(frame.start_s, digest, *sampler.counts))

    def _may_meet(self, time_s: Seconds) -> bool:
        part = self._range
        is_head = 0 <= time_s - part.start_s < self._tail_s
        return is_head or (part.end_s is not None and time_s >= part.end_s)

    def _is_over(self, mark: Marked) -> bool:
        """Tell whether the next part surely knows as much: some time after a cut, or after the longest tail."""
        end_s, now_s = self._range.end_s, mark.frame.start_s
        if end_s is None or now_s < end_s:
            return False
        if self._cut_seen_s is None and any(cut.time_s >= end_s for cut in mark.cuts):
            self._cut_seen_s = now_s
        is_calm = self._cut_seen_s is not None and now_s - self._cut_seen_s > _CALM_S
        return is_calm or now_s - end_s > self._tail_s


def caption_part(captioner: Captioner, source: str, part: Range | None, tap: Tap) -> Part:
    """Return the captions of a range of a film, or of all of it."""
    if part is None:
        with captioner.open(source, tap) as whole:
            captions = tuple(whole.captions())
            return _part(whole, captions)
    config = captioner.config
    if part.from_s is not None:
        config = config.with_options(start_s=part.from_s)
    film = PartFilm(open_source(source, config.source), Captioner(captioner.describer, config), part, tap)
    with film:
        dialogue = captioner.config.dialogue
        if dialogue.gaps is not None and part.from_s is None:
            film.speech = find_speech(source, dialogue.gaps, captioner.config.source)
        captions = tuple(film.captions())
        return replace(
            _part(film, captions), is_end=film.is_end, points=tuple(film.points), next_begin_s=film.next_begin_s
        )


def _part(film: Film, captions: tuple[Caption, ...]) -> Part:
    read_s = captions[-1].end_s if captions else Fraction(0)
    speech = None if film.speech is None else tuple(film.speech)
    damage = film.damage
    return Part(film.info, captions, read_s, speech=speech, bad_packets=damage.bad_packets, missing_s=damage.missing_s)


@dataclass(frozen=True, slots=True)
class Seam:
    """Where two parts, ``number`` and the next, can't be joined."""

    number: int


def join(parts: Sequence[Part]) -> Part | Seam:
    """Return parts that follow one another as one, its clips and shots counted through."""
    captions: list[Caption] = []
    first, num_clips, num_shots = 0, 0, 0  # first clip to be taken; what to add to the numbers of clips and shots
    for number, part in enumerate(parts):
        is_last = part.is_end or number == len(parts) - 1
        meeting = None if is_last else _meeting(part, parts[number + 1])
        if meeting is None and not is_last:
            return Seam(number)
        captions += [
            _counted(caption, num_clips, num_shots)
            for caption in part.captions
            if first <= caption.span.index and (meeting is None or caption.span.index < meeting[0].num_clips)
        ]
        if meeting is None:
            break
        mine, theirs = meeting
        first = theirs.num_clips
        num_clips += mine.num_clips - theirs.num_clips
        num_shots += mine.num_shots - theirs.num_shots
    last = parts[number]
    bad_packets = sum(part.bad_packets for part in parts)
    told = replace(last, info=parts[0].info, speech=parts[0].speech, bad_packets=bad_packets)
    return replace(told, captions=tuple(captions), points=())


def _meeting(earlier: Part, later: Part) -> tuple[Point, Point] | None:
    """Return the first frame by which two parts were in the same state, as each of them counts."""
    known = {(point.time_s, point.digest): point for point in later.points}
    for point in earlier.points:
        if (point.time_s, point.digest) in known:
            return point, known[point.time_s, point.digest]
    return None


def _counted(caption: Caption, num_clips: int, num_shots: int) -> Caption:
    span = caption.span
    moved = replace(span, index=span.index + num_clips, shot_index=span.shot_index + num_shots)
    return replace(caption, span=moved)
