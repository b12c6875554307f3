"""A real browser: Debian's Chromium, driven by Playwright."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.report.films import page_of

Open = Callable[..., Any]


@pytest.fixture
def show(browser: Any, tmp_path: Path) -> Iterator[Open]:
    """Open a page that is made of cues, or a file; anything that goes wrong in it fails the test."""
    troubles: list[str] = []
    contexts: list[Any] = []

    def opened(page: Any, *, fragment: str = "", **options: Any) -> Any:
        path = page
        if not isinstance(page, Path):
            path = tmp_path / "page.html"
            path.write_text(page_of(page), encoding="utf-8")
        context = browser.new_context(**({"viewport": {"width": 1300, "height": 800}} | options))
        contexts.append(context)
        tab = context.new_page()
        tab.on("pageerror", lambda error: troubles.append(str(error)))
        tab.on("console", lambda message: troubles.append(message.text) if message.type == "error" else None)
        tab.goto(path.as_uri() + fragment)
        tab.wait_for_selector("html[data-ready]")
        return tab

    yield opened
    for context in contexts:
        context.close()
    expected = "Failed to load resource"  # of films that can't be played
    assert [trouble for trouble in troubles if expected not in trouble] == []
