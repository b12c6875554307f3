"""A page that is served, and a real browser to look at it."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Any

import pytest

from vidcap.live import CueUpdate, Snapshot, State, StreamState, Tally
from vidcap.types import Cue
from vidcap.web import WebConfig, WebSink

BEGAN = datetime.now(UTC).replace(microsecond=0) - timedelta(minutes=5)

Serve = Callable[..., WebSink]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Serve a page on a free port of this machine; all are closed when the test ends."""
    sinks: list[WebSink] = []

    def served(**settings: Any) -> WebSink:
        sinks.append(WebSink(WebConfig(**({"serve": "127.0.0.1:0"} | settings))))
        return sinks[-1]

    yield served
    for sink in sinks:
        sink.close()


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    """A page of a fresh profile; its errors and refused resources fail the test."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.set_default_timeout(20_000)
    opened = context.new_page()
    troubles: list[str] = []
    opened.on("pageerror", lambda error: troubles.append(str(error)))
    opened.on("console", lambda m: troubles.append(m.text) if "Content Security" in m.text else None)
    yield opened
    context.close()
    assert troubles == []


def live(media_s: int = 0) -> StreamState:
    return StreamState(State.LIVE, "", BEGAN + timedelta(seconds=media_s), media_s=Fraction(media_s))


def cue(number: int, text: str = "", *, is_final: bool = True, end_s: float | None = None) -> CueUpdate:
    start_s = Fraction(4 * number)
    end = Fraction(str(end_s)) if end_s is not None else start_s + 4
    said = Cue(start_s, end, (text or f"Sentence {number}.",), 0.82)
    return CueUpdate(number, said, BEGAN + timedelta(seconds=4 * number), is_final, 0.5)


def tally(media_s: int = 8, **figures: Any) -> Tally:
    return Tally(BEGAN + timedelta(seconds=media_s), Fraction(media_s), **figures)


def jpeg(colour: tuple[int, int, int]) -> bytes:
    from PIL import Image

    data = io.BytesIO()
    Image.new("RGB", (320, 180), colour).save(data, "JPEG")
    return data.getvalue()


def snapshot(media_s: int = 0, colour: tuple[int, int, int] = (200, 40, 40)) -> Snapshot:
    return Snapshot(jpeg(colour), 320, 180, Fraction(media_s), BEGAN + timedelta(seconds=media_s))
