"""Checks tracks of anybody: are they well written, can they be read, do they keep to a style guide.

>>> sorted(PROFILES)
['bbc', 'descriptions', 'netflix']
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from vidcap.lint.profiles import PROFILES, Profile
from vidcap.lint.reading import read_track
from vidcap.lint.report import Problem, Report, TrackCue
from vidcap.lint.rules import Film, check
from vidcap.timeline import Seconds, to_ms

__all__ = ["PROFILES", "Problem", "Profile", "Report", "TrackCue", "lint_track", "read_track"]


def lint_track(
    path: str | os.PathLike[str],
    profile: str | Profile = "netflix",
    *,
    cuts_s: Iterable[Seconds] = (),
    film_end_s: Seconds | None = None,
) -> Report:
    """Return what is wrong with a SubRip, WebVTT or TTML file, held against a profile.

    With ``cuts_s``, the times at which shots begin, cues that cross a cut are told; with ``film_end_s`` those that
    outlast the film. SourceError where the file can't be read; ValueError for a profile that there is none of.
    """
    if isinstance(profile, str):
        if profile not in PROFILES:
            raise ValueError(f"no profile is called {profile!r}; there are {', '.join(PROFILES)}")
        profile = PROFILES[profile]
    cues, problems = read_track(path)
    film = Film(
        cuts_ms=sorted(to_ms(cut) for cut in cuts_s if cut > 0),
        end_ms=None if film_end_s is None else to_ms(film_end_s),
    )
    every = [*problems, *check(cues, profile, film)]
    every.sort(key=lambda problem: problem.line)
    return Report(os.fsdecode(path), profile.name, len(cues), tuple(every))
