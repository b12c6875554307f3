"""A source: an open film, stream or picture that gives frames."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from fractions import Fraction
from itertools import chain, islice

from vidcap.errors import SourceCorrupt
from vidcap.sources.config import Damage, SourceConfig, SourceInfo, Wanted
from vidcap.sources.decoders import Division
from vidcap.sources.decoding import decoded, not_denser
from vidcap.sources.describing import USUAL_RATE, describe, keeps_promises, may_be_still
from vidcap.sources.dividing import division_for
from vidcap.sources.once import ReadOnce
from vidcap.sources.opening import open_container
from vidcap.sources.picture import DecodedPicture, Scalers
from vidcap.sources.protocols import target_of
from vidcap.sources.ready import AnyFrame, ReadyFrame
from vidcap.sources.sniffing import why_no_frames
from vidcap.sources.stamping import Look, Stamper, origin_for
from vidcap.sources.timing import Timed, timed
from vidcap.timeline import Seconds, exact
from vidcap.types import Frame, Picture

_log = logging.getLogger(__name__)

NEGLIGIBLE_S = Fraction(1)
"""A film that ends this much before its promised end is still whole."""


class Source(ReadOnce):
    """Gives the frames of one film, stream or picture, once; a context manager that closes it.

    ``info`` tells what is known beforehand, ``damage`` what turned out to be wrong, during or after the read.
    """

    def __init__(self, name: str, config: SourceConfig) -> None:
        self._config = config
        super().__init__(target_of(name, config))
        self._scalers = Scalers()
        self._division: Division | None = None
        self._reading: Generator[Frame] | None = None
        self.damage = Damage()
        self._opened = open_container(self._target, config)
        try:
            first = self._begin()
            self._aspect = exact(self._opened.stream.sample_aspect_ratio)
            self._origin_s = origin_for(self._opened, first)
            is_alone = may_be_still(self._opened) and self._is_alone()
            self.info: SourceInfo = describe(self._opened, first, self._picture(first), is_alone=is_alone)
            if config.start_s > 0 and self.info.is_seekable:
                self._seek()
        except BaseException:
            self._opened.close()
            raise

    def close(self) -> None:
        """Close the file or connection; may be called twice.

        What another thread reads just now may not be freed under it: that thread closes it when it gets there, and
        finds that nothing more is to be had.
        """
        self._opened.is_given_up = True
        try:
            for running in (self._reading, self._decoder):
                if running is not None:
                    running.close()
        except ValueError:  # "generator already executing", by the other thread
            return
        self._opened.close()

    def _begin(self) -> AnyFrame:
        """Start to decode; return the first frame, which stays the first of ``self._decoded``."""
        decoder = decoded(self._opened, self._config, self.damage, lambda: self._division)
        self._decoder = decoder
        first = next(decoder, None)
        if first is None:
            raise why_no_frames(self._target)
        self._decoded: Iterator[AnyFrame] = chain((first,), decoder)
        return first

    def _is_alone(self) -> bool:
        """Look whether a second frame comes; it stays the second of ``self._decoded``."""
        start = list(islice(self._decoded, 2))
        self._decoded = chain(start, self._decoded)
        return len(start) == 1

    def _seek(self) -> None:
        """Go to the key frame before ``start_s``; start again from the beginning where the container can't."""
        opened, bad_packets = self._opened, self.damage.bad_packets
        base = exact(opened.stream.time_base) or Fraction(1)
        try:
            opened.container.seek((self._config.start_s + self._origin_s) // base, stream=opened.stream)
            time_s = Stamper(self._opened, self._origin_s).stamp(self._begin()).time_s
            if time_s is not None and time_s <= self._config.start_s:
                return
        except (OSError, ValueError, SourceCorrupt):
            opened.raise_failure()
        opened.close()
        self.damage.bad_packets = bad_packets
        self._opened = open_container(self._target, self._config)
        self._begin()

    def _frames(self, wanted: Wanted | None) -> Iterator[Frame]:
        self._reading = self._until_given_up(wanted)
        return self._reading

    def _until_given_up(self, wanted: Wanted | None) -> Generator[Frame]:
        try:
            yield from self._shown(wanted)
        finally:
            if self._opened.is_given_up:
                self._decoder.close()
                self._opened.close()

    def _shown(self, wanted: Wanted | None) -> Iterator[Frame]:
        if wanted is not None and self.info.has_stamps and not self.info.is_still:
            self._division = division_for(self._opened, self._config, wanted, self._origin_s)
        start_s, limit_s = self._config.start_s, self._limit_s()
        index, last_end_s, before = 0, Fraction(0), None
        for shown in self._timed():
            if shown.start_s >= limit_s:
                self._tell_limit(limit_s)
                return
            last_end_s = shown.end_s
            if start_s and last_end_s <= start_s:
                continue
            place = shown.item.place
            if place is not None:
                before = place if before is None else before
                index = max(index, place - before)
            yield self._frame(index, shown)
            index += 1
        self._compare_end(last_end_s)

    def _limit_s(self) -> Seconds:
        end_s = self._config.end_s
        return self._config.max_media_s if end_s is None else min(end_s, self._config.max_media_s)

    def _timed(self) -> Iterator[Timed[Look]]:
        decoder, last_s = self._decoded, None
        if self.info.is_still:
            decoder, last_s = iter((next(decoder),)), self._config.still_s
        elif not self.info.has_stamps:
            rate = self.info.frame_rate or USUAL_RATE
            _log.warning("%s: has no time stamps; frames are counted at %s a second", self._target.shown, rate)
        period_s = 1 / (self.info.frame_rate or USUAL_RATE)
        frames = not_denser(decoder, self._opened, self._config.max_fps)
        stamps = map(Stamper(self._opened, self._origin_s).stamp, frames)
        return timed(stamps, period_s=period_s, max_gap_s=self._config.max_gap_s, last_s=last_s)

    def _frame(self, index: int, shown: Timed[Look]) -> Frame:
        start_s, end_s, look = shown.start_s, shown.end_s, shown.item
        if self._config.start_s:
            start_s = max(start_s, self._config.start_s)
        if self._config.end_s is not None:
            end_s = min(end_s, self._config.end_s)
        self.damage.corrupt_frames += look.is_corrupt
        return Frame(
            index,
            start_s,
            end_s,
            self._picture(look.frame),
            is_key=look.frame.key_frame,
            is_corrupt=look.is_corrupt,
            after_calm=look.after_calm,
            is_leap=look.is_leap,
        )

    def _picture(self, frame: AnyFrame) -> Picture:
        if isinstance(frame, ReadyFrame):
            return frame.picture
        return DecodedPicture(frame, self._aspect, self._scalers)

    def _tell_limit(self, limit_s: Seconds) -> None:
        if limit_s != self._config.end_s:
            _log.warning("%s: is longer than the limit of %s s; the rest is left out", self._target.shown, limit_s)

    def _compare_end(self, end_s: Seconds) -> None:
        promised_s = self.info.duration_s
        if promised_s is None or not keeps_promises(self._opened):
            return
        missing_s = promised_s - end_s
        if missing_s > max(NEGLIGIBLE_S, promised_s / 50):
            self.damage.missing_s = missing_s
            message = "%s: ends at %.1f s, but %.1f s were promised; the file may be incomplete"
            _log.warning(message, self._target.shown, end_s, promised_s)
