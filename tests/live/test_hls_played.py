"""A player shows the sentence while it is true: hls.js in Chromium, beside a video made from the same scenes."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.browser import npm_file
from tests.live.hls_rules import read_folder
from tests.live.hls_video import COLOURS, write_master, write_video
from vidcap.live import CueUpdate, State, StreamState, Tally
from vidcap.live.hls import HlsConfig, HlsSink
from vidcap.types import Cue

pytestmark = pytest.mark.slow

SCENES = [("red", 5), ("green", 4), ("blue", 7), ("yellow", 4)]
PAGE = """<!doctype html><video id="v" width="160" height="90" muted></video><script src="hls.min.js"></script>"""
START = """(settings) => new Promise((resolve, reject) => {
  const hls = new Hls({enableWorker: false, ...settings});
  window.hls = hls;
  window.video = document.getElementById("v");
  hls.on(Hls.Events.ERROR, (_, data) => data.fatal && reject(data.details));
  hls.on(Hls.Events.SUBTITLE_TRACKS_UPDATED, () => { hls.subtitleDisplay = true; hls.subtitleTrack = 0; });
  video.addEventListener("loadeddata", () => resolve(video.duration), {once: true});
  hls.loadSource("master.m3u8");
  hls.attachMedia(video);
})"""
LOOK = """(at) => new Promise((resolve) => {
  const look = () => {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = 1;
    const context = canvas.getContext("2d");
    context.drawImage(video, 80, 45, 1, 1, 0, 0, 1, 1);
    const cues = [...video.textTracks].filter((t) => t.mode === "showing").flatMap((t) => [...t.activeCues ?? []]);
    resolve({rgb: [...context.getImageData(0, 0, 1, 1).data.slice(0, 3)], cues: cues.map((cue) => cue.text)});
  };
  video.addEventListener("seeked", () => setTimeout(look, 400), {once: true});
  video.currentTime = at;
})"""


class Quiet(SimpleHTTPRequestHandler):
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".vtt": "text/vtt",
        ".m3u8": "application/vnd.apple.mpegurl",
        ".ts": "video/mp2t",
    }

    def log_message(self, format: str, *args: Any) -> None:
        pass


@pytest.fixture
def site(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder that is served, with a page that has hls.js."""
    shutil.copy(npm_file("hls.js/dist/hls.min.js"), tmp_path)
    (tmp_path / "index.html").write_text(PAGE)
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(tmp_path))) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield tmp_path, f"http://127.0.0.1:{server.server_address[1]}/"
        server.shutdown()
        thread.join()


def narrate(sink: HlsSink, began: datetime) -> None:
    """Say each scene as it goes on, a step a second, the way a live narration does."""
    sink.take(StreamState(State.LIVE, "", began, media_s=Fraction(0)))
    start_s = 0
    for number, (colour, length_s) in enumerate(SCENES):
        for step in range(1, length_s + 1):
            end_s = Fraction(start_s + step)
            said = Cue(Fraction(start_s), end_s, (f"A {colour} wall.",))
            sink.take(CueUpdate(number, said, began + timedelta(seconds=start_s), step == length_s, 0.5))
            sink.take(Tally(began + timedelta(seconds=float(end_s)), end_s))
        start_s += length_s


def nearest_colour(rgb: list[int]) -> str:
    return min(COLOURS, key=lambda name: sum(abs(a - b) for a, b in zip(COLOURS[name], rgb, strict=True)))


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    opened = browser.new_page()
    opened.set_default_timeout(60_000)
    yield opened
    opened.close()


def look(page: Any, at_s: float) -> tuple[str, list[str]]:
    """Return the colour that the player shows at a time, and its sentences; it has a while to fetch them."""
    seen = {}
    for _ in range(20):
        seen = page.evaluate(LOOK, at_s)
        if seen["cues"]:
            break
        page.wait_for_timeout(250)
    return nearest_colour(seen["rgb"]), seen["cues"]


WRAP_S = (1 << 33) // 90_000


@pytest.mark.parametrize("ts_offset_s", [0, 3600, WRAP_S - 9], ids=["from zero", "from an hour", "over the wrap"])
@pytest.mark.parametrize("target_s", [2, 6])
def test_the_sentence_is_shown_while_the_picture_is(
    site: tuple[Path, str], page: Any, ts_offset_s: int, target_s: int
) -> None:
    folder, url = site
    first_stamp = write_video(folder, SCENES, ts_offset_s=ts_offset_s)
    sink = HlsSink(HlsConfig(hls=str(folder), hls_offset=f"{first_stamp}t", hls_target_s=target_s))
    narrate(sink, datetime.now(UTC))
    sink.close()
    read_folder(folder)
    write_master(folder)
    page.goto(url)
    assert page.evaluate(START, {}) == pytest.approx(20, abs=0.3)
    for at_s, colour in [
        (0.3, "red"),
        (4.8, "red"),
        (5.2, "green"),
        (8.8, "green"),
        (9.2, "blue"),
        (15.8, "blue"),
        (17, "yellow"),
    ]:
        assert look(page, at_s) == (colour, [f"A {colour} wall."]), at_s


def test_a_player_that_joins_a_live_stream_late_shows_the_right_sentence(site: tuple[Path, str], page: Any) -> None:
    folder, url = site
    began = datetime.now(UTC)
    first_stamp = write_video(folder, SCENES, is_live=True)
    lines = (folder / "video.m3u8").read_text().split("\n")
    first = next(place for place, line in enumerate(lines) if line == "video2.ts") + 1
    head = [line.replace("SEQUENCE:0", "SEQUENCE:3") for line in lines[: lines.index("video0.ts") - 2]]
    (folder / "video.m3u8").write_text("\n".join([*head, *lines[first:]]))
    sink = HlsSink(HlsConfig(hls=str(folder), hls_offset=f"{first_stamp}t", hls_target_s=2, hls_window=6))
    narrate(sink, began)
    assert read_folder(folder).sequence == 4  # the two windows need not agree
    write_master(folder)
    page.goto(url)
    page.evaluate(START, {"liveSyncDurationCount": 2, "liveDurationInfinity": False})
    start_s = page.evaluate("video.seekable.start(0)")
    for into_s, colour in [(2.5, "green"), (3.5, "blue"), (9.5, "blue"), (10.5, "yellow")]:
        assert look(page, start_s + into_s) == (colour, [f"A {colour} wall."]), into_s


def test_a_camera_that_came_back_with_new_stamps_is_followed(site: tuple[Path, str], page: Any) -> None:
    folder, url = site
    began, playlist, media_s = datetime.now(UTC), [], 0
    sink = HlsSink(HlsConfig(hls=str(folder), hls_target_s=2, hls_discontinuity=True))
    for number, (offset_s, scenes) in enumerate([(700, SCENES[:2]), (20, SCENES[2:])]):
        part = folder / f"part{number}"
        part.mkdir()
        stamp_s = Fraction(write_video(part, scenes, ts_offset_s=offset_s), 90_000)
        lines = (part / "video.m3u8").read_text().replace("video", f"part{number}/video").split("\n")
        body = next(place for place, line in enumerate(lines) if line.startswith("#EXTINF"))
        playlist += lines[:body] if number == 0 else ["#EXT-X-DISCONTINUITY"]
        playlist += [line for line in lines[body:] if line and line != "#EXT-X-ENDLIST"]
        media_s = say_part(sink, began, 2 * number, media_s, stamp_s, scenes) + 30  # an outage
    sink.close()
    (folder / "video.m3u8").write_text("\n".join([*playlist, "#EXT-X-ENDLIST", ""]))
    write_master(folder)
    page.goto(url)
    assert page.evaluate(START, {}) == pytest.approx(20, abs=0.3)
    for at_s, colour in [(4, "red"), (6, "green"), (8.5, "green"), (10, "blue"), (15, "blue"), (17, "yellow")]:
        assert look(page, at_s) == (colour, [f"A {colour} wall."]), at_s


def say_part(
    sink: HlsSink, began: datetime, number: int, media_s: int, stamp_s: Fraction, scenes: list[tuple[str, int]]
) -> int:
    """Say the scenes of one connection; return the media time of its end."""
    sink.take(StreamState(State.LIVE, "", began + timedelta(seconds=media_s), media_s=Fraction(media_s)))
    for colour, length_s in scenes:
        start_s, media_s = media_s, media_s + length_s
        stamp_s += length_s
        said = Cue(Fraction(start_s), Fraction(media_s), (f"A {colour} wall.",))
        sink.take(CueUpdate(number, said, began + timedelta(seconds=start_s), True, 0.5))
        at = began + timedelta(seconds=media_s)
        sink.take(Tally(at, Fraction(media_s), frame_media_s=Fraction(media_s), frame_stamp_s=stamp_s))
        number += 1
    return media_s
