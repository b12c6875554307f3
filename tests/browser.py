"""Debian's Chromium and libraries of npm for tests; without them tests are skipped (.ci/run has them)."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

CHROMIUM = os.environ.get("VIDCAP_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
NPM = Path(os.environ.get("VIDCAP_NPM") or Path(__file__).resolve().parents[1] / "build" / "npm")


def npm_file(path: str) -> Path:
    """Return a file of a package of npm, such as ``hls.js/dist/hls.min.js``."""
    found = NPM / "node_modules" / path
    if not found.is_file():
        pytest.skip(f"{path} is missing: npm install --prefix build/npm hls.js axe-core (or set VIDCAP_NPM)")
    return found


@contextmanager
def chromium() -> Iterator[Any]:
    """Run Chromium without a window."""
    if CHROMIUM is None:
        pytest.skip("no Chromium here: apt-get install chromium, or set VIDCAP_CHROMIUM")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        arguments = ["--no-sandbox", "--autoplay-policy=no-user-gesture-required"]
        running = playwright.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield running
        running.close()
