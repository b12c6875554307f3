"""The formats for editors, spreadsheets and describers read back as they were given, whatever the text."""

from __future__ import annotations

import csv
import io
import json
import re
import xml.etree.ElementTree as ET
from fractions import Fraction

import opentimelineio as otio
import pysubs2
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.formats.ass import neutral
from vidcap.formats.edl import frame_at, timecode
from vidcap.formats.table import no_formula
from vidcap.timeline import clock
from vidcap.types import Cue

from ..tracks import quick, tracks
from .test_properties import expected, written

TT = "{http://www.w3.org/ns/ttml}"
DAPTM = "{http://www.w3.org/ns/ttml/profile/dapt#metadata}"
XML_ID = "{http://www.w3.org/XML/1998/namespace}id"


@quick
@given(tracks)
def test_dapt_is_xml_with_an_event_for_each_cue(cues: list[Cue]) -> None:
    root = ET.fromstring(written(cues, "dapt").encode())
    events = root.findall(f"{TT}body/{TT}div")
    want = expected(cues)
    assert [event.get("begin") for event in events] == [clock(one.start_ms) for one in want]
    assert [event.get("end") for event in events] == [clock(one.end_ms) for one in want]
    assert [event.get(XML_ID) for event in events] == [f"d{number}" for number in range(1, len(want) + 1)]
    assert [_lines(event[-1]) for event in events] == [tuple(map(_without_noncharacters, one.lines)) for one in want]


def _lines(p: ET.Element) -> tuple[str, ...]:
    assert p.tag == f"{TT}p"
    assert all(child.tag == f"{TT}br" and len(child) == 0 for child in p)
    return (p.text or "", *(child.tail or "" for child in p))


def _without_noncharacters(line: str) -> str:
    return line.replace("\ufffe", " ").replace("\uffff", " ")


def test_dapt_says_what_the_profile_asks_for() -> None:
    info = TrackInfo(language='en-GB"x', title="\x00A <title>")
    root = ET.fromstring("".join(render([], FORMATS["dapt"].writer(info))))
    ttp = "{http://www.w3.org/ns/ttml#parameter}"
    assert root.tag == f"{TT}tt"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == 'en-GB"x'
    assert root.get(f"{ttp}contentProfiles") == "http://www.w3.org/ns/ttml/profile/dapt1.0/content"
    assert root.get(f"{ttp}profile") is None
    assert root.get(f"{DAPTM}scriptRepresents") == "visual.nonText"
    assert root.get(f"{DAPTM}scriptType") in {
        "preRecording",
        "asRecorded",
        "originalTranscript",
        "translatedTranscript",
    }
    assert root.get(f"{DAPTM}langSrc") == "zxx"
    assert root.find(f"{TT}head/{TT}metadata/*").text == "A <title>"  # type: ignore[union-attr]


@quick
@given(tracks)
def test_ass_reads_back_with_its_documented_replacements(cues: list[Cue]) -> None:
    cues = [cue for cue in cues if cue.end_s < 35_000]
    events = pysubs2.SSAFile.from_string(written(cues, "ass")).events
    want = expected(cues)
    assert [event.text for event in events] == ["\\N".join(map(neutral, one.lines)) for one in want]
    assert [event.plaintext for event in events] == ["\n".join(map(neutral, one.lines)) for one in want]
    for event, one in zip(events, want, strict=True):
        assert abs(event.start - one.start_ms) <= 5
        assert abs(event.end - one.end_ms) <= 10
        assert event.start < event.end


@quick
@given(tracks)
def test_csv_reads_back_and_holds_no_formula(cues: list[Cue]) -> None:
    rows = list(csv.DictReader(io.StringIO(written(cues, "csv"), newline="")))
    want = expected(cues)
    assert [(int(row["start_ms"]), int(row["end_ms"])) for row in rows] == [(one.start_ms, one.end_ms) for one in want]
    assert [row["text"] for row in rows] == [no_formula(" ".join(one.lines)) for one in want]
    assert not [row for row in rows for name in ("text", "labels") if row[name].startswith(("=", "+", "-", "@"))]


@quick
@given(tracks)
def test_plain_text_is_a_line_for_each_cue(cues: list[Cue]) -> None:
    lines = written(cues, "txt").split("\n")
    assert lines.pop() == ""
    assert lines == [f"[{clock(one.start_ms)}] {' '.join(one.lines)}" for one in expected(cues)]


@quick
@given(tracks)
def test_an_edit_decision_list_has_three_lines_for_each_cue(cues: list[Cue]) -> None:
    header, *blocks = written(cues, "edl").removesuffix("\n\n").split("\n\n")
    assert header.startswith("TITLE: ")
    for block, one in zip(blocks, expected(cues), strict=True):
        event, locator, marker = block.split("\n")
        assert re.fullmatch(r"\d{3}  AX       V     C       ( \d\d:\d\d:\d\d:\d\d){4}", event)
        assert (
            locator.replace("RED ", "BLUE", 1)
            == f"* LOC: {timecode(frame_at(one.start_ms, Fraction(25)), Fraction(25))} BLUE    {marker_text(one.lines)}"
        )
        assert re.fullmatch(r" \|C:ResolveColor(Blue|Red) \|M:[^|]* \|D:[1-9]\d*", marker)


def marker_text(lines: tuple[str, ...]) -> str:
    return " ".join(lines).replace("|", "¦")


@pytest.mark.filterwarnings("ignore")
def test_an_edit_decision_list_is_read_by_opentimelineio() -> None:
    cues = [Cue(start_s=Fraction(k), end_s=Fraction(k + 1), lines=(f"Dog {k}.",)) for k in range(1, 4)]
    timeline = otio.adapters.read_from_string(written(cues, "edl"), "cmx_3600", rate=25)
    clips = list(timeline.find_clips())
    assert [marker.name for clip in clips for marker in clip.markers] == ["Dog 1.", "Dog 2.", "Dog 3."]
    assert [clip.source_range.start_time.value for clip in clips] == [25, 50, 75]


@quick
@given(tracks)
def test_a_timeline_has_a_marker_for_each_cue(cues: list[Cue]) -> None:
    timeline = otio.adapters.read_from_string(written(cues, "otio"), "otio_json")
    [clip] = timeline.find_clips()
    want = expected(cues)
    assert [marker.name for marker in clip.markers] == [" ".join(one.lines) for one in want]
    starts = [marker.marked_range.start_time.value for marker in clip.markers]
    assert starts == [frame_at(one.start_ms, Fraction(25)) for one in want]


@quick
@given(
    st.integers(0, 10**8), st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60)])
)
def test_a_frame_is_found_again_by_its_time(frame: int, rate: Fraction) -> None:
    from vidcap.timeline import to_ms

    assert frame_at(to_ms(frame / rate), rate) == frame


@quick
@given(tracks)
def test_each_format_that_can_say_so_marks_the_cues_that_stop_the_film(cues: list[Cue]) -> None:
    want = [cue.is_extended for cue in cues if expected([cue])]
    root = ET.fromstring(written(cues, "dapt").encode())
    types = [[d.get(f"{DAPTM}descType") for d in e] for e in root.findall(f"{TT}body/{TT}div")]
    assert ["x-extended" in each for each in types] == want
    assert written(cues, "vtt").count("\nextended-") == sum(want)
    assert [json.loads(line)["extended"] for line in written(cues, "jsonl").splitlines()] == want
    rows = csv.DictReader(io.StringIO(written(cues, "csv"), newline=""))
    assert [row["extended"] == "yes" for row in rows] == want
    assert written(cues, "edl").count("|C:ResolveColorRed") == sum(want)
    [clip] = otio.adapters.read_from_string(written(cues, "otio"), "otio_json").find_clips()
    assert [marker.color == "RED" for marker in clip.markers] == want
    assert len(re.findall(r"Default,extended,0,0,0", written(cues, "ass"))) == sum(want)
