"""What a file may not make vidcap open: the network, other files; what an address may not: local files."""

from __future__ import annotations

import shutil
import socket
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.cases.running import Runner
from tests.cases.watching import Watch
from tests.cases.workshop import Workshop

pytestmark = [pytest.mark.slow, pytest.mark.skipif(shutil.which("ffmpeg") is None, reason="needs the ffmpeg program")]


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture
def served(tmp_path: Path) -> Iterator[tuple[Path, str]]:
    """A folder, and the address at which it is served."""
    folder = tmp_path / "served"
    folder.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield folder, f"http://127.0.0.1:{server.server_address[1]}"
    server.shutdown()
    thread.join()
    server.server_close()


def playlist(*entries: str | Path) -> str:
    lines = [f"#EXTINF:10,\n{entry}\n" for entry in entries]
    return "#EXTM3U\n#EXT-X-TARGETDURATION:10\n" + "".join(lines) + "#EXT-X-ENDLIST\n"


@pytest.mark.parametrize("name", ["inner.m3u8", "inner.mp4", "inner.ffconcat", "inner.mpd", "inner.sdp"])
def test_a_local_file_never_reaches_the_network(runner: Runner, tmp_path: Path, name: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        port = server.getsockname()[1]
        address = f"http://127.0.0.1:{port}/x.ts"
        contents = {
            "ffconcat": f"ffconcat version 1.0\nfile '{address}'\n",
            "mpd": f'<?xml version="1.0"?><MPD><Period><BaseURL>{address}</BaseURL></Period></MPD>',
            "sdp": f"v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video {port} RTP/AVP 96\n",
        }
        (tmp_path / name).write_text(contents.get(name.split(".")[1], playlist(address)))
        outcome = runner(tmp_path / name)
        assert (outcome.code, outcome.said.count("\n"), outcome.out) == (1, 1, b"")
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_film_is_read_from_an_address(runner: Runner, plain: Path, served: tuple[Path, str]) -> None:
    folder, address = served
    shutil.copy(plain, folder / "film.mp4")
    assert len(runner(f"{address}/film.mp4", "--json").cues) == 3
    missing = runner(f"{address.replace('//', '//me:secret@')}/none.mp4?token=secret")
    assert (missing.code, missing.said.count("\n")) == (1, 1)
    assert "404" in missing.said
    assert "secret" not in missing.said


@pytest.mark.parametrize("entry", ["file://{0}", "{0}", "concat:file://{0}|{0}", "subfile,,start,0,end,9,,:{0}"])
def test_an_address_never_opens_local_files(
    runner: Runner, served: tuple[Path, str], shop: Workshop, tmp_path: Path, entry: str
) -> None:
    folder, address = served
    secret = tmp_path / "secret.ts"
    shutil.copy(shop.part("one.ts"), secret)
    (folder / "list.m3u8").write_text(playlist(entry.format(secret)))
    with Watch(secret) as watch:
        outcome = runner(f"{address}/list.m3u8", "--json")
    assert (outcome.code, outcome.out) == (1, b"")
    assert not watch.was_opened


def test_what_is_allowed_by_name_opens_only_that(runner: Runner, shop: Workshop, tmp_path: Path) -> None:
    (tmp_path / "list.m3u8").write_text(playlist(shop.part("one.ts")))
    words = ("--json", tmp_path / "list.m3u8")
    assert runner(*words).code == 1
    assert runner("--allow-protocol", "hls", *words).code == 1
    assert len(runner("--allow-protocol", "hls", "--allow-protocol", "file", *words).cues) == 1


@pytest.mark.parametrize("scheme", ["rtsp", "ftp", "udp", "rtmp"])
def test_other_protocols_are_closed_until_they_are_allowed(runner: Runner, scheme: str) -> None:
    closed = runner("caption", f"{scheme}://me:secret@127.0.0.1:1/x")
    assert (closed.code, "is closed" in closed.said, closed.said.count("\n")) == (1, True, 1)
    if scheme in ("rtsp", "rtmp"):
        tried = runner("caption", "--allow-protocol", scheme, f"{scheme}://me:secret@127.0.0.1:1/x")
        assert (tried.code, "is closed" in tried.said, tried.said.count("\n")) == (1, False, 1)
        assert "secret" not in tried.said
    assert "secret" not in closed.said
