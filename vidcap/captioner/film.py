"""One video on its way through the stages, from decoded frames to cues."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import replace
from fractions import Fraction
from types import TracebackType
from typing import Protocol, TypeVar

from vidcap.captioner.config import CaptionConfig
from vidcap.captioner.flow import Tap, apart, batched, begin_each, prefetch, untapped
from vidcap.cues import CueConfig, Fitted, cues, fit_into_pauses
from vidcap.model.cores import FIRST_CALLS, num_cores, share_out
from vidcap.pauses import find_speech
from vidcap.sampling import clips
from vidcap.shots import mark_shots
from vidcap.sources import Damage, FrameSource, SourceInfo, Wanted, open_source
from vidcap.timeline import Seconds
from vidcap.types import Caption, Clip, Cue

T = TypeVar("T")

SLOWEST_FPS, FASTEST_FPS = Fraction(24), Fraction(60)
"""Frame rates that gaps between cues are measured by; what a container claims beyond them is taken for the nearer."""


class Describer(Protocol):
    """What captioner asks of a model. Other captioners plug in here."""

    @property
    def picture_px(self) -> int:
        """Width and height of the pictures it wants."""
        ...

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        """Return a caption for each clip, in order; may be called from several threads."""
        ...


class Film:
    """An opened video: facts now, captions and cues lazily. A context manager; leaving it stops all work on it.

    The stages run in one pass, so take either its captions or its cues, once. ``tap`` sees the streams named
    ``decode`` (frames), ``shots`` (marked frames), ``sample`` (clips), ``describe`` (captions) and ``cues``; the first
    three are drawn in another thread where ``config.flow.overlap``.
    """

    def __init__(self, source: FrameSource, describer: Describer, config: CaptionConfig, tap: Tap = untapped) -> None:
        self._source = source
        self._describer = describer
        self._config = config
        self._tap = tap
        self._is_watched = False
        self._stack = ExitStack()
        self.speech: Sequence[tuple[Seconds, Seconds]] | None = None
        """When somebody speaks; cues give way to it. None: it is not looked at."""
        self.fitted = Fitted()
        """What became of the cues by that; counts while they are made."""

    def __enter__(self) -> Film:
        self._stack.enter_context(self._source)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def info(self) -> SourceInfo:
        """What the container says; none of it is to be trusted more than the frames."""
        return self._source.info

    @property
    def damage(self) -> Damage:
        """How much could not be decoded so far."""
        return self._source.damage

    def watch(self, tap: Tap) -> None:
        """Let another tap see the streams, and all pictures; before they are taken."""
        self._is_watched = True
        before = self._tap
        self._tap = lambda stage, items: tap(stage, before(stage, items))

    def captions(self) -> Iterator[Caption]:
        """Yield a caption for every clip, in order of time, a batch at a time."""
        batches = batched(self._clips(), self._config.flow.batch, self._config.flow.batch_span_s)
        is_plain = self.info.is_still or not self._config.flow.overlap
        described = self._in_turn(batches) if is_plain else self._side_by_side(batches)
        return self._closed(self._tap("describe", described))

    def cues(self) -> Iterator[Cue]:
        """Yield the cues of the track, each as soon as nothing that follows can change it."""
        made = cues_of(self.captions(), self._config, self.info.frame_rate, self.speech, self.fitted)
        return self._closed(self._tap("cues", made))

    def _clips(self) -> Iterator[Clip]:
        """Yield the clips of the film with pictures of the size that the describer wants."""
        sampling = replace(self._config.sampling, picture_px=self._describer.picture_px)
        is_plain = self._is_watched or not self._config.flow.overlap
        wanted = None if is_plain else Wanted(sampling.grid_s, sampling.picture_px)
        frames = self._tap("decode", self._source.frames(wanted))
        marked = self._tap("shots", mark_shots(frames, self._config.shots))
        return self._tap("sample", clips(marked, sampling))

    def _in_turn(self, batches: Iterator[Sequence[Clip]]) -> Iterator[Caption]:
        """Yield the captions of clips, everything in one thread: the twin of :meth:`_side_by_side`."""
        for batch in batches:
            yield from self._describer.describe(batch)

    def _side_by_side(self, batches: Iterator[Sequence[Clip]]) -> Iterator[Caption]:
        """Yield the captions of clips; one thread reads and forms batches, others describe them."""
        flow = self._config.flow
        workers = flow.workers or share_out(num_cores()).workers
        begun = begin_each(batches, self._describer.describe, workers, one_by_one=FIRST_CALLS)
        for future in self._closed(prefetch(begun, max(1, flow.ahead + workers - 1))):
            yield from future.result()

    def _closed(self, stream: Iterator[T]) -> Iterator[T]:
        """Have a generator closed when the film is, downstream ones first: an error's traceback may hold it alive."""
        close = getattr(stream, "close", None)
        if close is not None:
            self._stack.callback(close)
        return stream


def cues_of(
    captions: Iterable[Caption],
    config: CaptionConfig,
    frame_rate: Fraction | None,
    speech: Sequence[tuple[Seconds, Seconds]] | None,
    fitted: Fitted,
) -> Iterator[Cue]:
    """Yield the cues of a film with these captions; they give way to ``speech``, unless that is None."""
    settings = _cue_config(config.cues, frame_rate)
    made = cues(captions, settings)
    return made if speech is None else fit_into_pauses(made, speech, settings, config.dialogue, fitted)


def _cue_config(config: CueConfig, frame_rate: Fraction | None) -> CueConfig:
    """Return the settings of a film's cues, with gaps of two of its own frames unless gaps were chosen."""
    usual = CueConfig()
    is_chosen = (config.gap_s, config.close_gap_s) != (usual.gap_s, usual.close_gap_s)
    if is_chosen or frame_rate is None:
        return config
    film = CueConfig.for_frame_rate(min(max(frame_rate, SLOWEST_FPS), FASTEST_FPS))
    return replace(config, gap_s=film.gap_s, close_gap_s=film.close_gap_s)


def open_film(name: str, describer: Describer, config: CaptionConfig, tap: Tap = untapped) -> Film:
    """Open a path, URL or ``-`` and return it as a :class:`Film`; SourceError where that fails.

    Speech is looked for now, where ``gaps`` asks for it: sound is decoded many times faster than pictures.
    """
    film = Film(apart(lambda: open_source(name, config.source)), describer, config, tap)
    if config.dialogue.gaps is not None:
        try:
            film.speech = find_speech(name, config.dialogue.gaps, config.source)
        except BaseException:
            with film:
                raise
    return film
