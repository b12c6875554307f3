"""The rules of a profile: each is a function that yields what is wrong with one cue, beside the one before it."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain

from vidcap.lint.profiles import Profile
from vidcap.lint.report import Problem, TrackCue

_ROUNDING_MS = 1  # times in files are rounded: each end by half a millisecond
_AT_CUT_MS = 200  # a cue that ends so near to a cut ends with the shot


@dataclass(frozen=True, slots=True, kw_only=True)
class Film:
    """What is known of the film that a track belongs to."""

    cuts_ms: Sequence[int] = ()
    """Where shots begin, rising; the film's start is none."""
    end_ms: int | None = None


def check(cues: Iterable[TrackCue], profile: Profile, film: Film) -> Iterator[Problem]:
    """Yield the problems of the cues, in order."""
    before: TrackCue | None = None
    for cue in cues:
        yield from chain(_alone(cue, profile), _beside(cue, before, profile), _in_film(cue, film))
        before = cue


def _alone(cue: TrackCue, profile: Profile) -> Iterator[Problem]:
    if not cue.text.strip():
        yield _problem(cue, "empty", "no text")
        return
    yield from _lines(cue, profile)
    if cue.start_ms < profile.first_start_ms:
        yield _problem(cue, "starts-at-zero", f"begins before {profile.first_start_ms} ms: some players miss it")
    if cue.duration_ms <= 0:
        yield _problem(cue, "no-duration", "ends before it begins" if cue.duration_ms else "ends when it begins")
        return
    yield from _duration(cue, profile)
    yield from _speed(cue, profile)


def _lines(cue: TrackCue, profile: Profile) -> Iterator[Problem]:
    if profile.max_lines is not None and len(cue.lines) > profile.max_lines:
        yield _problem(cue, "lines", f"{len(cue.lines)} lines, at most {profile.max_lines}")
    for line in cue.lines:
        if profile.max_line_width is not None and len(line) > profile.max_line_width:
            yield _problem(cue, "line-width", f"a line of {len(line)} characters, at most {profile.max_line_width}")


def _duration(cue: TrackCue, profile: Profile) -> Iterator[Problem]:
    if profile.min_duration_ms is not None and cue.duration_ms < profile.min_duration_ms - _ROUNDING_MS:
        yield _problem(cue, "too-short", f"{cue.duration_ms} ms, at least {profile.min_duration_ms}")
    if profile.max_duration_ms is not None and cue.duration_ms > profile.max_duration_ms + _ROUNDING_MS:
        yield _problem(cue, "too-long", f"{cue.duration_ms} ms, at most {profile.max_duration_ms}")


def _speed(cue: TrackCue, profile: Profile) -> Iterator[Problem]:
    granted_ms = cue.duration_ms + _ROUNDING_MS
    if profile.max_cps is not None and 1000 * len(cue.text) > profile.max_cps * granted_ms:
        speed = 1000 * len(cue.text) / cue.duration_ms
        yield _problem(cue, "reading-speed", f"{speed:.1f} characters a second, at most {float(profile.max_cps):g}")
    words = len(cue.text.split())
    if profile.min_word_ms is not None and words * profile.min_word_ms > granted_ms:
        speed = 60_000 * words / cue.duration_ms
        most = 60_000 // profile.min_word_ms
        yield _problem(cue, "word-speed", f"{speed:.0f} words a minute, at most {most}")


def _beside(cue: TrackCue, before: TrackCue | None, profile: Profile) -> Iterator[Problem]:
    if before is None:
        return
    gap_ms = cue.start_ms - before.end_ms
    if cue.start_ms < before.start_ms:
        yield _problem(cue, "order", f"begins before cue {before.number}, which comes first")
    elif gap_ms < 0:
        yield _problem(cue, "overlap", f"begins {-gap_ms} ms before cue {before.number} ends")
    elif gap_ms < profile.min_gap_ms - _ROUNDING_MS:
        yield _problem(cue, "gap", f"{gap_ms} ms after cue {before.number}, at least {profile.min_gap_ms}")
    elif _is_stray(gap_ms, profile):
        least = profile.deliberate_gap_ms
        yield _problem(cue, "stray-gap", f"{gap_ms} ms after cue {before.number}: close it, or leave {least}", False)


def _is_stray(gap_ms: int, profile: Profile) -> bool:
    closed_ms = 3 * max(profile.min_gap_ms, 34) // 2  # the least gap at any usual frame rate counts as closed
    return closed_ms < gap_ms < profile.deliberate_gap_ms - _ROUNDING_MS


def _in_film(cue: TrackCue, film: Film) -> Iterator[Problem]:
    cuts = film.cuts_ms
    first = bisect_right(cuts, cue.start_ms + _ROUNDING_MS)
    crossed = cuts[first : bisect_left(cuts, cue.end_ms - _ROUNDING_MS)]
    if crossed:
        ends_with_shot = any(0 <= cut - cue.end_ms <= _AT_CUT_MS for cut in cuts[first:][len(crossed) :][:1])
        what = "spans" if ends_with_shot else "crosses"
        some = f"{what} {len(crossed)} cut{'s' * (len(crossed) > 1)}, the first {crossed[0] - cue.start_ms} ms in"
        yield _problem(cue, "crosses-cut", some, not ends_with_shot)
    if film.end_ms is not None and cue.end_ms > film.end_ms + _ROUNDING_MS:
        yield _problem(cue, "past-end", f"ends {cue.end_ms - film.end_ms} ms after the film")


def _problem(cue: TrackCue, rule: str, message: str, is_error: bool = True) -> Problem:
    return Problem(rule, message, cue.line, is_error, cue)
