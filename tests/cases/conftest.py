"""One workshop and one runner for all cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cases.running import Runner
from tests.cases.workshop import Workshop


@pytest.fixture(scope="session")
def runner(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runner]:
    running = Runner(tmp_path_factory.mktemp("runs"))
    yield running
    running.close()
    _WORST.append((running.most_mb, running.most_by))


_WORST: list[tuple[float, str]] = []


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how much memory the worst run of the command line took."""
    for most_mb, words in _WORST:
        terminalreporter.write_line(f"largest memory of a run: {most_mb:.0f} MB by {words}")


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Workshop:
    return Workshop(tmp_path_factory.mktemp("workshop"))


@pytest.fixture(scope="session")
def plain(shop: Workshop) -> Path:
    """A film without troubles."""
    return Path(shop.part("plain.mp4"))


@pytest.fixture(scope="session")
def many_shots(shop: Workshop) -> Path:
    """A film of 30 shots of a second each."""
    return Path(shop.part("many-shots.mp4"))


@pytest.fixture(scope="session")
def hundreds(shop: Workshop) -> Path:
    """A film of 300 shots of a second each."""
    return Path(shop.part("hundreds.mp4"))
