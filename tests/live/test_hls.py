"""The HLS output: a folder that is valid at every moment, and what it shows is what was said."""

from __future__ import annotations

import logging
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.live.hls_rules import ReadPlaylist, check_spans, read_folder
from tests.live.scripts import at, cue, live, scene, seconds, tally
from vidcap.errors import OutputError
from vidcap.live import CueUpdate, LiveEvent, Tally
from vidcap.live.hls import HlsConfig, HlsSink, parse_offset
from vidcap.text import one_line
from vidcap.timeline import to_ms

HOSTILE = ["A man & a dog.", "<script>alert(1)</script>", "a --> b", "&lt;b&gt;", "Zwei Wörter", "日本", "x\x1b[31m"]


def written(folder: Path, events: Iterable[LiveEvent], *, close: bool = True, **settings: object) -> ReadPlaylist:
    sink = HlsSink(HlsConfig(hls=str(folder), **settings))  # type: ignore[arg-type]
    for event in events:
        sink.take(event)
    if close:
        sink.close()
    return read_folder(folder)


def texts(playlist: ReadPlaylist) -> list[list[tuple[int, int, str]]]:
    return [[(one.start_ms, one.end_ms, one.text) for one in segment.cues] for segment in playlist.segments]


def test_a_cue_is_in_each_segment_that_it_spans_with_the_same_times(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), cue(0, 1, 4), cue(1, 5, 13.5), tally(18)])
    spanning = (5000, 13500, "Cue 1.")
    assert texts(playlist) == [[(1000, 4000, "Cue 0."), spanning], [spanning], [spanning]]
    assert [segment.duration_s for segment in playlist.segments] == [6, 6, 6]
    assert (playlist.sequence, playlist.target_s, playlist.is_ended) == (0, 6, True)


def test_segments_without_cues_are_written_and_the_last_may_be_short(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), tally(6.5), tally(14.25)])
    assert texts(playlist) == [[], [], []]
    assert [segment.duration_s for segment in playlist.segments] == [6, 6, Fraction("2.25")]


def test_a_segment_is_written_as_soon_as_all_of_it_was_seen(tmp_path: Path) -> None:
    sink = HlsSink(HlsConfig(hls=str(tmp_path)))
    for event in [live(), cue(0, 1, 4), tally(5.999)]:
        sink.take(event)
    assert list(tmp_path.iterdir()) == []
    sink.take(tally(6))
    playlist = read_folder(tmp_path)
    assert (len(playlist.segments), playlist.is_ended) == (1, False)


def test_a_cue_that_is_still_open_goes_on_in_a_piece_that_touches(tmp_path: Path) -> None:
    steps_s = [Fraction(end) for end in (4, 8, 13, 20)]
    playlist = written(tmp_path, [live(), *scene(0, Fraction(1), steps_s, "A street.")])
    shown = sorted({(one.start_ms, one.end_ms) for segment in playlist.segments for one in segment.cues})
    assert shown == [(1000, 8000), (8000, 13000), (13000, 20000)]
    check_spans(playlist, 0)


def test_a_segment_waits_a_little_for_a_cue_that_is_not_sure_to_reach_its_end(tmp_path: Path) -> None:
    sink = HlsSink(HlsConfig(hls=str(tmp_path)))
    for event in [live(), cue(0, 1, 5, is_final=False), tally(7.5)]:
        sink.take(event)
    assert list(tmp_path.iterdir()) == []
    sink.take(cue(0, 1, 7))
    assert texts(read_folder(tmp_path)) == [[(1000, 7000, "Cue 0.")]]
    for event in [cue(1, 8, 9, is_final=False), tally(14)]:
        sink.take(event)
    assert texts(read_folder(tmp_path))[1] == [(1000, 7000, "Cue 0."), (8000, 9000, "Cue 1.")]
    for event in [cue(1, 8, 15, is_final=True), tally(20)]:
        sink.take(event)
    assert texts(read_folder(tmp_path))[2] == [(12000, 15000, "Cue 1.")]


def test_the_window_slides_and_old_files_go_away(tmp_path: Path) -> None:
    sink = HlsSink(HlsConfig(hls=str(tmp_path), hls_target_s=2, hls_window=4))
    (tmp_path / "index.m3u8").write_text("the camera's own")
    sink.take(live())
    for number in range(100):
        sink.take(cue(number, number, number + 0.9))
        sink.take(tally(number + 1))
        if number > 1:
            playlist = read_folder(tmp_path)
            check_spans(playlist, playlist.sequence * 2000)
            assert playlist.sequence == max(0, (number + 1) // 2 - 4)
            assert len(playlist.segments) == min(4, (number + 1) // 2)
    assert len(list(tmp_path.glob("captions-*.vtt"))) == 4 + 5
    assert (tmp_path / "index.m3u8").read_text() == "the camera's own"


def test_a_playlist_fetched_just_before_it_slid_can_still_be_played(tmp_path: Path) -> None:
    sink = HlsSink(HlsConfig(hls=str(tmp_path), hls_target_s=2, hls_window=4))
    sink.take(live())
    for end_s in range(2, 60, 2):
        before = read_folder(tmp_path).segments if end_s > 2 else ()
        for later_s in range(4):
            sink.take(tally(end_s + Fraction(later_s, 2)))
        assert all((tmp_path / segment.name).exists() for segment in before)


@pytest.mark.parametrize(
    ("text", "ticks"),
    [("0", 0), ("1.4", 126000), ("1.4s", 126000), ("126000t", 126000), ("1:00", 5_400_000), ("-2", -180_000)],
)
def test_an_offset_is_seconds_or_ticks_and_says_which(tmp_path: Path, text: str, ticks: int) -> None:
    assert parse_offset(text) == ticks
    playlist = written(tmp_path, [live(), tally(12)], hls_offset=text)
    for number, segment in enumerate(playlist.segments):
        assert segment.ticks(number * 6000) == (ticks + number * 540_000) % (1 << 33)


def stamped(media_s: float, stamp_s: float) -> Tally:
    return replace(tally(media_s), frame_media_s=seconds(media_s), frame_stamp_s=seconds(stamp_s))


def test_without_an_offset_the_stamps_of_the_source_are_taken(tmp_path: Path) -> None:
    events = [live(), stamped(0.5, 3600.5), stamped(6, 3606.01), stamped(13, 3613)]
    playlist = written(tmp_path, events)
    assert {(segment.local_ms, segment.mpegts) for segment in playlist.segments} == {(0, 3600 * 90_000)}


def test_stamps_that_jump_are_followed_from_the_start_of_the_connection(tmp_path: Path) -> None:
    events = [live(), stamped(1, 101), stamped(7, 107), live(20.5), stamped(21, 130.5), stamped(36, 145.5)]
    playlist = written(tmp_path, events)
    assert [segment.duration_s for segment in playlist.segments][:5] == [6, 6, 6, Fraction("2.5"), 6]
    assert not any(segment.begins_anew for segment in playlist.segments)
    assert playlist.segments[3].ticks(18_000) == 118 * 90_000
    assert playlist.segments[4].ticks(20_500) == 130 * 90_000


def test_stamps_are_compared_modulo_their_33_bits(tmp_path: Path) -> None:
    wrap_s = Fraction(1 << 33, 90_000)
    playlist = written(tmp_path, [live(), stamped(1, wrap_s - 4), stamped(9, 4), stamped(20, 15)])
    assert [segment.duration_s for segment in playlist.segments] == [6, 6, 6, 2]
    assert playlist.segments[0].ticks(5_000) == 0


def test_an_offset_that_is_said_wins_over_the_stamps(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), stamped(1, 500), stamped(7, 506)], hls_offset="2")
    assert playlist.segments[0].ticks(0) == 180_000


def test_without_a_wrap_the_map_is_the_same_in_every_segment(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), tally(60)], hls_offset="126000t")
    assert {(segment.local_ms, segment.mpegts) for segment in playlist.segments} == {(0, 126000)}


def test_stamps_wrap_at_33_bits_and_each_segment_after_it_maps_its_own_start(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), tally(30)], hls_offset=f"{(1 << 33) - 900_000}t")
    assert [segment.local_ms for segment in playlist.segments] == [0, 6000, 12000, 18000, 24000]
    assert playlist.segments[2].mpegts == 180_000


@pytest.mark.parametrize("bad", ["", "soon", "1.4x", "t", "1e9999999"])
def test_an_offset_that_means_nothing_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="not a time"):
        HlsConfig(hls="x", hls_offset=bad)


def test_wall_times_follow_the_stream(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), tally(6), tally(12)])
    assert [segment.starts_at for segment in playlist.segments] == [at(0), at(6)]


def test_a_camera_that_comes_back_begins_a_discontinuity_where_asked(tmp_path: Path) -> None:
    events = [live(), cue(0, 1, 4), tally(7.5), live(20.5), cue(1, 21, 23), tally(30)]
    playlist = written(tmp_path, events, hls_discontinuity=True, hls_offset="1")
    assert [segment.duration_s for segment in playlist.segments] == [6, 6, 6, Fraction("2.5"), 6, Fraction("3.5")]
    assert [segment.begins_anew for segment in playlist.segments] == [False, False, False, False, True, False]
    assert playlist.segments[4].ticks(20_500) == 90_000
    assert playlist.segments[3].ticks(20_000) == 21 * 90_000


def test_a_discontinuity_leaves_the_outage_out_as_the_camera_does(tmp_path: Path) -> None:
    lost = replace(tally(18), frame_media_s=seconds(7.5), frame_stamp_s=seconds(107.5))
    back = replace(tally(30), frame_media_s=seconds(30), frame_stamp_s=seconds(11))
    events = [live(), cue(0, 1, 4), stamped(7.5, 107.5), lost, live(20.5), stamped(21, 2), cue(1, 21, 23), back]
    playlist = written(tmp_path, events, hls_discontinuity=True)
    assert [segment.duration_s for segment in playlist.segments] == [6, Fraction("1.5"), 6, Fraction("3.5")]
    assert [segment.begins_anew for segment in playlist.segments] == [False, False, True, False]
    assert [segment.ticks(ms) for segment, ms in zip(playlist.segments, (0, 6000, 20_500, 26_500), strict=True)] == [
        100 * 90_000,
        106 * 90_000,
        135_000,
        7.5 * 90_000,
    ]
    assert playlist.segments[2].starts_at == at(20.5)


def test_a_camera_that_comes_back_changes_nothing_unless_asked(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), tally(7.5), live(20.5), tally(30)])
    assert not any(segment.begins_anew for segment in playlist.segments)
    assert "DISCONTINUITY" not in (tmp_path / "captions.m3u8").read_text()


def test_discontinuities_that_left_the_playlist_are_counted(tmp_path: Path) -> None:
    events = [live(), *(event for start in range(10, 100, 10) for event in (live(start), tally(start + 9.5)))]
    playlist = written(tmp_path, events, hls_discontinuity=True, hls_window=4)
    shown = sum(segment.begins_anew for segment in playlist.segments)
    assert playlist.discontinuity_sequence + shown == 9
    assert playlist.discontinuity_sequence > 4


def test_a_long_outage_leaves_only_the_last_segments(tmp_path: Path) -> None:
    playlist = written(tmp_path, [live(), cue(0, 1, 4), tally(7), live(86400), cue(1, 86401, 86404), tally(86412)])
    assert len(playlist.segments) == 10
    assert playlist.sequence == 86412 // 6 - 10
    assert texts(playlist)[-2] == [(86401000, 86404000, "Cue 1.")]


def test_a_new_run_in_the_same_folder_goes_on_counting(tmp_path: Path) -> None:
    first = written(tmp_path, [live(), tally(18)])
    second = written(tmp_path, [live(), tally(12)], close=False)
    assert (first.sequence + len(first.segments), second.sequence) == (3, 3)
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "captions-00000003.vtt",
        "captions-00000004.vtt",
        "captions.m3u8",
    ]


def test_nothing_seen_writes_nothing(tmp_path: Path) -> None:
    sink = HlsSink(HlsConfig(hls=str(tmp_path / "new")))
    sink.close()
    assert list((tmp_path / "new").iterdir()) == []


def test_a_folder_that_can_not_be_one_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match=r"file: .*exists|file: .*not a directory"):
        HlsSink(HlsConfig(hls=str(tmp_path / "file")))


def test_what_could_not_be_written_is_written_when_it_is_possible_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "hls"
    sink = HlsSink(HlsConfig(hls=str(folder)))
    sink.take(live())
    sink.take(tally(6))
    shutil.rmtree(folder)
    with caplog.at_level(logging.WARNING):
        for event in [cue(0, 7, 9), tally(12), tally(18)]:
            sink.take(event)
    assert len(caplog.records) == 1
    folder.mkdir()
    sink.take(tally(24))
    assert [path.name for path in sorted(folder.glob("*.vtt"))] == [f"captions-{n:08}.vtt" for n in (1, 2, 3)]
    assert "Cue 0." in (folder / "captions-00000001.vtt").read_text()


@st.composite
def streams(draw: st.DrawFn) -> list[LiveEvent]:
    """Scenes that are opened, held and closed in steps, with pauses and tallies anywhere between."""
    events: list[LiveEvent] = [live()]
    now_s = Fraction(0)
    step = st.fractions(Fraction(1, 30), Fraction(9), max_denominator=30)
    for number in range(draw(st.integers(0, 8))):
        now_s += draw(st.one_of(st.just(Fraction(0)), step))
        start_s, steps_s = now_s, []
        for _ in range(draw(st.integers(1, 4))):
            now_s += draw(step)
            steps_s.append(now_s)
        events += scene(number, start_s, steps_s, draw(st.sampled_from(HOSTILE)))
    return [*events, tally(now_s + draw(step))]


def runs(pieces: Iterable[tuple[int, int, str]]) -> Iterator[tuple[int, int, str]]:
    """Join pieces of the same text that touch."""
    held: tuple[int, int, str] | None = None
    for start_ms, end_ms, text in sorted(set(pieces)):
        if held and held[1] == start_ms and held[2] == text:
            held = (held[0], end_ms, text)
        else:
            if held:
                yield held
            held = (start_ms, end_ms, text)
    if held:
        yield held


@given(events=streams(), target_s=st.integers(1, 7))
def test_any_stream_makes_a_folder_that_shows_what_was_said(
    tmp_path_factory: pytest.TempPathFactory, events: list[LiveEvent], target_s: int
) -> None:
    folder = tmp_path_factory.mktemp("hls")
    sink = HlsSink(HlsConfig(hls=str(folder), hls_target_s=target_s, hls_window=400))
    for event in events:
        sink.take(event)
        if (folder / "captions.m3u8").exists():
            check_spans(read_folder(folder), 0)
    sink.close()
    playlist = read_folder(folder)
    check_spans(playlist, 0)
    said = {event.number: event.cue for event in events if isinstance(event, CueUpdate)}
    expected = [(to_ms(one.start_s), to_ms(one.end_s), one_line(one.text)) for one in said.values()]
    shown = [(one.start_ms, one.end_ms, one.text) for segment in playlist.segments for one in segment.cues]
    assert list(runs(shown)) == list(runs(expected))
