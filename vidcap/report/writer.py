"""Writes a film and what is seen in it as one HTML page, moment by moment, while the film is being described.

The page stands alone: style, script and pictures are inside, and a content security policy allows nothing else.
"""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator
from functools import cache
from hashlib import sha256
from importlib import resources
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from vidcap.formats.base import Shown, TrackInfo, TrackWriter
from vidcap.report.card import card, safe, short_clock
from vidcap.report.config import ReportConfig
from vidcap.report.film import base64_pieces, embeddable, link_to
from vidcap.report.pictures import WithinBudget
from vidcap.report.scenes import Moment, Scenes
from vidcap.text import one_line
from vidcap.types import Cue

_PLACE = re.compile(r"@(\w+)@")


class HtmlWriter(TrackWriter):
    """Writes a report (.html). Its :meth:`tap` must see the stages, or the page has sentences but no pictures."""

    def __init__(self, info: TrackInfo | None = None, config: ReportConfig | None = None) -> None:
        super().__init__(info)
        self._config = config or ReportConfig()
        self._film = embeddable(self._info) if self._config.embed else None
        self._link = link_to(self._info)
        self._scenes = Scenes(WithinBudget(self._config.report_mb * 1_000_000))
        self._number = 0
        self._num_shots = 0
        self._num_pictures = 0
        self._shot = -1

    def tap(self, stage: str, items: Iterator[Any]) -> Iterator[Any]:
        """Pass on the stream that leaves ``stage``, looking at frames, clips and captions."""
        return self._scenes.tap(stage, items)

    def begin(self) -> str:
        """Return the page down to its list of moments."""
        style, script = _asset("page.css"), _asset("page.js")
        values = {
            "language": safe(self._info.language),
            "title": safe(self._info.title or self._info.media) or "What is seen",
            "facts": safe(self._facts()),
            "media_src": safe(" ".join(self._media_sources())),
            "style": style,
            "style_hash": _hash(style),
            "script_hash": _hash(script),
            "version": _version(),
            "video": self._video(),
        }
        return _PLACE.sub(lambda place: values[place.group(1)], _asset("page.html"))

    def block(self, shown: Shown, cue: Cue) -> str:
        """Return the moments that this cue makes certain, and the cue for the player."""
        return self._cards(self._scenes.upto(cue)) + _data([shown.start_ms, shown.end_ms, "\n".join(shown.lines)])

    def finish(self) -> str:
        """Return the end of the page, an embedded film included."""
        return "".join(self.finish_pieces())

    def finish_pieces(self) -> Iterator[str]:
        """Yield the end of the page, an embedded film piece by piece."""
        yield self._cards(self._scenes.rest())
        yield f"</ol>\n</section>\n</main>\n<footer>{self._words_at_the_end()}</footer>\n"
        if self._film is not None:
            for piece in base64_pieces(self._film):
                yield f'<script type="text/plain" class="film">{piece}</script>\n'
        yield f'<script type="application/json" id="data">{_json(self._page_facts())}</script>\n'
        yield f"<script>{_asset('page.js')}</script>\n</body>\n</html>\n"

    def _cards(self, moments: Iterator[Moment]) -> str:
        return "".join(map(self._card, moments))

    def _card(self, moment: Moment) -> str:
        self._number += 1
        self._num_shots += moment.shot_index != self._shot
        self._shot = moment.shot_index
        self._num_pictures += moment.picture is not None
        return card(self._number, moment)

    def _facts(self) -> str:
        info = self._info
        size = f"{info.width_px} × {info.height_px}" if info.width_px else ""
        length = short_clock(info.duration_s) if info.duration_s else ""
        name = info.media if info.title else ""
        return " · ".join(filter(None, (name, length, size, info.codec)))

    def _media_sources(self) -> list[str]:
        if self._film is not None:
            return ["blob:"]
        if self._link.origin:
            return [self._link.origin]
        return ["'self'", "file:"] if self._link.address else ["'none'"]

    def _video(self) -> str:
        name = safe(self._info.media) or "film"
        if self._film is not None:
            return f'<video id="film" controls preload="metadata" aria-label="{name}"></video>'
        if not self._link.address:
            return ""
        address = safe(self._link.address)
        return f'<video id="film" controls preload="metadata" aria-label="{name}" src="{address}"></video>'

    def _page_facts(self) -> dict[str, Any]:
        info = self._info
        return {
            "name": one_line(info.media),
            "codec": one_line(info.codec),
            "duration": float(info.duration_s) if info.duration_s else None,
            "missing": self._link.missing,
            "type": self._link.media_type,
        }

    def _words_at_the_end(self) -> str:
        numbers = {"shot": self._num_shots, "moment": self._number, "sentence": self.count}
        counted = ", ".join(f"{count} {name}{'s' * (count != 1)}" for name, count in numbers.items()) + " in the track."
        left_out = self._number - self._num_pictures
        small = f" {left_out} pictures were left out: there was no room or no frame for them." if left_out else ""
        guess = " The sentences are a model's guesses: the percentages say how sure it was, and it can be wrong."
        return f"<p>{safe(counted + small + guess)} Made with vidcap {_version()}.</p>"


def _json(value: Any) -> str:
    """Return JSON that can stand in a script element whatever its texts say."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e").replace("\u2028", "\\u2028")


def _data(value: Any) -> str:
    return f'<script type="application/json">{_json(value)}</script>\n'


@cache
def _asset(name: str) -> str:
    return resources.files("vidcap.report").joinpath("page", name).read_text(encoding="utf-8")


def _hash(text: str) -> str:
    return b64encode(sha256(text.encode()).digest()).decode()


def _version() -> str:
    try:
        return version("vidcap")
    except PackageNotFoundError:  # run from its folder
        return ""
