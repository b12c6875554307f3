"""Files of anybody are read as far as they can be, and their mistakes told with line numbers."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.errors import SourceError
from vidcap.lint import read_track
from vidcap.lint.read_srt import read_srt
from vidcap.lint.read_ttml import read_ttml
from vidcap.lint.read_vtt import read_vtt

from ..tracks import FRAGMENTS, quick

SRT = "1\n00:00:01,000 --> 00:00:02,500\n<i>A dog</i>\n{\\an8}runs.\n\n2\n00:00:03,000 --> 00:00:04,000\nA cat.\n\n"
VTT = (
    "WEBVTT - title\n\nNOTE\nhi\n\nid\n00:01.000 --> 00:00:02.500 line:0\n<v Bob>A &amp; B</v>\nruns.\n\n"
    "00:03.000 --> 00:04.000\nA cat.\n"
)
TTML = (
    '<?xml version="1.0"?>\n<tt xmlns="http://www.w3.org/ns/ttml" xmlns:ttp="http://www.w3.org/ns/ttml#parameter"'
    ' ttp:frameRate="25">\n<head><metadata/></head><body begin="1s">\n<div begin="00:00:00.5" end="4s">\n'
    '<p end="1500ms">A <span>dog</span><br/>\n   runs.</p>\n'
    '<p begin="00:00:01:05" dur="1s"><metadata>no</metadata>A cat.</p>\n'
    "</div></body></tt>\n"
)  # fmt: skip


def cues(read: tuple[list, list]) -> list[tuple[int, int, int, tuple[str, ...]]]:  # type: ignore[type-arg]
    return [(cue.line, cue.start_ms, cue.end_ms, cue.lines) for cue in read[0]]


def mistakes(read: tuple[list, list]) -> list[tuple[int, bool]]:  # type: ignore[type-arg]
    return [(problem.line, problem.is_error) for problem in read[1]]


@pytest.mark.parametrize(
    ("read", "expected"),
    [
        (read_srt(SRT), [(2, 1000, 2500, ("A dog", "runs.")), (7, 3000, 4000, ("A cat.",))]),
        (read_vtt(VTT), [(7, 1000, 2500, ("A & B", "runs.")), (11, 3000, 4000, ("A cat.",))]),
        (read_ttml(TTML), [(5, 1500, 3000, ("A dog", "runs.")), (7, 2700, 3700, ("A cat.",))]),
    ],
)  # fmt: skip
def test_a_well_written_file_is_read_without_a_mistake(read: tuple, expected: list) -> None:  # type: ignore[type-arg]
    assert cues(read) == expected
    assert mistakes(read) == []


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", []),
        ("hello\n", [(1, True)]),
        (SRT.replace("00:00:01,000", "00:00:61,000"), [(2, True)]),
        (SRT.replace("00:00:01,000", "00:00:01.000"), [(2, False)]),
        (SRT.replace("00:00:01,000", "00:00:01,0"), [(2, True)]),
        (SRT.replace("00:00:01,000", "one"), [(2, True), (6, False)]),
        (SRT.replace("2\n00:00:03", "3\n00:00:03"), [(6, False)]),
        (SRT.replace("2\n00:00:03", "00:00:03"), [(6, True)]),
        (SRT.replace("runs.\n", "runs.\n\nlost\n"), [(6, True)]),
        (SRT.replace("runs.\n\n", "runs.\n"), [(5, True)]),
    ],
)
def test_mistakes_of_subrip_are_found_in_their_line(text: str, where: list[tuple[int, bool]]) -> None:
    assert mistakes(read_srt(text)) == where


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", [(1, True)]),
        (VTT.replace("WEBVTT", "WEBVT"), [(1, True), (1, True)]),
        (VTT.replace("title\n\n", "title\nKind: captions\n\n"), [(2, False)]),
        ("WEBVTT\n00:01.000 --> 00:02.000\nhi\n", [(2, True)]),
        (VTT.replace("00:01.000 -", "00:01,000 -"), [(7, True)]),
        (VTT.replace("00:01.000 -", "00:61.000 -"), [(7, True)]),
        (VTT.replace("&amp;", "&"), [(8, False)]),
        (VTT.replace("runs.", "1 < 2"), [(9, True)]),
        (VTT.replace("runs.", "a --> b"), [(9, True), (9, True)]),
        (VTT + "\nlost\n", [(14, True)]),
    ],
)
def test_mistakes_of_webvtt_are_found_in_their_line(text: str, where: list[tuple[int, bool]]) -> None:
    assert mistakes(read_vtt(text)) == where


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ("", [(1, True)]),
        ("<tt/>", [(1, True)]),
        (TTML.replace("</div>", ""), [(8, True)]),
        (TTML.replace("1500ms", "soon"), [(5, True)]),
        (TTML.replace(' end="4s"', "").replace(' end="1500ms"', ""), [(5, True)]),
        (TTML.replace("<tt", '<!DOCTYPE x [<!ENTITY a "b">]>\n<tt', 1), [(2, True)]),
        (TTML.replace("</head>", "</head>" + "<a>" * 200, 1), [(3, True)]),
    ],
)
def test_mistakes_of_ttml_are_found_in_their_line(text: str, where: list[tuple[int, bool]]) -> None:
    assert mistakes(read_ttml(text)) == where


def test_entities_can_not_fill_the_memory() -> None:
    bomb = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
    text = (
        f'<!DOCTYPE tt [<!ENTITY a0 "ha">{bomb}]><tt xmlns="http://www.w3.org/ns/ttml"><body><p>&a11;</p></body></tt>'
    )
    assert mistakes(read_ttml(text)) == [(1, True)]


@pytest.mark.parametrize("reader", [read_srt, read_vtt, read_ttml])
@quick
@given(
    pieces=st.lists(
        st.sampled_from([*FRAGMENTS, *SRT.split("\n"), *VTT.split("\n"), *TTML.split("\n"), "\n"]), max_size=12
    )
)
def test_nothing_makes_a_reader_fail(reader: object, pieces: list[str]) -> None:
    reader("\n".join(pieces))  # type: ignore[operator]


def test_windows_files_are_read_like_others(tmp_path: Path) -> None:
    path = tmp_path / "a.SRT"
    path.write_bytes(b"\xef\xbb\xbf" + SRT.replace("\n", "\r\n").encode())
    assert cues(read_track(path)) == cues(read_srt(SRT))
    assert mistakes(read_track(path)) == []


def test_what_is_not_utf8_is_told_and_read_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "a.srt"
    path.write_bytes(SRT.replace("cat", "caf\xe9").encode("latin-1"))
    assert mistakes(read_track(path)) == [(8, True)]
    assert cues(read_track(path))[1][3] == ("A café.",)


@pytest.mark.parametrize("name", ["no.srt", "a.mp4", "folder.srt", "a\0.srt"])
def test_what_can_not_be_read_is_an_error_of_one_line(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.srt").mkdir()
    (tmp_path / "a.mp4").write_text("x")
    with pytest.raises(SourceError) as caught:
        read_track(f"{tmp_path}/{name}")
    assert "\n" not in str(caught.value)


def test_times_of_endless_digits_are_mistakes_not_errors_of_ours() -> None:
    digits = "9" * 100_000
    assert mistakes(read_srt(f"1\n{digits}:00:00,000 --> {digits}:00:01,000\nx\n\n"))
    assert mistakes(read_srt(f"{digits}\n00:00:00,000 --> 00:00:01,000\nx\n\n"))
    assert mistakes(read_vtt(f"WEBVTT\n\n{digits}:00:00.000 --> {digits}:00:01.000\nx\n"))
    assert mistakes(read_ttml(TTML.replace("1500ms", f"{digits}ms")))
    assert mistakes(read_ttml(TTML.replace('frameRate="25"', 'frameRate="1e999999999"')))
