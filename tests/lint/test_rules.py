"""Each rule finds what it is for, and nothing in a track that keeps to it."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path

import pytest

from vidcap.lint import PROFILES, Profile, Report, lint_track


def track(folder: Path, *cues: tuple[str, str, str]) -> Path:
    path = folder / "track.srt"
    blocks = [f"{n}\n{start} --> {end}\n{text}\n\n" for n, (start, end, text) in enumerate(cues, 1)]
    path.write_text("".join(blocks), encoding="utf-8")
    return path


def at(second: float) -> str:
    ms = round(second * 1000)
    return f"00:{ms // 60000:02}:{ms // 1000 % 60:02},{ms % 1000:03}"


def found(report: Report) -> list[tuple[str, int, bool]]:
    return [(problem.rule, problem.line, problem.is_error) for problem in report.problems]


CLEAN = (at(1), at(3), "A dog runs.")


@pytest.mark.parametrize("profile", PROFILES)
def test_a_good_track_is_clean(tmp_path: Path, profile: str) -> None:
    report = lint_track(track(tmp_path, CLEAN, (at(4), at(6), "A cat sleeps.")), profile)
    assert (report.problems, report.is_clean, report.cue_count) == ((), True, 2)


@pytest.mark.parametrize(
    ("profile", "cues", "problems"),
    [
        ("netflix", [(at(1), at(2), "A dog runs on grass.")], [("reading-speed", 2, True)]),
        ("netflix", [(at(1), at(4), "x" * 43)], [("line-width", 2, True)]),
        ("netflix", [(at(1), at(4), "a\nb\nc")], [("lines", 2, True)]),
        ("netflix", [(at(1), at(1.8), "A dog.")], [("too-short", 2, True)]),
        ("netflix", [(at(1), at(8.002), "A dog.")], [("too-long", 2, True)]),
        ("netflix", [CLEAN, (at(3.04), at(5), "A cat.")], [("gap", 6, True)]),
        ("netflix", [CLEAN, (at(3.3), at(5), "A cat.")], [("stray-gap", 6, False)]),
        ("netflix", [CLEAN, (at(2.9), at(5), "A cat.")], [("overlap", 6, True)]),
        ("netflix", [CLEAN, (at(0.1), at(0.95), "A cat.")], [("order", 6, True)]),
        ("netflix", [(at(2), at(2), "A cat.")], [("no-duration", 2, True)]),
        ("netflix", [(at(2), at(1), "A cat.")], [("no-duration", 2, True)]),
        ("netflix", [(at(1), at(3), "<i></i>")], [("empty", 2, True)]),
        ("bbc", [(at(1), at(4), "x" * 38)], [("line-width", 2, True)]),
        ("bbc", [(at(1), at(2), "a b c d")], [("word-speed", 2, True)]),
        ("bbc", [CLEAN, (at(3.9), at(5), "A cat.")], [("stray-gap", 6, False)]),
        ("descriptions", [(at(0), at(3), "A dog.")], [("starts-at-zero", 2, True)]),
    ],
)  # fmt: skip
def test_a_broken_rule_is_found_where_it_is_broken(
    tmp_path: Path, profile: str, cues: list[tuple[str, str, str]], problems: list[tuple[str, int, bool]]
) -> None:
    assert found(lint_track(track(tmp_path, *cues), profile)) == problems


@pytest.mark.parametrize(
    ("cuts", "problems"),
    [
        ([], []),
        ([1, 3], []),
        ([2], [("crosses-cut", 2, True)]),
        ([2, 5], [("crosses-cut", 2, True)]),
        ([2, 3.05], [("crosses-cut", 2, False)]),
        ([3.1], []),
    ],
)
def test_cues_that_cross_cuts_are_found(
    tmp_path: Path, cuts: list[float], problems: list[tuple[str, int, bool]]
) -> None:
    cuts_s = [Fraction(str(cut)) for cut in cuts]
    assert found(lint_track(track(tmp_path, CLEAN), cuts_s=cuts_s)) == problems


def test_cues_after_the_end_of_the_film_are_found(tmp_path: Path) -> None:
    assert found(lint_track(track(tmp_path, CLEAN), film_end_s=Fraction(5, 2))) == [("past-end", 2, True)]


def test_a_profile_of_ones_own_may_be_given_and_an_unknown_name_is_refused(tmp_path: Path) -> None:
    strict = Profile(name="mine", max_lines=0)
    assert found(lint_track(track(tmp_path, CLEAN), strict)) == [("lines", 2, True)]
    with pytest.raises(ValueError, match="bbc"):
        lint_track(track(tmp_path, CLEAN), "xyz")


def test_a_report_is_plain_values_for_json(tmp_path: Path) -> None:
    report = lint_track(track(tmp_path, (at(1), at(1.8), "A dog.")))
    record = report.record()
    assert record.pop("path").endswith("track.srt")
    assert record == {
        "profile": "netflix",
        "cues": 1,
        "errors": 1,
        "warnings": 0,
        "rules": {"too-short": 1},
        "problems": [
            {
                "severity": "error",
                "rule": "too-short",
                "line": 2,
                "cue": 1,
                "start": "00:00:01.000",
                "message": "800 ms, at least 833",
            }
        ],
    }
