"""Real players read what is written: the table of docs/formats.md, cell by cell."""

from __future__ import annotations

import functools
import http.server
import os
import re
import shutil
import subprocess
import tempfile
import threading
from collections.abc import Callable, Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from vidcap.formats import FORMATS, TrackInfo, render
from vidcap.mux import mux_track
from vidcap.types import Cue

CUES = [
    Cue(start_s=Fraction(1), end_s=Fraction(5, 2), lines=("A dog runs & jumps.",)),
    Cue(start_s=Fraction(3), end_s=Fraction(5), lines=("Two girls", "play 3 < 4."), is_extended=True),
]
TEXTS = ["A dog runs & jumps.", "Two girls play 3 < 4."]
TABLE = Path(__file__).resolve().parents[2] / "docs" / "formats.md"
ROW = re.compile(r"^\| `film\.(\w+)` \|(.*)\|$", re.MULTILINE)
PLAYERS = ("ffmpeg", "mpv", "VLC", "Chromium")
NOBODY = 65534

Reader = Callable[[Path], bool]


def promised() -> dict[tuple[str, str], bool]:
    """Return what the table says, by suffix and player."""
    cells = {suffix: [cell.strip() for cell in rest.split("|")] for suffix, rest in ROW.findall(TABLE.read_text())}
    return {
        (suffix, player): cell == "yes"
        for suffix, row in cells.items()
        for player, cell in zip(PLAYERS, row, strict=True)
    }


@pytest.fixture(scope="module")
def films() -> Iterator[Path]:
    """A folder with a grey film, tracks beside it, and films with the track inside.

    Not one of pytest's: VLC does not run as root, and only root may look into those.
    """
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the ffmpeg program")
    with tempfile.TemporaryDirectory(prefix="vidcap-players-") as name:
        folder = Path(name)
        folder.chmod(0o755)
        _fill(folder)
        yield folder


def _fill(folder: Path) -> None:
    grey = ["-f", "lavfi", "-i", "color=gray:s=320x180:r=25:d=6"]
    for name, codec in (
        ("grey.mp4", ["libx264", "-preset", "ultrafast"]),
        ("grey.webm", ["libvpx", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1"]),
    ):
        command = ["ffmpeg", "-v", "error", *grey, "-c:v", *codec, str(folder / name)]
        subprocess.run(command, check=True, timeout=120)
    for name in ("srt", "vtt", "ass", "dapt", "txt"):
        each = FORMATS[name]
        text = "".join(render(CUES, each.writer(TrackInfo(width_px=320, height_px=180))))
        (folder / f"film{each.suffixes[0]}").write_text(text, encoding="utf-8", newline="")
    for name in ("film.mkv", "film.mp4"):
        mux_track(folder / "grey.mp4", CUES, folder / name)
    mux_track(folder / "grey.webm", CUES, folder / "film.webm")


def has_film(path: Path) -> bool:
    return path.suffix in (".mkv", ".webm", ".mp4")


def run(*command: str | Path, **options: Any) -> str:
    done = subprocess.run(
        list(map(str, command)), capture_output=True, timeout=120, stdin=subprocess.DEVNULL, **options
    )
    return done.stdout.decode("utf-8", "replace")


def needs(program: str) -> None:
    if shutil.which(program) is None:
        pytest.skip(f"needs {program}: .ci/run installs it")


def ffmpeg_reads(path: Path) -> bool:
    needs("ffmpeg")
    shown = run("ffmpeg", "-v", "error", "-i", path, "-map", "0:s:0", "-f", "srt", "-")
    times = ["00:00:01,000 --> 00:00:02,500", "00:00:03,000 --> 00:00:05,000"]
    plain = re.sub(r"</?font[^>]*>", "", shown)
    plain = " ".join(plain.split())
    return all(text in plain for text in TEXTS) and all(time in shown for time in times)


def mpv_reads(path: Path) -> bool:
    needs("mpv")
    script = path.parent / "tell.lua"
    script.write_text(
        'mp.observe_property("sub-text", "string", function(_, text) if text and text ~= "" then'
        ' print("SUB " .. mp.get_property("sub-start") .. " " .. text:gsub("\\n", " ")) end end)'
    )
    quiet = ["--no-config", "--vo=null", "--ao=null", "--untimed", "--no-audio", "--msg-level=all=error,tell=info"]
    source = [path, "--sid=1"] if has_film(path) else [path.with_name("grey.mp4"), f"--sub-file={path}"]
    shown = run("mpv", *quiet, f"--script={script}", *source)
    return all(f"SUB {start}.000000 {text}" in shown for start, text in zip((1, 3), TEXTS, strict=True))


def vlc_reads(path: Path) -> bool:
    """Let VLC draw the text into the picture, and look at it; on a busy machine it may begin before it has the text."""
    needs("cvlc")
    return any(_vlc_draws(path) for _ in range(3))


def _vlc_draws(path: Path) -> bool:
    drawn = path.parent / "drawn" / f"{path.suffix[1:]}.mkv"
    drawn.parent.mkdir(exist_ok=True)
    drawn.parent.chmod(0o777)
    drawn.unlink(missing_ok=True)
    source = [path, "--sub-track=0"] if has_film(path) else [path.with_name("grey.mp4"), f"--sub-file={path}"]
    encoder = "vcodec=h264,venc=x264{preset=ultrafast},soverlay"
    command = ["cvlc", "-I", "dummy", "--no-audio", "--play-and-exit", "--no-sub-autodetect-file", *source]
    command += ["--sout", f"#transcode{{{encoder}}}:std{{access=file,mux=mkv,dst={drawn}}}", "vlc://quit"]
    as_root = os.geteuid() == 0
    options: dict[str, Any] = {"user": NOBODY, "group": NOBODY, "extra_groups": []} if as_root else {}
    run(*command, env=os.environ | {"HOME": str(drawn.parent)}, **options)
    with av.open(str(drawn)) as film:
        white = {
            float(frame.time or 0): int((frame.to_ndarray(format="gray") > 180).sum()) for frame in film.decode(video=0)
        }
    inside = [count for time_s, count in white.items() if 1.2 < time_s < 2.3 or 3.2 < time_s < 4.8]
    outside = [count for time_s, count in white.items() if time_s < 0.9 or 2.6 < time_s < 2.9 or time_s > 5.1]
    assert inside
    assert max(outside) == 0
    return min(inside) > 30


@pytest.fixture(scope="module")
def site(films: Path) -> Iterator[str]:
    """The folder of films on a web server of this machine."""

    class Quiet(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            pass

    handler = functools.partial(Quiet, directory=str(films))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


PAGE = """<!doctype html><title>film</title><video src="{film}" muted preload="auto">{track}</video>"""
CUES_SEEN = """async () => {
    const video = document.querySelector("video"), element = document.querySelector("track");
    if (video.readyState < 2) await new Promise(done => {
        video.addEventListener("loadeddata", done); video.addEventListener("error", done);
    });
    for (const track of video.textTracks) track.mode = "hidden";
    if (element && element.readyState < 2) await new Promise(done => {
        element.addEventListener("load", done); element.addEventListener("error", done);
    });
    const seen = [];
    for (const track of video.textTracks) for (const cue of track.cues || [])
        seen.push([track.kind, cue.id, cue.startTime, cue.endTime, cue.getCueAsHTML().textContent.replace("\\n", " ")]);
    const spoken = [];
    for (const time of [2, 4]) {
        await new Promise(done => { video.addEventListener("seeked", done, {once: true}); video.currentTime = time; });
        for (const track of video.textTracks) for (const cue of track.activeCues || []) spoken.push(cue.id || "shown");
    }
    return [seen, spoken];
}"""


@pytest.fixture(scope="module")
def chromium_reads(films: Path, site: str, browser: Any) -> Iterator[Reader]:
    page = browser.new_page()

    def reads(path: Path) -> bool:
        film = path.name if has_film(path) else "grey.webm"
        track = "" if has_film(path) else f'<track kind="descriptions" srclang="en" src="{path.name}">'
        (films / "page.html").write_text(PAGE.format(film=film, track=track))
        page.goto(f"{site}page.html?{path.name}")
        seen, spoken = page.evaluate(CUES_SEEN)
        want = [["descriptions", "", 1, 2.5, TEXTS[0]], ["descriptions", "extended-2", 3, 5, TEXTS[1]]]
        return bool(seen == want and spoken == ["shown", "extended-2"])

    yield reads
    page.close()


@pytest.mark.parametrize(("suffix", "player"), promised())
def test_a_player_reads_a_file_as_the_table_says(
    films: Path, suffix: str, player: str, request: pytest.FixtureRequest
) -> None:
    readers: dict[str, Reader] = {"ffmpeg": ffmpeg_reads, "mpv": mpv_reads, "VLC": vlc_reads}
    reads = readers[player] if player in readers else request.getfixturevalue("chromium_reads")
    assert reads(films / f"film.{suffix}") is promised()[suffix, player]


def test_the_table_is_there() -> None:
    assert len(promised()) == 7 * len(PLAYERS)
    assert sum(promised().values()) == 18
