"""Captions inputs one after another, shows how far it is, and tells what became of each."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from dataclasses import dataclass

import click

from vidcap.captioner import Captioner, Film
from vidcap.captioner.api import track_info
from vidcap.cli.extras import Extras
from vidcap.cli.outputs import Job, Target
from vidcap.cli.progress import Position, shown_progress
from vidcap.cli.terminal import harmless, is_terminal, say
from vidcap.errors import CheckpointError, OutputClosed, VidcapError
from vidcap.formats.base import Watching
from vidcap.formats.output import Track, open_track
from vidcap.mux.track import FilmTrack

log = logging.getLogger(__name__)


def run_jobs(jobs: Sequence[Job], captioner: Captioner, extras: Extras, *, overwrite: bool, is_quiet: bool) -> int:
    """Run each job and return the exit code: 1 if any failed. One that fails is told in one line and passed over."""
    code = 0
    for job in jobs:
        work = Work(job, captioner, extras, overwrite=overwrite, is_quiet=is_quiet, names_still=len(jobs) > 1)
        try:
            work.run()
        except (CheckpointError, OutputClosed):  # nothing to be had from the other inputs either
            raise
        except VidcapError as error:
            say(str(error))
            code = 1
    return code


@dataclass(frozen=True, slots=True)
class Work:
    """One input on its way to its tracks."""

    job: Job
    captioner: Captioner
    extras: Extras
    overwrite: bool
    is_quiet: bool
    names_still: bool
    """Sentences of pictures are led by the picture's name: there are several."""

    def run(self) -> None:
        """Caption the input; VidcapError where that fails."""
        position = Position()
        with self.captioner.open(self.job.source, position) as film:
            if self.job.is_plain and film.info.is_still and not self.extras:
                self._say_what_is_seen(film)
                return
            started_s = time.monotonic()
            with self._bar(film, position), self._tracks(film) as tracks:
                for cue in film.cues():
                    for track in tracks:
                        track.write(cue)
            self._tell(film, tracks[-1].cues_written, position, time.monotonic() - started_s)

    def _say_what_is_seen(self, film: Film) -> None:
        """Answer a picture with a sentence on standard output."""
        name = f"{harmless(self.job.source)}: " if self.names_still else ""
        click.echo(name + " ".join(cue.text for cue in film.cues()))

    @contextmanager
    def _tracks(self, film: Film) -> Iterator[list[Track]]:
        """Open the tracks; where the work breaks off, tell under which names the cues so far were kept."""
        tracks: list[Track] = []
        try:
            with ExitStack() as stack:
                for companion in self.extras.opened(self.job, film, overwrite=self.overwrite):
                    tracks.append(stack.enter_context(companion))
                for target in self.job.targets:
                    tracks.append(stack.enter_context(self._open(target, film)))
                yield tracks
        except BaseException:
            for track in tracks:
                partial = getattr(track, "partial", None)
                if partial is not None:
                    say(f"{partial}: the {track.cues_written} cues so far are kept here")
            raise

    def _open(self, target: Target, film: Film) -> AbstractContextManager[Track]:
        """Return one track, open."""
        if target.is_film and target.path is not None:
            source = self.captioner.config.source
            return FilmTrack(self.job.source, target.path, source=source, overwrite=self.overwrite)
        writer = target.format.writer(track_info(film.info, target.path or ""))
        if isinstance(writer, Watching):
            film.watch(writer.tap)
        return open_track(target.path or "-", writer, sys.stdout.buffer, overwrite=self.overwrite)

    def _bar(self, film: Film, position: Position) -> AbstractContextManager[None]:
        """Return the progress bar, where a person looks and no cues go to the same screen."""
        is_mixed = sys.stdout.isatty() and any(target.path is None for target in self.job.targets)
        if self.is_quiet or is_mixed or not is_terminal():
            return nullcontext()
        limits = self.captioner.config.source
        ends = [end_s for end_s in (film.info.duration_s, limits.end_s) if end_s is not None]
        return shown_progress(self.job.source, position, start_s=limits.start_s, end_s=min(ends) if ends else None)

    def _tell(self, film: Film, num_cues: int, position: Position, wall_s: float) -> None:
        """Say on stderr what was done, and what could not be read."""
        name = harmless(self.job.source)
        media_s = float((position.read_s or 0) - self.captioner.config.source.start_s)
        done = f"{name}: {num_cues} cues for {media_s:.1f} s in {wall_s:.1f} s ({media_s / wall_s:.1f}x real time)"
        if is_terminal() and not self.is_quiet:
            say(done)
        else:
            log.info("%s", done)
        if film.speech is not None:
            said = film.fitted
            fitted = (
                f"{said.moved} moved, {said.shortened} shortened, {said.extended} extended, {said.kept} as they were"
            )
            (say if is_terminal() and not self.is_quiet else log.info)(f"{name}: fitted into pauses: {fitted}")
        if film.damage.bad_packets:
            log.warning("%s: %d damaged packets were skipped", name, film.damage.bad_packets)
        if not num_cues:
            log.warning("%s: nothing could be said about it: the track is empty", name)
