"""Outputs that others read while they are written."""

from __future__ import annotations

import io
import json
import os
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from tests.live.scripts import BEGAN, at, cue, live, tally
from vidcap.errors import OutputClosed, OutputError
from vidcap.formats import FORMATS
from vidcap.lint import read_track
from vidcap.live import LiveEvent, LiveSink, State, StreamState
from vidcap.live.outputs import JsonSink, LineSink, SinkSet, TrackSink
from vidcap.live.outputs.rotating import Rotation, parse_period

KINDS = ("vtt", "srt")


def session() -> list[LiveEvent]:
    """A cue that grows, one that is said at once, an odd one, across ten minutes and a hundred hours."""
    far_s = 359_998
    return [
        live(),
        cue(0, 0.001, 4, is_final=False),
        tally(4),
        cue(0, 0.001, 8, is_final=False),
        cue(0, 0.001, 599.9, is_final=False),
        cue(0, 0.001, 600.5),
        cue(1, 601, 602, "a --> b", "<i>x & y"),
        cue(2, far_s, far_s + 1, is_final=False),
        cue(2, far_s, far_s + 4),
        cue(3, far_s + 5, far_s + 6),
    ]


@pytest.mark.parametrize("kind", KINDS)
def test_a_track_is_valid_at_every_moment(kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, seen = tmp_path / f"live.{kind}", []
    write = os.pwrite

    def watched(file: int, piece: bytes, place: int) -> int:
        written = write(file, piece, place)
        seen.append(read_track(path))
        return written

    monkeypatch.setattr(os, "pwrite", watched)
    sink = TrackSink(path, FORMATS[kind])
    for event in session():
        sink.take(event)
    sink.close()
    assert len(seen) >= 8
    assert not [problems for _, problems in seen if problems]
    assert [len(cues) for cues, _ in seen][-6:] == [1, 1, 2, 3, 3, 4]
    times_ms = [(each.start_ms, each.end_ms) for each in seen[-1][0]]
    far_ms = 359_998_000
    assert times_ms == [(1, 600_500), (601_000, 602_000), (far_ms, far_ms + 4000), (far_ms + 5000, far_ms + 6000)]


@pytest.mark.parametrize("kind", KINDS)
def test_a_full_disk_leaves_a_valid_track_and_later_cues_are_written(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, write = tmp_path / f"live.{kind}", os.pwrite
    is_full = False

    def limited(file: int, piece: bytes, place: int) -> int:
        if is_full:
            write(file, piece[:5], place)
            raise OSError(28, "No space left on device")
        return write(file, piece, place)

    monkeypatch.setattr(os, "pwrite", limited)
    sink = TrackSink(path, FORMATS[kind])
    sink.take(cue(0, 1, 2))
    before, is_full = path.read_text(), True
    with pytest.raises(OutputError, match="no space left"):
        sink.take(cue(1, 3, 4))
    assert path.read_text() == before
    is_full = False
    sink.take(cue(2, 5, 6))
    sink.close()
    assert "Cue 2." in path.read_text()


def test_a_track_that_is_there_is_kept_unless_told_otherwise(tmp_path: Path) -> None:
    path = tmp_path / "live.vtt"
    path.write_text("old")
    with pytest.raises(OutputError, match="exists already"):
        TrackSink(path, FORMATS["vtt"])
    TrackSink(path, FORMATS["vtt"], overwrite=True).close()
    assert path.read_text() == "WEBVTT\n\n"
    with pytest.raises(OutputError, match="a live track is one of"):
        TrackSink(tmp_path / "live.ass", FORMATS["ass"])


def test_rotation_puts_files_aside_and_begins_their_times_anew(tmp_path: Path) -> None:
    path = tmp_path / "live.vtt"
    path.write_text("of the last run")
    sink = TrackSink(path, FORMATS["vtt"], rotation=Rotation(timedelta(hours=1)))
    for number in range(4):
        sink.take(cue(number, 10 + 1800 * number, 12 + 1800 * number))
    sink.close()
    names = sorted(each.name for each in tmp_path.iterdir())
    assert len(names) == 3
    assert "live-20260301T120010Z.vtt" in names
    assert "00:00:10.000 --> 00:00:12.000" in (tmp_path / "live-20260301T120010Z.vtt").read_text()
    assert "00:30:10.000 --> 00:30:12.000" in (tmp_path / "live-20260301T120010Z.vtt").read_text()
    assert path.read_text().startswith("WEBVTT\n\n00:00:00.000 --> 00:00:02.000")


def test_json_lines_tell_wall_time_delay_and_a_masked_source(tmp_path: Path) -> None:
    path = tmp_path / "live.jsonl"
    path.write_text('{"type": "of the last run"}\n')
    sink = JsonSink(path, "rtsp://user:geheim@camera/x?token=geheim")
    for event in (*session()[:6], StreamState(State.WAITING, "the stream broke off", at(9), 1, 0.5), tally(20)):
        sink.take(event)
    sink.close()
    assert "geheim" not in path.read_text()
    records = [json.loads(line) for line in path.read_text().splitlines()]
    assert [record["type"] for record in records] == [
        "of the last run", "state", "cue", "tally", "cue_end", "state", "tally",
    ]  # fmt: skip
    said = records[2]
    assert said["starts_at"] == "2026-03-01T12:00:00.001Z"
    assert (said["start_ms"], said["delay_s"], said["confidence"]) == (1, 0.5, 0.75)
    assert said["source"] == "rtsp://***@camera/x?token=***"
    assert records[4]["ends_at"] == "2026-03-01T12:10:00.500Z"
    assert {"frames_in", "frames_dropped", "reconnects", "delay_p50_s", "delay_p95_s"} <= records[3].keys()


def test_lines_are_written_once_a_cue() -> None:
    stream = io.BytesIO()
    sink = LineSink(stream)
    for event in session()[:7]:
        sink.take(event)
    assert stream.getvalue().decode().splitlines() == ["00:00:00.001  Cue 0.", "00:10:01.000  a --> b <i>x & y"]


class Failing:
    """Fails while it is told to."""

    def __init__(self, error: Callable[[], Exception]) -> None:
        self.error: Callable[[], Exception] | None = error
        self.taken: list[LiveEvent] = []

    def take(self, event: LiveEvent) -> None:
        if self.error is not None:
            raise self.error()
        self.taken.append(event)

    def close(self) -> None: ...


def test_an_output_that_fails_is_told_once_and_does_not_stop_the_others(caplog: pytest.LogCaptureFixture) -> None:
    failing, stream = Failing(lambda: OutputError("live.vtt", "can't be written: no space left")), io.BytesIO()
    sinks: list[LiveSink] = [failing, LineSink(stream)]
    several = SinkSet(sinks)
    for number in range(3):
        several.take(cue(number, number * 2 + 1, number * 2 + 2))
    assert several.is_broken
    assert len(stream.getvalue().splitlines()) == 3
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    failing.error = None
    several.take(cue(3, 9, 10))
    assert not several.is_broken
    assert len(failing.taken) == 1


def test_an_output_that_is_broken_does_not_work_again_by_what_it_never_writes(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    several = SinkSet([JsonSink(tmp_path / "a.jsonl", "camera")])

    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", full)
        several.take(cue(0, 1, 2, is_final=False))
        several.take(cue(0, 1, 3, is_final=False))  # of which it writes nothing
        several.take(cue(0, 1, 4))
    several.take(tally(5))
    assert several.is_broken
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    several.take(cue(1, 5, 6))
    assert not several.is_broken


def test_a_reader_that_went_away_is_told() -> None:
    with pytest.raises(OutputClosed):
        SinkSet([Failing(lambda: OutputClosed("-", "the reader went away"))]).take(cue(0, 1, 2))


@pytest.mark.parametrize("text", ["", "h", "1", "0h", "1w", "-1h", "1.5h", "٣h", "99999999999h"])
def test_what_is_no_period_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not a period"):
        parse_period(text)


def test_files_end_at_full_hours_of_the_wall_clock() -> None:
    rotation = Rotation(timedelta(hours=1))
    assert not rotation.is_due(BEGAN + timedelta(minutes=50))
    assert not rotation.is_due(BEGAN + timedelta(minutes=59))
    assert rotation.is_due(BEGAN + timedelta(minutes=60))


def test_figures_go_on_being_written_when_the_date_is_set_back(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    sink = JsonSink(path, "camera")
    for second in range(60):
        date = BEGAN + timedelta(seconds=second) - timedelta(hours=2 if second > 15 else 0)
        sink.take(replace(tally(second), at=date))
    sink.close()
    uptimes_s = [json.loads(line)["uptime_s"] for line in path.read_text().splitlines()]
    assert uptimes_s == [0, 10, 20, 30, 40, 50, 59]
