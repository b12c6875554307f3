"""A film as a page, a folder of pictures or one sheet of them: for people who look rather than play.

Importing it makes the format ``html`` known; it needs what lower rooms may not know, so it is registered from here.
"""

from __future__ import annotations

from functools import partial

from vidcap.formats import Format, TrackInfo, Writer, register
from vidcap.report.config import ReportConfig

__all__ = ["HTML", "ReportConfig", "html_format"]


def _write(info: TrackInfo, config: ReportConfig | None = None) -> Writer:
    from vidcap.report.writer import HtmlWriter

    return HtmlWriter(info, config)


HTML = register(
    Format(name="html", suffixes=(".html", ".htm"), description="report: the film with all that is seen", writer=_write)
)


def html_format(config: ReportConfig) -> Format:
    """Return the format of reports made as ``config`` says."""
    return Format(
        name=HTML.name, suffixes=HTML.suffixes, description=HTML.description, writer=partial(_write, config=config)
    )
