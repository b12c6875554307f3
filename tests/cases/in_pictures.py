"""Cases of pixels and of content: shapes, depths, colours; black, flashes, repeats."""

from __future__ import annotations

import struct
from pathlib import Path
from typing import Any

from tests.cases.case import Case, three
from tests.cases.workshop import H264, Workshop

SMALL: dict[str, Any] = {"size": "64x48", "fps": "5"}
HDR = ("-c:v", "libx265", "-preset", "ultrafast", "-crf", "34", "-color_primaries", "bt2020", "-colorspace", "bt2020nc")


MATRICES = {90: (0, 1, -1, 0), 180: (-1, 0, 0, -1), 270: (0, -1, 1, 0)}


def _turned(degrees: int) -> Case:
    def build(shop: Workshop, path: Path) -> None:
        """Write the matrix into the track's header: programs differ in how they can be asked to."""
        a, b, c, d = (one << 16 for one in MATRICES[degrees])
        content = bytearray(shop.part("plain.mp4").read_bytes())
        struct.pack_into(">9i", content, content.index(b"tkhd") + 44, a, b, 0, c, d, 0, 0, 0, 1 << 30)
        path.write_bytes(content)

    return three("pixels", f"turned-{degrees}.mp4", f"to be turned by {degrees} degrees", build, "turned")


def _hdr(name: str, transfer: str) -> Case:
    colours = f"log-level=error:colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc"
    return three(
        "pixels",
        name,
        f"10-bit HDR, {transfer}",
        lambda shop, path: shop.coded(
            path, *HDR, "-color_trc", transfer, "-x265-params", colours, fps="10", pixels="yuv420p10le"
        ),
        "mapped to what an ordinary screen shows",
    )


def _pixels(pixels: str, codec: str, suffix: str = "mkv") -> Case:
    return three(
        "pixels",
        f"{pixels}.{suffix}",
        f"{pixels} pixels",
        lambda shop, path: shop.coded(path, "-c:v", codec, "-pix_fmt", pixels, **SMALL, pixels=pixels),
    )


def _source(source: str, *options: str) -> Any:
    def make(shop: Workshop, path: Path) -> None:
        shop.ffmpeg("-f", "lavfi", "-i", source, *options, *H264, "-pix_fmt", "yuv420p", path)

    return make


def _eight_k(shop: Workshop, path: Path) -> None:
    large = "s=7680x4320:r=1:d=1"
    shop.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        f"color=blue:{large}",
        "-f",
        "lavfi",
        "-i",
        f"color=red:{large}",
        "-filter_complex",
        "[0][1]concat=n=2:v=1[v]",
        "-map",
        "[v]",
        "-c:v",
        "libx264",
        "-preset",
        "ultrafast",
        "-qp",
        "51",
        "-pix_fmt",
        "yuv420p",
        path,
    )


def _crossfade(shop: Workshop, path: Path) -> None:
    mixed = "[0]setsar=1[a];[1]setsar=1[b];[a][b]xfade=duration=2:offset=2,format=yuv420p[v]"
    shop.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "smptebars=s=160x120:r=25:d=4",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=160x120:r=25:d=4",
        "-filter_complex",
        mixed,
        "-map",
        "[v]",
        *H264,
        path,
    )


def _there_and_back(shop: Workshop, path: Path) -> None:
    two = "[0]split[a][c];[1]split[b][d];[a][b][c][d]concat=n=4:v=1[v]"
    shop.ffmpeg(
        "-f",
        "lavfi",
        "-i",
        "smptebars=s=160x120:r=25:d=1.52",
        "-f",
        "lavfi",
        "-i",
        "testsrc2=s=160x120:r=25:d=1.52",
        "-filter_complex",
        two,
        "-map",
        "[v]",
        *H264,
        "-pix_fmt",
        "yuv420p",
        path,
    )


PIXELS = {
    "yuv444p": "libx264",
    "yuv422p10le": "ffv1",
    "gray": "ffv1",
    "gray10le": "ffv1",
    "gray16le": "ffv1",
    "rgb24": "png",
    "rgba": "png",
    "bgr0": "ffv1",
    "yuva420p": "ffv1",
    "gbrp": "ffv1",
    "gbrp12le": "ffv1",
    "yuv411p": "ffv1",
    "nv12": "rawvideo",
    "yuyv422": "rawvideo",
    "pal8": "png",
}

CASES = [
    *map(_turned, (90, 180, 270)),
    _hdr("hdr-pq.mkv", "smpte2084"),
    _hdr("hdr-hlg.mkv", "arib-std-b67"),
    *(_pixels(pixels, codec) for pixels, codec in PIXELS.items()),
    _pixels("rgb565le", "rawvideo", "nut"),
    three(
        "pixels",
        "bottom-up.avi",
        "rows from the bottom up",
        lambda shop, path: shop.coded(path, "-c:v", "rawvideo", **SMALL, pixels="bgr24"),
        "the right way up",
    ),
    three(
        "pixels",
        "full-range.mp4",
        "full range, BT.709",
        lambda shop, path: shop.coded(path, *H264, "-color_range", "pc", "-colorspace", "bt709", pixels="yuvj420p"),
    ),
    three(
        "pixels",
        "alpha.mov",
        "transparency",
        lambda shop, path: shop.coded(path, "-c:v", "qtrle", **SMALL, pixels="argb"),
        "on neutral grey",
    ),
    three(
        "pixels",
        "odd.mkv",
        "75 x 53 pixels",
        lambda shop, path: shop.coded(
            path, *H264, "-pix_fmt", "yuv444p", size="96x64", fps="10", pixels="yuv444p", then=",crop=75:53:exact=1"
        ),
    ),
    three(
        "pixels",
        "odd-chroma.mkv",
        "35 x 27 pixels with halved chroma",
        lambda shop, path: shop.coded(path, "-c:v", "ffv1", fps="10", then=",scale=35:27"),
    ),
    three(
        "pixels",
        "interlaced.mpg",
        "interlaced",
        lambda shop, path: shop.coded(path, "-c:v", "mpeg2video", "-flags", "+ilme+ildct", "-top", "1", "-q:v", "9"),
    ),
    Case(
        kind="pixels",
        name="anamorphic.mp4",
        what="pixels four times as wide as high",
        right="stretched",
        build=_source("smptebars=s=80x120:r=25:d=3", "-vf", "setsar=4/1"),
        cues=(1, 1),
        cuts_s=(),
        end_s=3,
    ),
    Case(
        kind="pixels",
        name="silly-aspect.mp4",
        what="pixels 200 times as wide as high",
        right="taken for square",
        build=_source("smptebars=s=80x120:r=25:d=3", "-vf", "setsar=200/1"),
        cues=(1, 1),
        cuts_s=(),
        end_s=3,
    ),
    Case(
        kind="pixels",
        name="8k.mp4",
        what="7680 x 4320",
        right="described, in 400 MB",
        build=_eight_k,
        cues=(2, 2),
        cuts_s=(1,),
        end_s=2,
    ),
    Case(
        kind="pixels",
        name="flat.mp4",
        what="4000 x 2",
        right="described",
        build=_source("testsrc2=s=4000x16:r=5:d=3", "-vf", "crop=4000:2"),
        cues=(0, 2),
        end_s=3,
    ),
    Case(
        kind="pixels",
        name="tall.mp4",
        what="2 x 4000",
        right="described",
        build=_source("testsrc2=s=16x4000:r=5:d=3", "-vf", "crop=2:4000"),
        cues=(0, 2),
        end_s=3,
    ),
    Case(
        kind="pixels",
        name="dot.png",
        what="1 x 1",
        right="described",
        build=lambda shop, path: shop.ffmpeg(
            "-f", "lavfi", "-i", "color=red:s=1x1,format=rgb24", "-frames:v", "1", path
        ),
        cues=(1, 1),
        cuts_s=(),
        end_s=5,
    ),
    Case(
        kind="pixels",
        name="size-changes.ts",
        what="160 x 120, then 320 x 180",
        right="a cut where it changes",
        build=lambda shop, path: shop.joined(path, "one.ts", "large+2.ts"),
        cues=(2, 2),
        cuts_s=(2,),
        end_s=4,
    ),
    Case(
        kind="pixels",
        name="format-changes.ts",
        what="8 bits, then 10 bits 4:4:4",
        right="a cut where it changes",
        build=lambda shop, path: shop.joined(path, "one.ts", "deep+2.ts"),
        cues=(2, 2),
        cuts_s=(2,),
        end_s=4,
    ),
    Case(
        kind="content",
        name="black.mp4",
        what="nothing but black",
        right="one cue at most",
        build=_source("color=black:s=160x120:r=25:d=5"),
        cues=(0, 1),
        cuts_s=(),
        end_s=5,
    ),
    Case(
        kind="content",
        name="flash.mp4",
        what="one white frame",
        right="no cut",
        build=_source("testsrc2=s=160x120:r=25:d=6", "-vf", "drawbox=c=white:t=fill:enable='eq(n,75)'"),
        cues=(1, 1),
        cuts_s=(),
        end_s=6,
    ),
    Case(
        kind="content",
        name="crossfade.mp4",
        what="one scene becomes another in 2 s",
        right="one boundary at most",
        build=_crossfade,
        cues=(1, 2),
        end_s=6,
    ),
    Case(
        kind="content",
        name="there-and-back.mp4",
        what="A, B, A, B",
        right="four shots",
        build=_there_and_back,
        cues=(4, 4),
        cuts_s=(1.52, 3.04, 4.56),
        end_s=6.08,
    ),
    Case(
        kind="content",
        name="10000-frames.mp4",
        what="10,000 frames in 190 KB",
        right="memory stays flat",
        build=_source("color=gray:s=160x120:r=100:d=100", "-g", "10000"),
        cues=(1, 1),
        cuts_s=(),
        end_s=100,
    ),
]
