"""Builds the inputs of the cases in the test run: films by the ffmpeg program, exact stamps and odd bytes by hand."""

from __future__ import annotations

import os
import random
import shutil
import struct
import subprocess
import zlib
from collections.abc import Callable, Sequence
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

H264 = ("-c:v", "libx264", "-preset", "veryfast", "-crf", "32")
SCENES = ("smptebars", "testsrc2", "rgbtestsrc")
DAMAGE_SEED = 3
OPEN_GOP = "open-gop=1:keyint=15:min-keyint=15:bframes=3:b-adapt=0:scenecut=0"

Array = NDArray[np.uint8]


def scenes(
    size: str = "160x120", fps: str = "25", each_s: float = 2, pixels: str = "yuv420p", then: str = ""
) -> list[str]:
    """Arguments of ffmpeg for three scenes that nobody takes for one, with cuts at ``each_s`` and twice that."""
    words: list[str] = []
    for scene in SCENES:
        words += ["-f", "lavfi", "-i", f"{scene}=s={size}:r={fps}:d={each_s}"]
    joined = "[0:v]setsar=1[a];[1:v]setsar=1[b];[2:v]setsar=1[c];[a][b][c]concat=n=3:v=1"
    return [*words, "-filter_complex", f"{joined},format={pixels}{then}[v]", "-map", "[v]"]


def pattern(kind: int, width: int = 160, height: int = 120) -> Array:
    """One of several pictures that are nothing alike."""
    y, x = np.mgrid[0:height, 0:width]
    planes = (x * (kind + 1) * 3 + y * kind, y * (5 - kind % 4) * 3 + 40 * kind, (x + y) * 2 + 90 * kind)
    return np.stack([plane % 256 for plane in planes], -1).astype(np.uint8)


class Workshop:
    """One folder for the cases, one for what they are made of."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "inputs"
        self.parts = folder / "parts"
        self.folder.mkdir()
        self.parts.mkdir()
        self.part = cache(self._part)

    def ffmpeg(self, *words: str | Path) -> None:
        """Run the program in the folder of parts."""
        command = ["ffmpeg", "-y", "-nostdin", "-v", "error", "-threads", "1", *map(str, words)]
        subprocess.run(command, check=True, cwd=self.parts, timeout=300)

    def _part(self, name: str) -> Path:
        """Return one of :data:`PARTS`, made at the first call."""
        path = self.parts / name
        PARTS[name](self, path)
        return path

    def copied(self, path: Path, *options: str, part: str = "plain.mp4") -> None:
        """Remux a part without coding it again."""
        self.ffmpeg("-i", self.part(part), "-c", "copy", *options, path)

    def coded(self, path: Path, *options: str, **how: Any) -> None:
        """Code the three scenes."""
        self.ffmpeg(*scenes(**how), *options, path)

    def put(self, path: Path, part: str = "plain.mp4") -> None:
        """Copy a part."""
        shutil.copy(self.part(part), path)

    def frames(self, path: Path, ticks: Sequence[int], kinds: Sequence[int], base: Fraction, **options: Any) -> None:
        """Write patterns at exact times with PyAV."""
        import av

        with av.open(str(path), "w", options=options) as container:
            stream: Any = container.add_stream("libx264", rate=25, options={"crf": "32", "bf": "0"})
            stream.width, stream.height, stream.pix_fmt = 160, 120, "yuv420p"
            stream.time_base = stream.codec_context.time_base = base
            for tick, kind in zip(ticks, kinds, strict=True):
                frame = av.VideoFrame.from_ndarray(pattern(kind), format="rgb24")
                frame.pts, frame.time_base = tick, base
                container.mux(stream.encode(frame))
            container.mux(stream.encode(None))

    def remuxed(self, source: Path, path: Path, change: Callable[[int, Any], bool], form: str | None = None) -> None:
        """Copy the packets for which ``change(place, packet)``, which may alter them, is true."""
        import av

        with av.open(str(source)) as old, av.open(str(path), "w", format=form) as new:
            stream = old.streams.video[0]
            copy = new.add_stream_from_template(stream)
            packets = (packet for packet in old.demux(stream) if packet.dts is not None)
            for place, packet in enumerate(packets):
                if change(place, packet):
                    packet.stream = copy
                    new.mux(packet)

    def joined(self, path: Path, *names: str) -> None:
        """Write parts one after another, byte for byte."""
        path.write_bytes(b"".join(self.part(name).read_bytes() for name in names))


def _transport(scene: str, *options: str, offset: str = "0") -> Callable[[Workshop, Path], None]:
    def make(shop: Workshop, path: Path) -> None:
        shop.ffmpeg("-f", "lavfi", "-i", f"{scene}:r=25:d=2", *H264, "-pix_fmt", "yuv420p", *options,
                    "-muxdelay", "0", "-output_ts_offset", offset, path)  # fmt: skip

    return make


def _many_shots(shop: Workshop, path: Path) -> None:
    inputs = [word for scene in SCENES for word in ("-f", "lavfi", "-i", f"{scene}=s=64x48:r=5:d=1")]
    shop.ffmpeg(*inputs, "-filter_complex", "[0][1][2]concat=n=3:v=1,loop=9:15,format=yuv420p", *H264, path)


PARTS: dict[str, Callable[[Workshop, Path], None]] = {
    "plain.mp4": lambda shop, path: shop.coded(path, *H264, "-bf", "0"),
    "b.mp4": lambda shop, path: shop.coded(
        path, *H264, "-bf", "3", "-x264-params", "b-adapt=0:keyint=50:scenecut=0"
    ),
    "keys.mp4": lambda shop, path: shop.coded(
        path, *H264, "-bf", "0", "-g", "25", "-x264-params", "scenecut=0:repeat-headers=1"
    ),
    "open.ts": lambda shop, path: shop.coded(path, *H264, "-x264-params", OPEN_GOP, "-muxdelay", "0"),
    "keys.ts": lambda shop, path: shop.copied(path, "-muxdelay", "0", part="keys.mp4"),
    "keys.mkv": lambda shop, path: shop.copied(path, "-cluster_time_limit", "500", part="keys.mp4"),
    "front.mp4": lambda shop, path: shop.copied(path, "-movflags", "faststart", part="keys.mp4"),
    "one.ts": _transport("smptebars=s=160x120"),
    "two.ts": _transport("testsrc2=s=160x120"),
    "two+2.ts": _transport("testsrc2=s=160x120", offset="2"),
    "two+3.ts": _transport("testsrc2=s=160x120", offset="63"),
    "two+10h.ts": _transport("testsrc2=s=160x120", offset="36000"),
    "large+2.ts": _transport("testsrc2=s=320x180", offset="2"),
    "deep+2.ts": _transport("testsrc2=s=160x120", "-pix_fmt", "yuv444p10le", offset="2"),
    "huge+2.ts": _transport("testsrc2=s=1600x1200", "-frames:v", "10", offset="2"),
    "many-shots.mp4": _many_shots,
    "hundreds.mp4": lambda shop, path: shop.ffmpeg(
        "-stream_loop", "9", "-i", shop.part("many-shots.mp4"), "-c", "copy", path
    ),
    "cover.jpg": lambda shop, path: shop.ffmpeg("-f", "lavfi", "-i", "testsrc=s=120x120", "-frames:v", "1", path),
    "still.png": lambda shop, path: shop.ffmpeg("-f", "lavfi", "-i", "testsrc=s=160x120", "-frames:v", "1", path),
}  # fmt: skip


def damaged(content: bytes, hits: int = 60, part: tuple[float, float] = (0.4, 0.6)) -> bytes:
    """Return the content with bytes changed at random in a part of it."""
    rng, changed = random.Random(DAMAGE_SEED), bytearray(content)
    first, last = (int(len(changed) * place) for place in part)
    for _ in range(hits):
        changed[rng.randrange(first, last)] = rng.randrange(256)
    return bytes(changed)


def png_chunk(kind: bytes, data: bytes) -> bytes:
    """A chunk of a PNG."""
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png_bomb(side: int) -> bytes:
    """A one-bit PNG of ``side`` squared pixels in a few kilobytes."""
    packer = zlib.compressobj(9)
    row = bytes(1 + side // 8)
    rows = b"".join(packer.compress(row) for _ in range(side)) + packer.flush()
    head = struct.pack(">IIBBBBB", side, side, 1, 0, 0, 0, 0)
    chunks = png_chunk(b"IHDR", head) + png_chunk(b"IDAT", rows) + png_chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + chunks


def gif_bomb() -> bytes:
    """A GIF that claims 65535 x 65535 pixels in 35 bytes."""
    side = struct.pack("<HH", 65535, 65535)
    palette = b"\0\0\0\xff\xff\xff"
    return b"GIF89a" + side + b"\x80\0\0" + palette + b"\x2c\0\0\0\0" + side + b"\0\x02\x02\x44\x01\x00\x3b"


def in_bytes(path: Path) -> bytes:
    """Return a path as the system has it."""
    return os.fsencode(path)
