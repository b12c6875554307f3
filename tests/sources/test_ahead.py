"""Groups of pictures decoded side by side give what decoding one after the other gives."""

from __future__ import annotations

import random
import threading
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from itertools import islice
from math import ceil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidcap.sources import SourceConfig, Wanted, open_source
from vidcap.sources.entries import Entries
from vidcap.sources.ready import ReadyPicture, StoredPicture
from vidcap.testing import scene
from vidcap.types import Frame, Pixels

WANTED = Wanted(Fraction(1, 4), 32)
TWO = SourceConfig(threads=2)
LENGTHS = (40, 90, 25, 61)


def pictures(drift_px: float = 0.3, noise: float = 2) -> Iterator[Pixels]:
    """Four scenes that move and are noisy, 192 x 108; 216 in all."""
    for seed, length in enumerate(LENGTHS):
        for picture in scene(seed + 5, length, drift_px=drift_px, noise=noise):
            yield picture.repeat(3, axis=0).repeat(3, axis=1)


def h264(options: str = "", **more: str) -> dict[str, Any]:
    return {"options": {"crf": "28", "preset": "veryfast", "g": "20", "x264-params": f"log=-1:{options}", **more}}


def hevc(options: str) -> dict[str, Any]:
    return {
        "codec": "libx265",
        "options": {"preset": "ultrafast", "x265-params": f"log-level=none:keyint=20:bframes=3:{options}"},
    }


VP = {"deadline": "realtime", "cpu-used": "8", "g": "20", "b": "300k", "auto-alt-ref": "1", "lag-in-frames": "8"}
FILMS: dict[str, tuple[str, dict[str, Any]]] = {
    "h264 in mp4": ("a.mp4", h264("bframes=3")),
    "h264 in ts": ("b.ts", h264("bframes=3:b-pyramid=normal")),
    "h264 in mkv, without reordering told": ("c.mkv", h264("bframes=3:nal-hrd=none")),
    "h264, open groups": ("d.mp4", h264("bframes=3:open-gop=1:b-adapt=0")),
    "h264, open groups in ts": ("e.ts", h264("bframes=3:open-gop=1:b-adapt=0")),
    "hevc, open groups": ("f.mkv", hevc("open-gop=1:b-adapt=0")),
    "hevc, closed groups in ts": ("g.ts", hevc("open-gop=0:repeat-headers=1")),
    "vp9": ("h.webm", {"codec": "libvpx-vp9", "options": VP}),
    "vp8": ("i.webm", {"codec": "libvpx", "options": VP}),
    "mpeg-2": ("j.ts", {"codec": "mpeg2video", "options": {"g": "15", "bf": "2", "b": "600k"}}),
}


def read(path: str, wanted: Wanted | None, config: SourceConfig = TWO) -> list[Frame]:
    with open_source(path, config) as source:
        return list(source.frames(wanted))


def facts(frame: Frame) -> tuple[Any, ...]:
    size = frame.picture.width_px, frame.picture.height_px
    times = frame.index, frame.start_s, frame.end_s
    return (*times, frame.is_key, frame.is_corrupt, size, frame.picture.small_yuv().tobytes())


def are_ahead(frames: list[Frame]) -> int:
    return sum(isinstance(frame.picture, (ReadyPicture, StoredPicture)) for frame in frames)


def on_screen(frames: list[Frame]) -> list[Frame]:
    """The frames on screen at multiples of a quarter of a second."""
    return [frame for frame in frames if ceil(frame.start_s * 4) < frame.end_s * 4]


def same(path: str, config: SourceConfig = TWO) -> list[Frame]:
    """Read in both ways, compare all that may be asked for, and return what came from side by side."""
    plain, ahead = read(path, None, config), read(path, WANTED, config)
    assert [facts(frame) for frame in ahead] == [facts(frame) for frame in plain]
    for one, other in zip(on_screen(plain), on_screen(ahead), strict=True):
        assert np.array_equal(one.picture.rgb(32, 32), other.picture.rgb(32, 32))
    return ahead


@pytest.mark.parametrize("scan", ["full", "fast"])
@pytest.mark.parametrize("kind", FILMS)
def test_frames_are_the_same_as_one_after_the_other(films: Any, kind: str, scan: str) -> None:
    name, stream = FILMS[kind]
    ahead = same(films.write(name, pictures(), **stream), replace(TWO, scan=scan))
    assert are_ahead(ahead) > len(ahead) / 2


KEYS = ["h264 in mp4", "h264, open groups in ts", "hevc, open groups", "vp9", "mpeg-2"]


@pytest.mark.parametrize("kind", KEYS)
def test_key_frames_and_the_groups_between_are_the_same_too(films: Any, kind: str) -> None:
    name, stream = FILMS[kind]
    path = films.write(name, pictures(0.02, 0), **stream)
    plain = read(path, None, SourceConfig(scan="keys", threads=1))
    ahead = read(path, WANTED, replace(TWO, scan="keys"))
    assert are_ahead(ahead) > 5
    begun = 40  # the first two groups are decoded before it is known what is wanted
    assert [facts(frame) for frame in ahead if frame.index >= begun] == [
        facts(frame) for frame in plain if frame.index >= begun
    ]
    assert [(frame.after_calm, frame.is_leap) for frame in ahead if frame.index >= begun] == [
        (frame.after_calm, frame.is_leap) for frame in plain if frame.index >= begun
    ]
    for frame in on_screen(ahead):
        frame.picture.rgb(32, 32)
    assert len(ahead) < sum(LENGTHS)


def test_key_frames_out_of_order_are_decoded_plainly(films: Any) -> None:
    first = films.write("q.ts", islice(pictures(), 130), **h264())
    later = films.write("r.ts", islice(pictures(), 130, None), **h264())
    joined = Path(first).with_name("p.ts")
    joined.write_bytes(Path(first).read_bytes() + Path(later).read_bytes())
    for frame in read(str(joined), WANTED, replace(TWO, scan="keys")):
        if frame in on_screen([frame]):
            frame.picture.rgb(32, 32)


def test_a_reader_may_begin_and_end_anywhere(films: Any) -> None:
    path = films.write("s.mp4", pictures(), **h264("bframes=3"))
    for start_s, end_s in ((Fraction(1, 3), Fraction(5)), (Fraction(31, 10), None), (Fraction(79, 100), Fraction(7))):
        ahead = same(path, replace(TWO, start_s=start_s, end_s=end_s))
        assert are_ahead(ahead) > 20
        ahead[0].picture.rgb(32, 32)


def test_what_was_not_wanted_is_not_kept(films: Any) -> None:
    path = films.write("w.mp4", pictures(), **h264())
    frames = read(path, WANTED)
    gone = [frame for frame in frames if type(frame.picture) is ReadyPicture and frame not in on_screen(frames)]
    assert len(gone) > 50
    with pytest.raises(LookupError, match="32 x 32"):
        gone[5].picture.rgb(32, 32)
    assert not any(isinstance(frame.picture, StoredPicture) for frame in read(path, Wanted()))


def test_pictures_beyond_the_memory_for_them_are_converted(films: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidcap.sources.decoders._MOST_STORED_BYTES", 100_000)
    ahead = same(films.write("m.mp4", pictures(), **h264()))
    kinds = [type(frame.picture) for frame in on_screen(ahead)]
    assert kinds.count(StoredPicture) >= 3
    assert kinds.count(ReadyPicture) > kinds.count(StoredPicture)


def test_a_film_without_whole_key_frames_is_not_divided(films: Any) -> None:
    path = films.write("r.mp4", pictures(), **h264("intra-refresh=1:bframes=0"))
    assert are_ahead(same(path)) == 0


def test_one_thread_and_streams_that_cannot_go_back_are_read_plainly(films: Any, tmp_path: Path) -> None:
    path = films.write("o.mp4", pictures(), **h264())
    assert are_ahead(read(path, WANTED, SourceConfig(threads=1))) == 0
    assert are_ahead(read(path, None)) == 0


def test_stamps_out_of_order_end_the_division(films: Any) -> None:
    """After a clock was set back, times are shifted: what is on screen when can't be told from stamps."""
    ticks = [*range(100), *range(40, 156)]
    first = films.write("t.ts", islice(pictures(), 100), **h264())
    later = films.write("u.ts", islice(pictures(), 100, None), **h264())
    joined = Path(first).with_name("v.ts")
    joined.write_bytes(Path(first).read_bytes() + Path(later).read_bytes())
    ahead = same(str(joined))
    assert len(ahead) == len(ticks)
    assert 0 < are_ahead(ahead) <= 100


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 1 << 20), kind=st.sampled_from(["h264 in mp4", "h264, open groups in ts", "mpeg-2"]))
def test_damage_loses_no_more_than_in_the_plain_way(films: Any, seed: int, kind: str) -> None:
    """Where bytes are damaged the pictures may differ, as decoders paint over holes; frames and times do not."""
    name, stream = FILMS[kind]
    whole = films.folder / name
    if not whole.exists():
        films.write(name, pictures(), **stream)
    data, chance = bytearray(whole.read_bytes()), random.Random(seed)
    for _ in range(3):
        place = chance.randrange(len(data) // 4, 3 * len(data) // 4)
        data[place : place + 40] = chance.randbytes(40)
    hurt = films.folder / f"hurt-{name}"
    hurt.write_bytes(data)
    plain, ahead = read(str(hurt), None), read(str(hurt), WANTED)
    assert abs(len(plain) - len(ahead)) <= 4
    assert [frame.start_s for frame in ahead] == sorted(frame.start_s for frame in ahead)
    last = None  # what the sampler may ask for
    for frame in ahead:
        if frame in on_screen([frame]) or (last is not None and last.is_corrupt and not frame.is_corrupt):
            frame.picture.rgb(32, 32)
            last = frame


@pytest.mark.parametrize("scan", ["full", "keys"])
@pytest.mark.parametrize("each", [7, 47])
def test_a_group_that_fails_is_decoded_plainly(
    films: Any, monkeypatch: pytest.MonkeyPatch, scan: str, each: int
) -> None:
    path = films.write("x.mp4", pictures(), **h264("bframes=3"))
    plain = read(path, None, SourceConfig(scan=scan, threads=1))
    monkeypatch.setattr("vidcap.sources.decoders._CHUNK", 5)
    asked = 0

    def some_fail(self: StoredPicture, _size_px: int | None) -> ReadyPicture:
        nonlocal asked
        asked += 1
        if asked % each == 0:
            raise ValueError("no reason")
        return ReadyPicture((192, 108), self._small)

    monkeypatch.setattr(StoredPicture, "ready", some_fail)
    ahead = read(path, Wanted(), replace(TWO, scan=scan))
    begun = 40 if scan == "keys" else 0
    assert [facts(frame)[:-2] for frame in ahead if frame.index >= begun] == [
        facts(frame)[:-2] for frame in plain if frame.index >= begun
    ]
    assert asked > each
    assert are_ahead(ahead) < len(ahead)


def test_a_reader_that_stops_early_leaves_no_thread(films: Any) -> None:
    path = films.write("y.mp4", pictures(), **h264())
    with open_source(path, TWO) as source:
        stream = source.frames(WANTED)
        seen = list(islice(stream, 100))
        assert any(thread.name.startswith("vidcap-decode") for thread in threading.enumerate())
        stream.close()  # type: ignore[attr-defined]
    assert are_ahead(seen)
    assert not any(thread.name.startswith("vidcap-decode") for thread in threading.enumerate())


def test_a_failure_of_a_thread_reaches_the_reader(films: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    path = films.write("z.mp4", pictures(), **h264())

    def fail(*_: object) -> None:
        raise MemoryError("full")

    monkeypatch.setattr("vidcap.sources.decoders.StoredPicture", fail)
    with pytest.raises(MemoryError, match="full"):
        read(path, WANTED)


class _Packet(bytes):
    """The bytes of a packet."""

    def has_sidedata(self, kind: str) -> bool:
        return kind == "new_extradata" and self == b"changed"


def annex_b(*units: bytes) -> _Packet:
    return _Packet(b"".join(b"\0\0\1" + unit for unit in units))


SPS, PPS, IDR, SLICE = b"\x67\x64", b"\x68\xee", b"\x65\x88", b"\x61\x9a"


@pytest.mark.parametrize(
    ("units", "is_clean"),
    [
        ((SPS, PPS, IDR), True),
        ((b"\x09\x10", SPS, PPS, b"\x06\x05\x03abc\x80", IDR), True),
        ((PPS, IDR), False),
        ((SPS, PPS, SLICE), False),
        ((SPS, PPS, b"\x06\x06\x01\xc4\x80", SLICE), True),  # a recovery point, at once
        ((SPS, PPS, b"\x06\x06\x01\x44\x80", SLICE), False),  # one some frames on
        ((SPS, PPS, b"\x06\x05\x02ab\x06\x01\xc4\x80", SLICE), True),  # behind something else
        ((), False),
    ],
)
def test_key_frames_of_h264_are_judged_by_their_units(units: tuple[bytes, ...], is_clean: bool) -> None:
    packet: Any = annex_b(*units)
    assert Entries("h264", b"").is_clean(packet) is is_clean


def test_parameter_sets_in_the_header_count_until_there_are_others() -> None:
    def framed(*units: bytes) -> Any:
        return _Packet(b"".join(len(unit).to_bytes(4, "big") + unit for unit in units))

    entries = Entries("h264", bytes((1, 100, 0, 40, 255)))
    assert entries.is_clean(framed(IDR))
    assert entries.is_clean(framed(SPS, PPS, IDR))
    assert not entries.is_clean(framed(IDR))
    changed: Any = _Packet(b"changed")
    assert not Entries("vp9", b"").is_clean(changed)


def test_key_frames_of_hevc_are_judged_by_their_units() -> None:
    sets = b"\x40\x01", b"\x42\x01", b"\x44\x01"
    for kind, is_clean in ((19, True), (21, True), (1, False), (22, False)):
        packet: Any = annex_b(*sets, bytes((kind << 1, 1)))
        assert Entries("hevc", b"").is_clean(packet) is is_clean
    lone: Any = annex_b(bytes((19 << 1, 1)))
    assert not Entries("hevc", b"").is_clean(lone)
