"""The film that cameras loop."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.live.cameras import make_loop


@pytest.fixture(scope="session")
def loop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """6 s of three scenes, Annex-B H.264."""
    return make_loop(tmp_path_factory.mktemp("loop"))
