"""All cases, kind by kind."""

from __future__ import annotations

from tests.cases import in_bombs, in_danger, in_pictures, in_stills, in_time

CASES = [*in_time.CASES, *in_pictures.CASES, *in_stills.CASES, *in_danger.CASES, *in_bombs.CASES]
