"""What is read without a bound would let a small file take all memory, or all day."""

from __future__ import annotations

import io
import os
import struct
from itertools import chain, repeat
from pathlib import Path
from types import BuiltinMethodType
from typing import Any

import av
import pytest

from vidcap.errors import SourceError, SourceUnsupported
from vidcap.sources import SourceConfig, open_source
from vidcap.sources import reading as reading_module
from vidcap.sources.allocation import bound_blocks
from vidcap.sources.claims import samples_claimed
from vidcap.sources.protocols import target_of
from vidcap.sources.reading import Reader


def box(kind: bytes, *parts: bytes) -> bytes:
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def track(handler: bytes, count: int, ticks: int = 512, size: int = 10) -> bytes:
    table = box(b"stbl", box(b"stts", struct.pack(">IIII", 0, 1, count, ticks)),
                box(b"stsz", struct.pack(">III", 0, size, count)))  # fmt: skip
    return box(b"trak", box(b"mdia", box(b"hdlr", bytes(8) + handler + bytes(12)), box(b"minf", table)))


def film(*parts: bytes) -> io.BytesIO:
    return io.BytesIO(box(b"ftyp", b"isom", bytes(4)) + b"".join(parts))


def test_frames_that_an_index_only_counts_are_added_up_over_tracks() -> None:
    assert samples_claimed(film(box(b"moov", track(b"vide", 7), track(b"soun", 5)))) == 12


def test_frames_that_are_named_one_by_one_take_bytes_of_the_file_and_are_not_counted() -> None:
    assert samples_claimed(film(box(b"moov", track(b"vide", 7, size=0)))) == 0


def test_raw_sound_of_a_tick_a_sample_is_not_listed_by_sample() -> None:
    assert samples_claimed(film(box(b"moov", track(b"soun", 170_000_000, ticks=1)))) == 0
    assert samples_claimed(film(box(b"moov", track(b"vide", 170_000_000, ticks=1)))) == 170_000_000


def test_a_fragment_counts_unless_it_tells_something_of_each_frame() -> None:
    for flags, claimed in ((1, 9), (0x201, 0)):
        run = box(b"trun", struct.pack(">III", flags, 9, 100))
        assert samples_claimed(film(box(b"moof", box(b"traf", run)))) == claimed


@pytest.mark.parametrize(
    "content", [b"", b"\0" * 7, b"\x1aE\xdf\xa3" * 9, box(b"ftyp") + struct.pack(">I4s", 3, b"moov")]
)
def test_other_files_and_broken_boxes_claim_nothing(content: bytes) -> None:
    file = io.BytesIO(content)
    file.seek(min(3, len(content)))
    assert samples_claimed(file) == 0
    assert file.tell() == min(3, len(content))


def test_boxes_before_it_do_not_hide_an_index() -> None:
    assert samples_claimed(film(box(b"free") * 9000, box(b"moov", track(b"vide", 7)))) == 7


def test_the_library_that_takes_memory_is_found() -> None:
    """On the systems for which PyAV has wheels."""
    assert bound_blocks(64_000_000)


def test_no_block_of_memory_is_larger_than_a_picture_needs() -> None:
    assert bound_blocks(1_000_000)
    try:
        with pytest.raises((MemoryError, OSError, ValueError)):
            av.VideoFrame(20_000, 20_000, "rgba")
    finally:
        bound_blocks(64_000_000)


def drained(reader: Reader) -> int:
    return sum(map(len, iter(lambda: reader.read(1 << 16), b"")))


class Endless:
    def __init__(self, pieces: Any) -> None:
        self.pieces = iter(pieces)

    def read(self, size: int) -> bytes:
        return bytes(next(self.pieces, b""))


def test_noise_without_a_frame_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MOST_BEFORE_FRAME", 1 << 20)
    reader = Reader(Endless(repeat(b"x" * 65536)), "x", is_seekable=False)
    assert drained(reader) == 1 << 20


def test_a_ctrl_c_that_comes_while_ffmpeg_works_is_kept(films: Any) -> None:
    """It is raised where Python code runs next: in a function that FFmpeg calls no line of it could catch it."""
    with open(films.write("c.mp4", films.levels(2)), "rb", buffering=0) as file:
        reader = Reader(file, "c.mp4", is_seekable=True)
        assert all(isinstance(method, BuiltinMethodType) for method in (reader.read, reader.seek, reader.tell))
        assert len(reader.read(10)) == 10
        resumed: Any = reader.read.__self__  # type: ignore[attr-defined]  # the generator behind it
        assert resumed.throw(KeyboardInterrupt()) == b""
        assert isinstance(reader.failure, KeyboardInterrupt)
        assert reader.read(10) == b""


def test_zeros_end_but_not_where_packets_come_among_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reading_module, "MOST_ZEROS", 1 << 20)
    reader = Reader(Endless(chain([b"film"], repeat(bytes(65536)))), "x", is_seekable=False)
    reader.has_frame = True
    assert drained(reader) == (1 << 20) + 4
    black = Reader(Endless(repeat(bytes(65536), 100)), "x", is_seekable=False)
    black.has_frame = True
    for _ in range(100):
        assert black.read(1 << 16)
        black.zeros = 0


def test_a_film_of_frames_beyond_its_limit_is_refused_where_a_picture_is_not(films: Any) -> None:
    film_name = films.write("x.mp4", films.levels(2))
    config = SourceConfig(max_film_pixels=1000)
    with pytest.raises(SourceUnsupported, match="96 x 64, more than 1000 pixels"):
        open_source(film_name, config)
    films.write("x.png", [films.flat(9)], codec="png", pix_fmt="rgb24", format="image2")
    with open_source(str(films.folder / "x.png"), config) as source:
        assert source.info.is_still


def test_a_scheme_in_capitals_is_that_scheme() -> None:
    assert target_of("HTTP://host/A", SourceConfig()).url == "http://host/A"


@pytest.mark.parametrize("name", ["rtsp,file", "RTSP", "", "-x", "a b"])
def test_only_names_of_protocols_can_be_allowed(name: str) -> None:
    with pytest.raises(ValueError, match="allowed by its name"):
        SourceConfig(allow_protocols=frozenset({name}))


def test_any_number_of_streams_and_threads_may_be_allowed(films: Any) -> None:
    name = films.write("x.mp4", films.levels(2))
    with open_source(name, SourceConfig(max_streams=10**30, threads=10**6, max_pixels=10**17)) as source:
        assert len(list(source.frames())) == 2


def test_no_python_file_of_the_current_folder_is_run(films: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    name = films.write("x.mp4", films.levels(2))
    for module in ("json", "logging", "av", "numpy", "select"):
        Path(films.folder / f"{module}.py").write_text("import os; open('ran', 'w'); os._exit(9)")
    monkeypatch.chdir(films.folder)
    with open_source(name, SourceConfig(isolate=True)) as source:
        assert len(list(source.frames())) == 2
    assert not os.path.exists("ran")


def test_a_document_is_refused_although_a_picture_lies_in_it(films: Any) -> None:
    films.write("x.jpg", [films.flat(9)], codec="mjpeg", pix_fmt="yuvj420p", format="image2")
    (films.folder / "x.pdf").write_bytes(b"%PDF-1.4\n" + (films.folder / "x.jpg").read_bytes())
    with pytest.raises(SourceError, match="is a document"):
        open_source(str(films.folder / "x.pdf"))
