"""A film with a track: all of the film is there, players find the track, and nothing half done is left."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from io import FileIO
from pathlib import Path
from typing import Any

import av
import pytest

from vidcap.errors import OutputError, SourceError, SourceUnsupported
from vidcap.mux import MuxConfig, cues_of_track, mux_track
from vidcap.sources.protocols import Target
from vidcap.sources.reading import Reader
from vidcap.types import Cue

Probe = Callable[[Path], dict[str, Any]]
CUES = [
    Cue(start_s=Fraction(1), end_s=Fraction(5, 2), lines=("A dog runs & jumps <on> a --> beach.",)),
    Cue(start_s=Fraction(5), end_s=Fraction(6), lines=("Two girls", "play.")),
]


def kinds(seen: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(one["codec_type"], one.get("codec_name")) for one in seen["streams"] if one["codec_type"] != "data"]


def facts(stream: dict[str, Any]) -> dict[str, Any]:
    """What must not change when a stream is copied."""
    names = [
        "codec_name",
        "width",
        "height",
        "pix_fmt",
        "r_frame_rate",
        "sample_rate",
        "channels",
    ]
    marks = {name for name, is_set in stream["disposition"].items() if is_set and name != "default"}
    turned = [side.get("rotation") for side in stream.get("side_data_list", []) if "rotation" in side]
    shown = {name: stream.get(name) for name in names}
    shape = stream.get("sample_aspect_ratio", "1:1")
    return shown | {"marks": marks, "packets": stream["nb_read_packets"], "turned": turned, "shape": shape}


def description(seen: dict[str, Any]) -> dict[str, Any]:
    [one] = [stream for stream in seen["streams"] if stream["disposition"]["descriptions"]]
    return dict(one)


@pytest.mark.parametrize(
    ("film", "output"),
    [
        ("full.mkv", "out.mkv"), ("turned.mp4", "out.mkv"), ("turned.mp4", "out.mp4"), ("cover.mp4", "out.mp4"),
        ("small.webm", "out.webm"), ("small.webm", "out.mkv"), ("wide.mp4", "out.mkv"), ("full.mkv", "out.mp4"),
        ("late.ts", "out.mkv"), ("late.ts", "out.mp4"),
    ],
)  # fmt: skip
def test_sound_and_pictures_are_copied_whole_with_all_that_is_said_about_them(
    shelf: Path, tmp_path: Path, probe: Probe, film: str, output: str
) -> None:
    mux_track(shelf / film, CUES, tmp_path / output)
    before, after = probe(shelf / film), probe(tmp_path / output)
    for kind in ("video", "audio"):
        old = [facts(one) for one in before["streams"] if one["codec_type"] == kind]
        new = [facts(one) for one in after["streams"] if one["codec_type"] == kind]
        assert new == old
    assert os.listdir(tmp_path) == [output]


def test_matroska_keeps_everything(shelf: Path, tmp_path: Path, probe: Probe) -> None:
    assert mux_track(shelf / "full.mkv", CUES, tmp_path / "out.mkv").left_out == ()
    before, after = probe(shelf / "full.mkv"), probe(tmp_path / "out.mkv")
    added = [("subtitle", "subrip")]
    assert sorted(kinds(after)) == sorted(kinds(before) + added)
    assert [one["tags"]["title"] for one in after["chapters"]] == ["One", "Two"]
    assert [one["end_time"] for one in after["chapters"]] == [one["end_time"] for one in before["chapters"]]
    assert after["format"]["tags"]["title"] == "A day & a half"
    [font] = [one for one in after["streams"] if one["codec_type"] == "attachment"]
    assert (font["tags"]["filename"], font["tags"]["mimetype"]) == ("note.ttf", "font/ttf")
    [cover] = [one for one in after["streams"] if one["disposition"]["attached_pic"]]
    assert cover["tags"]["filename"] == "cover.png"
    [german] = [one for one in after["streams"] if one.get("tags", {}).get("language") == "deu"]
    assert german["nb_read_packets"] == "2"


@pytest.mark.skipif(shutil.which("mkvmerge") is None, reason="needs mkvmerge (Debian: mkvtoolnix)")
def test_mkvmerge_finds_a_text_track_marked_as_descriptions(shelf: Path, tmp_path: Path) -> None:
    config = MuxConfig(language="en-GB", title="What is seen")
    mux_track(shelf / "full.mkv", CUES, tmp_path / "out.mkv", config)
    told = run("mkvmerge", "-J", str(tmp_path / "out.mkv"))
    track = json.loads(told)["tracks"][-1]
    assert (track["codec"], track["properties"]["track_name"]) == ("SubRip/SRT", "What is seen")
    assert (track["properties"]["language"], track["properties"]["default_track"]) == ("eng", False)
    assert track["properties"]["flag_text_descriptions"] is True
    [comments] = [one for one in json.loads(told)["tracks"] if one["properties"].get("flag_commentary")]
    assert comments["properties"]["track_name"] == "Comments"
    mux_track(shelf / "small.webm", CUES, tmp_path / "out.webm", config)
    told = run("mkvinfo", str(tmp_path / "out.webm")).decode()
    assert "Codec ID: D_WEBVTT/DESCRIPTIONS" in told
    assert "Name: What is seen" in told


@pytest.mark.skipif(shutil.which("mediainfo") is None, reason="needs mediainfo")
def test_mediainfo_tells_the_same_of_the_film_and_of_its_copy(shelf: Path, tmp_path: Path) -> None:
    mux_track(shelf / "full.mkv", CUES, tmp_path / "out.mkv")
    told = [
        json.loads(run("mediainfo", "--Output=JSON", str(path))) for path in (shelf / "full.mkv", tmp_path / "out.mkv")
    ]
    names = [
        "Format",
        "Format_Profile",
        "Width",
        "Height",
        "FrameRate",
        "FrameCount",
        "ColorSpace",
        "Channels",
        "Language",
        "Title",
    ]
    before, after = (
        [{n: t.get(n) for n in names} for t in one["media"]["track"] if t["@type"] in ("Video", "Audio")]
        for one in told
    )
    assert after == before


def run(*command: str) -> bytes:
    return subprocess.run(command, check=True, capture_output=True, timeout=60).stdout


def test_a_shape_of_pixels_that_would_be_lost_is_told(shelf: Path, tmp_path: Path) -> None:
    from .conftest import ffmpeg

    ffmpeg(tmp_path, "-i", str(shelf / "small.webm"), "-map", "0:v", "-c", "copy", "-aspect", "2", "wide.webm")
    assert mux_track(tmp_path / "wide.webm", CUES, tmp_path / "out.mkv").left_out == ("pixels of shape 3:2 (stream 0)",)
    assert mux_track(tmp_path / "wide.webm", CUES, tmp_path / "out.mp4").left_out == ()


@pytest.mark.parametrize("output", ["out.mkv", "out.mp4"])
def test_the_track_is_marked_named_and_has_its_language(shelf: Path, tmp_path: Path, probe: Probe, output: str) -> None:
    config = MuxConfig(language="de", title="Bildbeschreibung", default=True)
    mux_track(shelf / "turned.mp4", CUES, tmp_path / output, config)
    track = description(probe(tmp_path / output))
    assert track["tags"]["language"] == ("ger" if output == "out.mkv" else "deu")
    assert "Bildbeschreibung" in (track["tags"].get("title"), track["tags"].get("handler_name"))
    assert track["disposition"]["default"] == 1


@pytest.mark.parametrize("output", ["out.mkv", "out.webm", "out.mp4"])
def test_what_is_read_back_is_what_was_written_and_the_films_own_subtitles_too(
    shelf: Path, tmp_path: Path, output: str
) -> None:
    mux_track(shelf / "small.webm", CUES, tmp_path / output)
    done = subprocess.run(
        ["ffmpeg", "-v", "error", "-i", str(tmp_path / output), "-map", "0:s:1", "-f", "webvtt", "-"],
        check=True, capture_output=True, timeout=60,
    )  # fmt: skip
    text = done.stdout.decode()
    assert "Two girls\nplay." in text
    assert "runs &" in text.replace("&amp;", "&")
    with av.open(str(tmp_path / output)) as film:
        spoken = [bytes(p) for p in film.demux(film.streams.subtitles[0]) if p.size > 2]
    assert [b"Hello." in spoken[0], b"Bye." in spoken[1]] == [True, True]


def test_a_film_that_begins_late_is_moved_to_zero_with_its_track(shelf: Path, tmp_path: Path) -> None:
    mux_track(shelf / "late.ts", CUES, tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as film:
        first: dict[int, Fraction] = {}
        for packet in film.demux():
            if packet.size:
                first.setdefault(packet.stream.index, Fraction(packet.pts or 0) * (packet.time_base or 1))
        assert first[0] < Fraction(1, 5)
        assert abs(first[2] - 1) < Fraction(1, 10)


def test_text_far_behind_the_film_and_out_of_order_is_kept(shelf: Path, tmp_path: Path) -> None:
    late = Cue(start_s=Fraction(3570), end_s=Fraction(3571), lines=("Nobody is left.",))
    assert mux_track(shelf / "wide.mp4", [late, *CUES], tmp_path / "out.mkv").cues == 3
    assert mux_track(shelf / "wide.mp4", [late, *CUES], tmp_path / "out.mp4").cues == 3


def test_texts_lie_among_the_packets_of_their_time(shelf: Path, tmp_path: Path) -> None:
    mux_track(shelf / "wide.mp4", CUES, tmp_path / "out.mkv")
    with av.open(str(tmp_path / "out.mkv")) as film:
        order = [(p.stream.type, float((p.dts or 0) * (p.time_base or 1))) for p in film.demux() if p.size]
    place = next(i for i, (kind, time_s) in enumerate(order) if kind == "subtitle" and time_s > 4)
    assert 3 < order[place - 1][1] < 6


def test_a_track_that_is_there_stays_unless_it_is_to_be_replaced(shelf: Path, tmp_path: Path, probe: Probe) -> None:
    mux_track(shelf / "full.mkv", CUES, tmp_path / "one.mkv")
    mux_track(tmp_path / "one.mkv", CUES[:1], tmp_path / "two.mkv")
    mux_track(tmp_path / "one.mkv", CUES[:1], tmp_path / "new.mkv", MuxConfig(replace=True))
    mux_track(tmp_path / "one.mkv", CUES[:1], tmp_path / "other.mkv", MuxConfig(replace=True, language="fr"))
    counts = [
        sum(s["disposition"]["descriptions"] for s in probe(tmp_path / f"{n}.mkv")["streams"])
        for n in ("two", "new", "other")
    ]
    assert counts == [2, 1, 2]
    assert description(probe(tmp_path / "new.mkv"))["nb_read_packets"] == "1"


def test_covers_survive_in_both_directions(shelf: Path, tmp_path: Path, probe: Probe) -> None:
    mux_track(shelf / "cover.mp4", CUES, tmp_path / "a.mkv")
    mux_track(tmp_path / "a.mkv", CUES, tmp_path / "b.mp4")
    for name in ("a.mkv", "b.mp4"):
        assert sum(one["disposition"]["attached_pic"] for one in probe(tmp_path / name)["streams"]) == 1
    [spoken] = [
        s
        for s in probe(tmp_path / "a.mkv")["streams"]
        if s["codec_type"] == "subtitle" and not s["disposition"]["descriptions"]
    ]
    assert (spoken["codec_name"], spoken["nb_read_packets"]) == ("subrip", "2")


def test_what_a_container_can_not_hold_is_told(shelf: Path, tmp_path: Path) -> None:
    left = mux_track(shelf / "full.mkv", CUES, tmp_path / "out.mp4").left_out
    assert [what.split(" ")[0] for what in left] == ["attachment"]
    with pytest.raises(OutputError, match=r"WebM can't hold h264 video; \.mkv can"):
        mux_track(shelf / "full.mkv", CUES, tmp_path / "out.webm")
    with pytest.raises(OutputError, match=r"ends in \.mkv"):
        mux_track(shelf / "full.mkv", CUES, tmp_path / "out.avi")
    assert os.listdir(tmp_path) == ["out.mp4"]


def test_the_film_itself_and_files_that_are_there_are_never_written_over(shelf: Path, tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    shutil.copy(shelf / "wide.mp4", film)
    (tmp_path / "link.mp4").symlink_to(film)
    (tmp_path / "there.mkv").write_text("mine")
    for name in ("film.mp4", "link.mp4"):
        with pytest.raises(OutputError, match="the film itself"):
            mux_track(film, CUES, tmp_path / name, overwrite=True)
    with pytest.raises(OutputError, match="exists already"):
        mux_track(film, CUES, tmp_path / "there.mkv")
    assert (tmp_path / "there.mkv").read_text() == "mine"
    assert film.read_bytes() == (shelf / "wide.mp4").read_bytes()
    mux_track(film, CUES, tmp_path / "there.mkv", overwrite=True)
    assert (tmp_path / "there.mkv").read_bytes()[:4] == b"\x1aE\xdf\xa3"


def test_a_film_that_was_not_written_whole_is_told_and_not_left(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from vidcap.mux import copying

    real = copying._Copy._mux
    lost = []

    def mux(self: Any, packet: Any) -> None:
        before = self._written.packets.copy()
        real(self, packet)
        if packet.stream.type == "audio" and not lost:
            lost.append(packet)
            self._written.packets = before
            self._written.packets[packet.stream.index] += 2

    monkeypatch.setattr(copying._Copy, "_mux", mux)
    with pytest.raises(OutputError, match="not written whole"):
        mux_track(shelf / "wide.mp4", CUES, tmp_path / "out.mkv")
    assert os.listdir(tmp_path) == []


def test_a_film_that_breaks_off_while_it_is_copied_leaves_nothing(
    shelf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads = [0]

    class Broken(FileIO):
        def read(self, size: int = -1, /) -> bytes:
            reads[0] += 1
            if reads[0] > 12:
                raise OSError(5, "Input/output error")
            return super().read(min(size, 4096))

    def breaking(target: Target) -> Reader:
        return Reader(Broken(str(target.path)), "input.ts", is_seekable=True)

    monkeypatch.setattr("vidcap.sources.opening.open_reader", breaking)
    with pytest.raises((SourceError, OSError)):
        mux_track(shelf / "late.ts", CUES, tmp_path / "out.mkv")
    assert os.listdir(tmp_path) == []


def test_tracks_of_each_kind_are_read_and_empty_ones_refused(shelf: Path, tmp_path: Path) -> None:
    cues, mistakes = cues_of_track(shelf / "track.srt")
    assert ([cue.lines for cue in cues][1:], mistakes) == ([("Two girls", "play."), ("Nobody is left.",)], 1)
    (tmp_path / "none.vtt").write_text("WEBVTT\n\n")
    with pytest.raises(SourceUnsupported, match="no cue"):
        cues_of_track(tmp_path / "none.vtt")
    (tmp_path / "a.vtt").write_text("WEBVTT\n\n00:01.000 --> 00:02.000\nA &amp; <i>b</i>\n")
    assert cues_of_track(tmp_path / "a.vtt")[0][0].lines == ("A & b",)
