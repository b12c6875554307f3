"""What a name means: any file under any name, URLs, standard input, stills; and what stays shut."""

from __future__ import annotations

import functools
import os
import shutil
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from fractions import Fraction
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import av
import pytest

from vidcap.errors import SourceError, SourceNotFound, SourceUnsupported
from vidcap.sources import SourceConfig, open_source

ROOT = Path(__file__).resolve().parents[2]


class Handler(SimpleHTTPRequestHandler):
    asked: list[str]

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def do_GET(self) -> None:
        self.asked.append(self.path)
        if self.path.startswith("/private"):
            self.send_error(401)
        else:
            super().do_GET()


@pytest.fixture
def server(tmp_path: Path) -> Iterator[tuple[str, list[str]]]:
    """Serve the films on the loopback; give the address and what was asked for."""
    asked: list[str] = []
    handler = functools.partial(type("Asked", (Handler,), {"asked": asked}), directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as http:
        threading.Thread(target=http.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{http.server_address[1]}", asked
        http.shutdown()


def count(name: str, **config: Any) -> int:
    with open_source(name, SourceConfig(**config)) as source:
        return sum(1 for _ in source.frames())


NAMES = ["\U0001f3ac café 日本.mp4", "-o.mp4", "12:30 rec.mp4", "frame%03d.mp4", "a\nb.mp4", "concat:a|b.mp4",
         "pipe:0", "http:x.mp4", "*?[a].mp4", "v" * 247 + ".mp4", "no suffix", "film.txt", "film.m3u8"]  # fmt: skip


@pytest.mark.parametrize("name", NAMES, ids=ascii)
def test_a_file_is_read_whatever_it_is_called(films: Any, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    shutil.move(films.write("x.mp4", films.levels(5)), films.folder / name)
    assert count(str(films.folder / name)) == 5
    monkeypatch.chdir(films.folder)
    assert count(name) == 5


def test_a_file_is_read_whose_name_is_not_utf8(films: Any) -> None:
    name = os.fsencode(films.folder) + b"/caf\xe9\xff.mp4"
    shutil.move(films.write("x.mp4", films.levels(5)), name)
    assert count(os.fsdecode(name)) == 5
    with pytest.raises(SourceError) as caught:
        open_source(os.fsdecode(name) + "x")
    str(caught.value).encode("utf-8")


def test_a_file_named_like_a_url_is_that_file(films: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (films.folder / "http:" / "host").mkdir(parents=True)
    shutil.move(films.write("x.mp4", films.levels(5)), films.folder / "http:" / "host" / "x.mp4")
    monkeypatch.chdir(films.folder)
    assert count("http://host/x.mp4") == 5


def test_a_file_url_is_that_path(films: Any) -> None:
    shutil.move(films.write("x.mp4", films.levels(5)), films.folder / "a b.mp4")
    assert count(f"file://{films.folder}/a%20b.mp4") == 5


def still(films: Any, name: str, picture: Any, codec: str = "png", pix_fmt: str = "rgb24") -> Path:
    context = av.CodecContext.create(codec, "w")
    context.height, context.width = picture.shape[:2]
    context.pix_fmt, context.time_base = pix_fmt, Fraction(1)
    frame = av.VideoFrame.from_ndarray(picture, format="rgb24").reformat(format=pix_fmt)
    path: Path = films.folder / name
    path.write_bytes(b"".join(bytes(packet) for packet in [*context.encode(frame), *context.encode(None)]))
    return path


def test_a_picture_named_like_a_pattern_is_that_picture(films: Any) -> None:
    for number in (1, 2, 3):
        still(films, f"frame{number:03}.png", films.flat(10))
    path = still(films, "frame%03d.png", films.flat(200))
    with open_source(str(path)) as source:
        (frame,) = source.frames()
    assert frame.picture.rgb(4, 4).mean() == 200


STILLS = [("a.png", "png", "rgb24"), ("a.jpg", "mjpeg", "yuvj420p"), ("a.bmp", "bmp", "bgr24"),
          ("a.webp", "libwebp", "yuv420p"), ("a.tiff", "tiff", "rgb24"), ("a.ppm", "ppm", "rgb24")]  # fmt: skip


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), STILLS)
def test_a_still_is_one_frame_of_a_set_length(films: Any, name: str, codec: str, pix_fmt: str) -> None:
    path = str(still(films, name, films.corners(), codec, pix_fmt))
    with open_source(path, SourceConfig(still_s=Fraction(7, 2))) as source:
        assert source.info.is_still
        assert (source.info.width_px, source.info.height_px, source.info.frame_rate) == (96, 64, None)
        (frame,) = source.frames()
    assert (frame.start_s, frame.end_s) == (0, Fraction(7, 2))
    assert abs(frame.picture.rgb(48, 32)[24, 36].astype(int) - 255).max() <= 3


@pytest.mark.parametrize(("name", "codec", "pix_fmt"), [("a.gif", "gif", "rgb8"), ("a.apng", "apng", "rgb24")])
def test_an_animated_picture_is_a_film(films: Any, name: str, codec: str, pix_fmt: str) -> None:
    path = films.write(name, films.levels(10, step=20), rate=10, time_base=Fraction(1, 10), codec=codec,
                       pix_fmt=pix_fmt)  # fmt: skip
    with open_source(path) as source:
        frames = list(source.frames())
        assert not source.info.is_still
    assert [frame.start_s for frame in frames] == [Fraction(place, 10) for place in range(10)]


def test_a_url_is_read(films: Any, server: tuple[str, list[str]]) -> None:
    films.write("x.mp4", films.levels(60, step=3), options={"bf": "0", "g": "10"})
    assert count(f"{server[0]}/x.mp4") == 60
    assert count(f"{server[0]}/x.mp4", start_s=Fraction(1), end_s=Fraction(2)) == 25  # this server can't seek


@pytest.mark.parametrize(
    ("path", "error", "words"),
    [("/none.mp4", SourceNotFound, "no such file"), ("/private.mp4", SourceNotFound, "refuses access"),
     ("/page.mp4", SourceUnsupported, "not a video")],
)  # fmt: skip
def test_a_url_that_gives_no_video_is_told_without_its_password(
    films: Any, server: tuple[str, list[str]], path: str, error: type[SourceError], words: str
) -> None:
    (films.folder / "page.mp4").write_text("<html>nothing here</html>" * 50)
    with pytest.raises(error, match=words) as caught:
        open_source(server[0].replace("//", "//me:s3cret@") + path)
    assert "s3cret" not in str(caught.value)
    assert "127.0.0.1" in str(caught.value)


def test_a_server_that_is_not_there_is_told() -> None:
    with pytest.raises(SourceNotFound, match="refuses the connection"):
        open_source("http://127.0.0.1:9/x.mp4")


def test_a_mute_server_is_given_up(films: Any) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        with pytest.raises(SourceNotFound, match="timed out"):
            open_source(f"http://127.0.0.1:{deaf.getsockname()[1]}/x.mp4", SourceConfig(timeout_s=0.5))


@pytest.mark.parametrize("name", ["rtsp://127.0.0.1/x", "ftp://h/x", "concat://a", "data://text", "subfile://a"])
def test_other_protocols_are_closed(name: str) -> None:
    with pytest.raises(SourceUnsupported, match="closed"):
        open_source(name)


def playlists(target: str) -> dict[str, str]:
    return {
        "list.m3u8": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{target}\n#EXT-X-ENDLIST\n",
        "list.mp4": f"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10.0,\n{target}\n#EXT-X-ENDLIST\n",
        "list.ffconcat": f"ffconcat version 1.0\nfile '{target}'\n",
        "list.sdp": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\n",
        "list.mpd": f"<?xml version='1.0'?><MPD mediaPresentationDuration='PT5S'><BaseURL>{target}</BaseURL></MPD>",
    }


@pytest.mark.parametrize("name", list(playlists("x")))
@pytest.mark.parametrize("far", [False, True])
def test_a_local_playlist_opens_nothing(films: Any, server: tuple[str, list[str]], name: str, far: bool) -> None:
    films.write("secret.ts", films.levels(5))
    target = f"{server[0]}/secret.ts" if far else str(films.folder / "secret.ts")
    (films.folder / name).write_text(playlists(target)[name])
    with pytest.raises(SourceUnsupported, match="playlist"):
        open_source(str(films.folder / name))
    assert server[1] == []


def test_a_playlist_may_be_allowed_by_name(films: Any, server: tuple[str, list[str]]) -> None:
    films.write("part.ts", films.levels(5))
    path = films.folder / "list.m3u8"
    path.write_text(playlists(f"{server[0]}/part.ts")["list.m3u8"])
    with pytest.raises(SourceError):  # the playlist is read, but may not open an address
        open_source(str(path), SourceConfig(allow_protocols=frozenset({"hls"})))
    assert server[1] == []
    assert count(str(path), allow_protocols=frozenset({"hls", "http", "tcp"})) == 5


def test_a_remote_playlist_opens_addresses_but_no_files(films: Any, server: tuple[str, list[str]]) -> None:
    secret = films.write("part.ts", films.levels(5))
    (films.folder / "good.m3u8").write_text(playlists("part.ts")["list.m3u8"])
    (films.folder / "bad.m3u8").write_text(playlists(f"file://{secret}")["list.m3u8"])
    assert count(f"{server[0]}/good.m3u8") == 5
    with pytest.raises(SourceError):
        open_source(f"{server[0]}/bad.m3u8")


COUNT_STDIN = "from vidcap.sources import open_source\nprint(sum(1 for _ in open_source('-').frames()))"


@pytest.mark.parametrize("name", ["x.ts", "x.mkv", "fragmented.mp4"])
def test_standard_input_is_read_as_it_arrives(films: Any, name: str) -> None:
    fragments = {"movflags": "frag_keyframe+empty_moov"} if name.endswith("mp4") else {}
    path = films.write(name, films.levels(40), container_options=fragments)
    command = [sys.executable, "-c", COUNT_STDIN]
    done = subprocess.run(command, input=Path(path).read_bytes(), capture_output=True, cwd=ROOT, timeout=60)
    assert (done.stdout.strip(), done.stderr) == (b"40", b"")


def test_standard_input_without_a_video_is_told() -> None:
    done = subprocess.run(
        [sys.executable, "-c", COUNT_STDIN], input=b"hello", capture_output=True, cwd=ROOT, timeout=60
    )
    assert b"-: standard input holds no video" in done.stderr


def test_ffmpeg_prints_nothing_of_its_own(films: Any) -> None:
    broken = bytearray(Path(films.write("x.ts", films.levels(40))).read_bytes())
    broken[2000:2600] = b"\x55" * 600
    (films.folder / "b.ts").write_bytes(broken)
    code = f"from vidcap.sources import open_source\nlist(open_source({str(films.folder / 'b.ts')!r}).frames())"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, cwd=ROOT, timeout=60)
    assert (done.returncode, done.stdout, done.stderr) == (0, b"", b"")
