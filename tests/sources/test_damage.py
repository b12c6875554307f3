"""Broken, hostile and hopeless files: what can be read is given, the rest is one plain line."""

from __future__ import annotations

import logging
import os
import pickle
import random
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from vidcap.errors import SourceCorrupt, SourceError, SourceNotFound, SourceUnsupported
from vidcap.sources import Damage, SourceConfig, open_source
from vidcap.sources.decoding import _packets

ROOT = Path(__file__).resolve().parents[2]


def refused(name: Any, **config: Any) -> SourceError:
    with pytest.raises(SourceError) as caught:
        open_source(str(name), SourceConfig(**config))
    line = str(caught.value)
    assert "\n" not in line
    assert line.startswith(f"{name}: ")
    return pickle.loads(pickle.dumps(caught.value))


def noise(films: Any, count: int = 75, **options: Any) -> str:
    """A film whose pictures have something in them, so that damage can be seen."""
    rng = random.Random(1)
    pictures = []
    for place in range(count):
        picture = films.corners()
        picture[place % 60 : place % 60 + 4] = rng.randrange(256)
        pictures.append(picture)
    path: str = films.write(options.pop("name", "n.mp4"), pictures, options={"bf": "0", "g": "25"}, **options)
    return path


BAD_FILES = [
    (b"", SourceUnsupported, "empty"),
    (b"\0" * 5000, SourceUnsupported, "zeros"),
    (b"just some words\n" * 400, SourceUnsupported, "a text file"),
    (b"<!DOCTYPE html><html><head><title>404</title></head></html>", SourceUnsupported, "a web page"),
    (random.Random(5).randbytes(20_000), SourceUnsupported, "not a video"),
    (b"GIF89a" + struct.pack("<HHBBB", 65535, 65535, 0x80, 0, 0) + b"\0\0\0\xff\xff\xff;", SourceError, ""),
]


@pytest.mark.parametrize(("content", "error", "words"), BAD_FILES, ids=[str(k) for k in range(len(BAD_FILES))])
def test_what_is_no_video_is_told_in_one_plain_line(
    tmp_path: Path, content: bytes, error: type[SourceError], words: str
) -> None:
    (tmp_path / "x.mp4").write_bytes(content)
    caught = refused(tmp_path / "x.mp4")
    assert isinstance(caught, error)
    assert words in caught.reason


def test_a_missing_file_and_a_folder_are_told(tmp_path: Path) -> None:
    assert isinstance(refused(tmp_path / "none.mp4"), SourceNotFound)
    assert "folder" in refused(tmp_path).reason
    assert isinstance(refused(str(tmp_path / "a\0b.mp4").replace("\0", "")), SourceNotFound)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_that_may_not_be_read_is_told(films: Any) -> None:
    path = films.write("x.mp4", films.levels(2))
    os.chmod(path, 0)
    assert "permission" in refused(path).reason


def test_sound_alone_is_told_with_and_without_cover(films: Any) -> None:
    assert "only sound" in refused(films.sound("a.m4a")).reason
    assert "cover" in refused(films.sound("c.mp4", cover=True)).reason


def test_an_unfinished_recording_is_called_incomplete(films: Any) -> None:
    content = Path(films.write("x.mp4", films.levels(20))).read_bytes()
    (films.folder / "cut.mp4").write_bytes(content[: content.find(b"moov") - 4])
    caught = refused(films.folder / "cut.mp4")
    assert isinstance(caught, SourceCorrupt)
    assert "incomplete" in caught.reason


def test_a_film_without_frames_is_told(films: Any) -> None:
    content = Path(noise(films, name="x.mkv")).read_bytes()
    (films.folder / "head.mkv").write_bytes(content[:700])
    assert isinstance(refused(films.folder / "head.mkv"), SourceError)


def test_an_unknown_codec_is_told(films: Any) -> None:
    content = Path(noise(films, name="x.mkv")).read_bytes()
    (films.folder / "odd.mkv").write_bytes(content.replace(b"V_MPEG4/ISO/AVC", b"V_XYZZY/ISO/AVC"))
    assert "unsupported codec" in refused(films.folder / "odd.mkv").reason


def test_the_film_is_chosen_not_its_cover(films: Any) -> None:
    film = films.write("v.mp4", films.levels(10))
    films.sound("c.mp4", cover=True)
    films.ffmpeg("-i", "c.mp4", "-i", film, "-map", "0:v", "-map", "1:v", "-c", "copy",
                 "-disposition:v:0", "attached_pic", "both.mp4")  # fmt: skip
    with open_source(str(films.folder / "both.mp4")) as source:
        assert (source.info.codec, sum(1 for _ in source.frames())) == ("h264", 10)


def test_a_truncated_film_gives_what_is_left_and_warns(films: Any, caplog: pytest.LogCaptureFixture) -> None:
    content = Path(noise(films, name="x.mkv")).read_bytes()
    (films.folder / "cut.mkv").write_bytes(content[: len(content) * 6 // 10])
    with caplog.at_level(logging.WARNING, "vidcap"), open_source(str(films.folder / "cut.mkv")) as source:
        frames = list(source.frames())
    assert 25 < len(frames) < 60
    assert source.damage.missing_s == 3 - frames[-1].end_s
    assert [record.getMessage().count("may be incomplete") for record in caplog.records] == [1]


@pytest.mark.parametrize("name", ["x.mp4", "x.ts", "x.mkv"])
def test_damage_in_the_middle_costs_only_what_it_hit(films: Any, name: str) -> None:
    short = {"cluster_time_limit": "300"} if name.endswith("mkv") else {}
    content = bytearray(Path(noise(films, name=name, container_options=short)).read_bytes())
    rng = random.Random(3)
    for _ in range(60):
        content[rng.randrange(len(content) // 3, len(content) // 2)] = rng.randrange(256)
    (films.folder / ("bad-" + name)).write_bytes(content)
    with open_source(str(films.folder / ("bad-" + name))) as source:
        frames = list(source.frames())
        damage = source.damage
    assert len(frames) > 50
    assert float(frames[-1].end_s) == pytest.approx(3, abs=0.1)
    assert damage.bad_packets + damage.corrupt_frames > 0
    assert damage.corrupt_frames == sum(frame.is_corrupt for frame in frames)


def test_a_whole_film_has_no_damage(films: Any) -> None:
    with open_source(noise(films)) as source:
        assert not any(frame.is_corrupt for frame in source.frames())
    assert (source.damage.bad_packets, source.damage.corrupt_frames, source.damage.missing_s) == (0, 0, 0)


def bomb(path: Path, side: int) -> Path:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    rows = zlib.compress((b"\0" + bytes(side // 8)) * side, 9)
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b""))
    return path


def test_a_picture_bomb_is_refused_unless_allowed(tmp_path: Path) -> None:
    path = bomb(tmp_path / "bomb.png", 9600)
    assert "9600 x 9600" in refused(path).reason
    with open_source(str(path), SourceConfig(max_pixels=100_000_000)) as source:
        assert len(list(source.frames())) == 1


def test_a_film_that_grows_beyond_the_limit_is_stopped(films: Any) -> None:
    one = Path(films.write("1.ts", films.levels(10))).read_bytes()
    two = Path(films.write("2.ts", (films.corners(640, 480) for _ in range(10)), options={"bf": "0"})).read_bytes()
    (films.folder / "grows.ts").write_bytes(one + two)
    with open_source(str(films.folder / "grows.ts"), SourceConfig(max_pixels=100_000)) as source:
        frames = [frame.picture.width_px for frame in source.frames()]
    assert frames == [96] * 10
    assert source.damage.bad_packets >= 5


def test_too_many_streams_are_refused(films: Any) -> None:
    film = films.write("v.mp4", films.levels(2))
    films.ffmpeg(*("-i", film), *(["-map", "0:v"] * 6), "-c", "copy", "many.mkv")
    assert "more than 5 streams" in refused(films.folder / "many.mkv", max_streams=5).reason
    films.ffmpeg("-i", "many.mkv", "-map", "0", "-c", "copy", "many.mp4")
    assert "more than 2 streams" in refused(films.folder / "many.mp4", max_streams=2).reason
    with open_source(str(films.folder / "many.mp4"), SourceConfig(max_streams=6)) as source:
        assert len(list(source.frames())) == 2


def test_a_title_can_attack_nobody(films: Any) -> None:
    film = films.write("v.mp4", films.levels(2))
    films.ffmpeg("-i", film, "-c", "copy", "-metadata", "title=a\x1b]0;OWNED\x07\u009b31m\r\nb", "t.mkv")
    with open_source(str(films.folder / "t.mkv")) as source:
        assert source.info.title.isprintable()
        assert source.info.title.startswith("a ]0;OWNED")


def test_a_title_that_is_not_utf8_does_no_harm(films: Any) -> None:
    film = films.write("v.mp4", films.levels(3))
    films.ffmpeg("-i", film, "-c:v", "mpeg4", "-metadata", "title=TITLEXX", "t.avi")
    content = (films.folder / "t.avi").read_bytes()
    (films.folder / "t.avi").write_bytes(content.replace(b"TITLEXX", b"caf\xe9\xff\xfe\x80"))
    with open_source(str(films.folder / "t.avi")) as source:
        assert sum(1 for _ in source.frames()) == 3


@pytest.mark.skipif(sys.platform == "win32", reason="signals")
@pytest.mark.parametrize("how", ["file", "stdin"])
def test_ctrl_c_stops_a_read_at_once(films: Any, how: str) -> None:
    name = films.write("x.ts", films.levels(50))
    code = (
        "import sys\nfrom vidcap.sources import open_source\nprint('go', flush=True)\n"
        "while True:\n    with open_source(sys.argv[1]) as source:\n        for _ in source.frames(): pass\n"
    )
    command = [sys.executable, "-c", code, name if how == "file" else "-"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    ) as child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdin.write(Path(name).read_bytes())
        child.stdin.flush()
        assert child.stdout.readline() == b"go\n"
        time.sleep(2)  # by then it waits for more bytes, or is amid a read
        child.send_signal(signal.SIGINT)
        child.wait(10)
        assert child.stderr is not None
        assert b"KeyboardInterrupt" in child.stderr.read()


def test_a_source_closed_early_gives_its_file_back(films: Any) -> None:
    name = films.write("x.mp4", films.levels(50))
    before = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    for _ in range(20):
        with open_source(name) as source:
            next(source.frames())
    after = len(os.listdir("/proc/self/fd")) if os.path.isdir("/proc/self/fd") else 0
    assert after <= before + 1


class LateStream:
    """A container that comes upon a packet of a stream which was not there when it was opened, as PyAV does."""

    def __init__(self) -> None:
        self.left = [IndexError("list index out of range"), SimpleNamespace(is_corrupt=False), None]

    def demux(self, _stream: object) -> Iterator[Any]:
        while self.left:
            item = self.left.pop(0)
            if isinstance(item, IndexError):
                raise item
            if item is not None:
                yield item


def test_a_packet_of_a_stream_that_appears_later_is_skipped_and_counted() -> None:
    opened: Any = SimpleNamespace(container=LateStream(), stream=None, raise_failure=int, notice_packet=int)
    damage = Damage()
    assert len(list(_packets(opened, damage))) == 1
    assert damage.bad_packets == 1
