"""Fixtures that every test may use: measuring data, golden files, and guards that keep tests honest."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import settings

# A shell starts what it runs in the background deaf to Ctrl-C, and all that these tests start would inherit it.
signal.signal(signal.SIGINT, signal.default_int_handler)

settings.register_profile("vidcap", deadline=None)  # a busy machine must not fail a test
settings.load_profile("vidcap")


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--update-golden", action="store_true", help="rewrite tests/golden instead of comparing")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of measuring data: $VIDCAP_DATA, or ``shared/data`` beside the checkout."""
    root = Path(__file__).resolve().parents[1]
    folder = Path(os.environ.get("VIDCAP_DATA") or root.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip("no measuring data here: set VIDCAP_DATA to its folder")
    return folder


@pytest.fixture(scope="session")
def samples_dir() -> Path:
    """The films that ship with the project."""
    return Path(__file__).resolve().parents[1] / "samples"


@pytest.fixture
def golden(request: pytest.FixtureRequest) -> Callable[[str, bytes], None]:
    """Compare bytes with ``tests/golden/NAME``; ``--update-golden`` rewrites the file instead."""

    def check(name: str, produced: bytes) -> None:
        path = Path(__file__).parent / "golden" / name
        if request.config.getoption("--update-golden"):
            path.parent.mkdir(exist_ok=True)
            path.write_bytes(produced)
        assert path.exists(), f"{path} is missing: run pytest --update-golden and review it"
        assert produced == path.read_bytes()

    return check


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """Chromium, through Playwright."""
    from tests.browser import chromium

    with chromium() as running:
        yield running
