"""Cases of small inputs that claim to be huge, or never end."""

from __future__ import annotations

import os
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

from tests.cases.case import Case, refused, three
from tests.cases.workshop import H264, Workshop, png_chunk

INDEX = "its index lists more than 12000000 frames"
FRAGMENTS = ("-movflags", "frag_keyframe+empty_moov+default_base_moof")


def box(kind: bytes, *parts: bytes) -> bytes:
    """A box of an MP4."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), kind) + body


def with_box(content: bytes, kind: bytes, new: bytes) -> bytes:
    """Return an MP4 with the first box of a kind replaced, and the sizes of those around it set right."""
    sys.path.append(str(Path(__file__).resolve().parents[2] / "benchmarks"))
    from mutations import boxes

    found = list(boxes(content))
    old = next(piece for piece in found if piece.kind == kind)
    changed, more = bytearray(content), len(new) - (old.end - old.start)
    for piece in found:
        if piece.body <= old.start and piece.end >= old.end:
            struct.pack_into(">I", changed, piece.start, piece.end - piece.start + more)
    changed[old.start : old.end] = new
    return bytes(changed)


def _many_samples(shop: Workshop, path: Path, count: int = 50_000_000) -> None:
    content = shop.part("plain.mp4").read_bytes()
    content = with_box(content, b"stsz", box(b"stsz", struct.pack(">III", 0, 10, count)))
    content = with_box(content, b"stts", box(b"stts", struct.pack(">IIII", 0, 1, count, 512)))
    path.write_bytes(with_box(content, b"stsc", box(b"stsc", struct.pack(">IIIII", 0, 1, 1, count, 1))))


def _many_in_a_fragment(shop: Workshop, path: Path) -> None:
    shop.copied(path, *FRAGMENTS)
    run = box(b"trun", struct.pack(">III", 1, 50_000_000, 100))
    path.write_bytes(with_box(path.read_bytes(), b"trun", run))


def _packed(megabytes: int) -> bytes:
    packer = zlib.compressobj(9)
    return b"".join(packer.compress(b"a" * (1 << 20)) for _ in range(megabytes)) + packer.flush()


def _with_note(kind: bytes) -> Any:
    def make(shop: Workshop, path: Path) -> None:
        content = shop.part("still.png").read_bytes()
        path.write_bytes(content[:33] + png_chunk(kind, b"Title\0\0" + _packed(1500)) + content[33:])

    return make


def _hollow(part: str, gigabytes: int) -> Any:
    """A film that goes on in zeros, which the file system need not store."""

    def make(shop: Workshop, path: Path) -> None:
        shop.put(path, part)
        os.truncate(path, gigabytes << 30)

    return make


def _nothing(_shop: Workshop, path: Path) -> None:
    path.touch()
    os.truncate(path, 100 << 30)


def _many_references(shop: Workshop, path: Path) -> None:
    grey = "color=gray:s=7000x4000:r=25:d=0.8"
    options = ("-preset", "ultrafast", "-qp", "51", "-x264-params", "ref=16:bframes=0", "-pix_fmt", "yuv420p")
    shop.ffmpeg("-f", "lavfi", "-i", grey, "-c:v", "libx264", *options, path)


def _close(shop: Workshop, path: Path) -> None:
    shop.coded(path, *H264, "-bf", "0", fps="100", size="64x48")


CASES = [
    refused("bombs", "index.mp4", "an index of 50 million frames in 60 bytes", _many_samples, INDEX),
    refused("bombs", "fragment.mp4", "a fragment of 50 million frames in 20 bytes", _many_in_a_fragment, INDEX),
    Case(
        kind="bombs",
        name="note.png",
        what="a note in a PNG that unpacks to 1.5 GB",
        right="the picture is described, the note left out",
        build=_with_note(b"zTXt"),
        cues=(1, 1),
        end_s=5,
    ),
    refused("bombs", "profile.png", "a colour profile that unpacks to 1.5 GB", _with_note(b"iCCP"), "holds no frame"),
    refused("bombs", "zeros.mp4", "100 GB of zeros", _nothing, "holds nothing but zeros"),
    three("bombs", "hollow.mp4", "a film, then zeros up to 100 GB", _hollow("plain.mp4", 100)),
    three("bombs", "hollow.mkv", "a film, then zeros up to 20 GB", _hollow("keys.mkv", 20), "given up after 256 MB"),
    three("bombs", "hollow.ts", "a film, then zeros up to 20 GB", _hollow("keys.ts", 20), "given up after 256 MB"),
    refused(
        "bombs",
        "endless",
        "random bytes without end",
        lambda _shop, path: path.symlink_to("/dev/urandom"),
        "",
        right="refused, at the latest after a gigabyte without a frame",
    ),
    Case(
        kind="bombs",
        name="references.mp4",
        what="frames of 28 megapixels, each made from 16 others",
        right="described, in 1.1 GB",
        build=_many_references,
        cues=(1, 1),
        end_s=0.8,
    ),
    refused(
        "bombs",
        "9000x4000.mp4",
        "a film of 36 megapixels a frame",
        lambda shop, path: shop.ffmpeg(
            "-f", "lavfi", "-i", "color=gray:s=9000x4000:r=1:d=1", *H264, "-pix_fmt", "yuv420p", path
        ),
        "its pictures are too large: 9000 x 4000, more than 33200000 pixels",
    ),
    three(
        "bombs",
        "close.mp4",
        "100 frames a second, where --max-fps 20 is asked for",
        _close,
        "those too close are left out, with a warning",
        says="more than 20 frames a second",
        options=("--max-fps", "20"),
    ),
    Case(
        kind="bombs",
        name="threads.mp4",
        what="100,000 threads, asked for by --threads",
        right="64 are used",
        build=lambda shop, path: shop.put(path),
        cues=(3, 3),
        end_s=6,
        options=("--threads", "100000"),
    ),
]
