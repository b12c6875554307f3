"""What is written beside tracks: pictures, a contact sheet, entries of a library; and how reports are made."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

import click

from vidcap.captioner import Film
from vidcap.cli.outputs import Job, stem
from vidcap.errors import OutputError
from vidcap.formats.output import Track, same_file
from vidcap.report import HTML, ReportConfig, html_format
from vidcap.timeline import Seconds


def with_reports(jobs: Sequence[Job], config: ReportConfig) -> list[Job]:
    """Return the jobs with their reports made as ``config`` says."""
    made = html_format(config)
    return [
        replace(job, targets=tuple(replace(t, format=made) if t.format.name == HTML.name else t for t in job.targets))
        for job in jobs
    ]


@dataclass(frozen=True, slots=True)
class Extras:
    """What the user asked for beside tracks."""

    thumbnails: str | None = None
    contact_sheet: str | None = None
    index: str | None = None

    def __bool__(self) -> bool:
        return any((self.thumbnails, self.contact_sheet, self.index))

    def check(self, jobs: Sequence[Job]) -> None:
        """Raise UsageError where places clash, OutputError where a library can't be used: before anything is read."""
        if self.contact_sheet is not None and len(jobs) > 1 and not _is_folder(self.contact_sheet):
            raise click.UsageError(f"several inputs need a folder: --contact-sheet {self.contact_sheet}/")
        if self.contact_sheet is not None and any(same_file(self.contact_sheet, job.source) for job in jobs):
            raise click.UsageError(f"{self.contact_sheet} is an input: it would be written over")
        if self.index is not None:
            from vidcap.library import Library

            with Library(self.index):
                pass

    def opened(self, job: Job, film: Film, *, overwrite: bool) -> Iterator[AbstractContextManager[Track]]:
        """Yield what is written beside the tracks of one job; each sees the film's stages."""
        thumbnails = None
        if self.thumbnails is not None:
            from vidcap.report.thumbnails import Thumbnails

            thumbnails = Thumbnails(self.thumbnails, stem(job.source), overwrite=overwrite)
            film.watch(thumbnails.tap)
            yield thumbnails
        if self.contact_sheet is not None:
            from vidcap.report.sheet import ContactSheet

            sheet = ContactSheet(
                _sheet_path(self.contact_sheet, job), film.info.title or stem(job.source), overwrite=overwrite
            )
            film.watch(sheet.tap)
            yield sheet
        if self.index is not None:
            yield self._indexed(job, film, thumbnails.path_at if thumbnails else None)

    def _indexed(
        self, job: Job, film: Film, picture_at: Callable[[Seconds], Path] | None
    ) -> AbstractContextManager[Track]:
        from vidcap.library import IndexedTrack

        assert self.index is not None
        report = next((str(t.path) for t in job.targets if t.format.name == HTML.name and t.path is not None), "")
        return IndexedTrack(self.index, job.source, title=film.info.title, report=report, picture_at=picture_at)


def _is_folder(path: str) -> bool:
    return path.endswith(("/", os.sep)) or os.path.isdir(path)


def _sheet_path(path: str, job: Job) -> Path:
    if _is_folder(path):
        return Path(path) / f"{stem(job.source)}.png"
    if not path.lower().endswith(".png"):
        raise OutputError(path, "a contact sheet is a .png")
    return Path(path)
