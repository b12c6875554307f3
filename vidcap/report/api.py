"""The call that writes a report from Python."""

from __future__ import annotations

import os
from typing import Any

from vidcap.captioner import Captioner
from vidcap.captioner.api import Name, track_info
from vidcap.formats.output import TrackFile
from vidcap.report.config import ReportConfig
from vidcap.report.writer import HtmlWriter


def write_report(
    source: Name,
    output: Name,
    *,
    captioner: Captioner | None = None,
    embed: bool = False,
    report_mb: int = ReportConfig().report_mb,
    overwrite: bool = False,
    **options: Any,
) -> int:
    """Write a film and what is seen in it as one HTML page and return how many cues its track has.

    ``embed`` puts the film into the page. A ``captioner`` that is given is used as it is; else one is loaded with
    ``options``, as of :meth:`Captioner.load`, that keeps what each word looked at. Raises SourceError or OutputError.
    """
    config = ReportConfig(embed=embed, report_mb=report_mb)
    speaker = captioner or Captioner.load(**({"attention": True} | options))
    with speaker.open(source) as film:
        writer = HtmlWriter(track_info(film.info, os.fspath(output)), config)
        film.watch(writer.tap)
        with TrackFile(output, writer, overwrite=overwrite) as track:
            for cue in film.cues():
                track.write(cue)
    return track.cues_written
