"""Cases of time: stamps that wrap, jump, repeat or are missing, and containers of every kind."""

from __future__ import annotations

import subprocess
from fractions import Fraction
from pathlib import Path
from typing import Any

from tests.cases.case import Case, refused, three
from tests.cases.workshop import H264, Workshop, scenes

SMALL: dict[str, Any] = {"size": "96x64", "fps": "10"}
CONTAINERS = {
    "mp4": ("h264", H264),
    "mov": ("mjpeg", ("-c:v", "mjpeg", "-q:v", "9", "-pix_fmt", "yuvj420p")),
    "mkv": ("ffv1", ("-c:v", "ffv1")),
    "webm": ("vp8", ("-c:v", "libvpx", "-deadline", "realtime", "-cpu-used", "8")),
    "vp9.webm": ("vp9", ("-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8")),
    "avi": ("mpeg4", ("-c:v", "mpeg4", "-q:v", "9")),
    "mpg": ("mpeg1video", ("-c:v", "mpeg1video", "-r", "25", "-q:v", "9")),
    "m2ts": ("mpeg2video", ("-c:v", "mpeg2video", "-r", "25", "-q:v", "9")),
    "m2v": ("mpeg2video, bare", ("-c:v", "mpeg2video", "-r", "25", "-q:v", "9")),
    "flv": ("flv1", ("-c:v", "flv", "-q:v", "9")),
    "wmv": ("wmv2", ("-c:v", "wmv2", "-q:v", "9")),
    "ogv": ("theora", ("-c:v", "libtheora", "-q:v", "3")),
    "3gp": ("h263", ("-c:v", "h263", "-s", "176x144", "-q:v", "9")),
    "hevc.mp4": ("hevc", ("-c:v", "libx265", "-preset", "ultrafast", "-x265-params", "log-level=error")),
    "y4m": ("raw", ("-pix_fmt", "yuv420p")),
    "gif": ("gif", ()),
}


def _of_container(suffix: str) -> Case:
    codec, options = CONTAINERS[suffix]
    pixels = "rgb8" if suffix == "gif" else "yuv420p"
    # Theora does not store frames that repeat, so nothing tells how long the last one is shown.
    more = {"end_s": None} if suffix == "ogv" else {}
    return three(
        "container",
        f"film.{suffix}",
        f"{codec} in {suffix.split('.')[-1]}",
        lambda shop, path: shop.coded(path, *options, **SMALL, pixels=pixels),
        **more,
    )


def _live(shop: Workshop, path: Path) -> None:
    command = ["ffmpeg", "-v", "error", "-i", shop.part("plain.mp4"), "-c", "copy", "-f", "matroska", "-live", "1", "-"]
    path.write_bytes(subprocess.run(command, capture_output=True, check=True).stdout)


def _late(shop: Workshop, path: Path) -> None:
    shop.ffmpeg(
        "-itsoffset",
        "2",
        "-i",
        shop.part("plain.mp4"),
        "-f",
        "lavfi",
        "-i",
        "sine=d=8",
        "-map",
        "0:v",
        "-map",
        "1:a",
        "-c:v",
        "copy",
        "-c:a",
        "aac",
        "-b:a",
        "32k",
        path,
    )


def _repeats(shop: Workshop, path: Path) -> None:
    def stamp(place: int, packet: Any) -> bool:
        packet.pts = packet.dts = place // 3 * 3 * 512
        return True

    shop.remuxed(shop.part("keys.mp4"), path, stamp, "matroska")


def _from_the_second_key(shop: Workshop, path: Path) -> None:
    keys = 0

    def count(_place: int, packet: Any) -> bool:
        nonlocal keys
        keys += packet.is_keyframe
        return keys >= 2

    shop.remuxed(shop.part("open.ts"), path, count, "mpegts")


def _not_from_a_key(place: int, packet: Any) -> bool:
    return place >= 10


def _varying(shop: Workshop, path: Path) -> None:
    ticks = [0, 40, 400, 410, 1200, 1900, 2000, 2033, 2500, 3900, 4000, 4700, 5000, 5960]
    shop.frames(path, ticks, [0] * 6 + [1] * 4 + [2] * 4, Fraction(1, 1000))


def _just_before_a_minute(shop: Workshop, path: Path) -> None:
    ticks = [place * 10_000 for place in range(60)] + [599_996 + place * 10_000 for place in range(6)]
    shop.frames(path, ticks, [0] * 60 + [2] * 6, Fraction(1, 10_000), video_track_timescale="10000")


def _one_picture(shop: Workshop, path: Path) -> None:
    shop.ffmpeg("-f", "lavfi", "-i", "testsrc=s=160x120:r=25", "-frames:v", "1", *H264, "-pix_fmt", "yuv420p", path)


def _wild(shop: Workshop, path: Path) -> None:
    def stamp(place: int, packet: Any) -> bool:
        if place == 70:
            packet.pts += 512 * 25 * 5000
        return True

    shop.remuxed(shop.part("keys.mp4"), path, stamp, "matroska")


CASES = [
    *map(_of_container, CONTAINERS),
    Case(
        kind="time",
        name="varying.mkv",
        what="frames at varying distances",
        right="cuts and end where the stamps are",
        build=_varying,
        cues=(3, 3),
        cuts_s=(2, 4),
        end_s=6,
    ),
    three(
        "time",
        "ntsc.mp4",
        "30000/1001 frames a second",
        lambda shop, path: shop.coded(path, *H264, fps="30000/1001", each_s=2.002),
        cuts_s=(2.002, 4.004),
        end_s=6.006,
    ),
    three(
        "time",
        "starts-at-10.ts",
        "stamps begin at 10 s",
        lambda shop, path: shop.copied(path, "-muxdelay", "0", "-output_ts_offset", "10"),
        "times from the first frame",
    ),
    three(
        "time",
        "hidden-start.mp4",
        "an edit list hides the first half second",
        lambda shop, path: shop.ffmpeg("-ss", "0.5", "-i", shop.part("plain.mp4"), "-c", "copy", path),
        "what is hidden is not described",
        cuts_s=(1.5, 3.5),
        end_s=5.5,
    ),
    three(
        "time",
        "hidden-key.mov",
        "the key frame itself is hidden",
        lambda shop, path: shop.ffmpeg("-ss", "1.3", "-t", "3", "-i", shop.part("b.mp4"), "-c", "copy", path),
        "shown frames only",
        cuts_s=(0.7, 2.7),
        end_s=3.2,
        cues=(1, 3),
    ),
    three(
        "time",
        "late.mp4",
        "sound begins at once, the picture at 2 s",
        _late,
        "the first cue begins at 2 s",
        cuts_s=(4, 6),
        end_s=8,
        first_s=2,
    ),
    three(
        "time",
        "wraps.ts",
        "33-bit stamps wrap inside",
        lambda shop, path: shop.copied(path, "-muxdelay", "0", "-output_ts_offset", "95441"),
        "goes on",
    ),
    Case(
        kind="time",
        name="clock-set-back.ts",
        what="two recordings joined, both from 0",
        right="the second follows",
        build=lambda shop, path: shop.joined(path, "one.ts", "two.ts"),
        cues=(2, 2),
        cuts_s=(2,),
        end_s=4,
    ),
    Case(
        kind="time",
        name="minute-missing.ts",
        what="a minute without frames",
        right="the picture stands for it",
        build=lambda shop, path: shop.joined(path, "one.ts", "two+3.ts"),
        cues=(2, 2),
        cuts_s=(63,),
        end_s=65,
    ),
    Case(
        kind="time",
        name="hours-missing.ts",
        what="10 hours without frames",
        right="nothing is said of them",
        build=lambda shop, path: shop.joined(path, "one.ts", "two+10h.ts"),
        cues=(2, 2),
        cuts_s=(36000,),
        end_s=36002,
    ),
    three("time", "one-wild-stamp.mkv", "one stamp is hours ahead", _wild, "that frame goes between its neighbours"),
    three("time", "no-length.mkv", "a header without duration and rate", _live),
    three(
        "time",
        "fragments.mp4",
        "a fragmented MP4, no counts in its header",
        lambda shop, path: shop.copied(path, "-movflags", "frag_keyframe+empty_moov+default_base_moof"),
    ),
    three(
        "time",
        "bare.h264",
        "no stamps at all",
        lambda shop, path: shop.copied(path, "-bsf:v", "h264_mp4toannexb", part="b.mp4"),
        "frames are counted at 25 a second, with a warning",
        says="no time stamps",
    ),
    three(
        "time",
        "b-frames.avi",
        "AVI with B-frames: no stamps, frames out of order",
        lambda shop, path: shop.coded(path, "-c:v", "mpeg4", "-bf", "2", "-g", "50", "-q:v", "12"),
        "times only rise",
    ),
    three(
        "time",
        "open-gop.ts",
        "cut inside an open GOP",
        _from_the_second_key,
        "pictures that can't be whole are left out",
        cuts_s=(1.4, 3.4),
        end_s=5.4,
    ),
    three(
        "time",
        "joins-late.ts",
        "begins without a key frame",
        lambda shop, path: shop.remuxed(shop.part("keys.ts"), path, _not_from_a_key, "mpegts"),
        "waits for the key frame before it describes",
        cuts_s=(1.6, 3.6),
        end_s=5.6,
        cues=(2, 3),
    ),
    three("time", "repeats.mkv", "two of three frames have the stamp of the one before", _repeats, "spread evenly"),
    three(
        "time",
        "1000-fps.mp4",
        "1000 frames a second",
        lambda shop, path: shop.coded(path, *H264, size="64x48", fps="1000", each_s=1),
        "sampled by time",
        cuts_s=(1, 2),
        end_s=3,
    ),
    three("time", "2-fps.mp4", "2 frames a second", lambda shop, path: shop.coded(path, *H264, fps="2")),
    Case(
        kind="time",
        name="timelapse.mkv",
        what="ten minutes between frames",
        right="each is shown until the next",
        build=lambda shop, path: shop.frames(path, [0, 600_000, 1_200_000, 1_800_000], [0, 1, 2, 2], Fraction(1, 1000)),
        cues=(3, 3),
        cuts_s=(600, 1200),
        end_s=1800,
    ),
    Case(
        kind="time",
        name="100-hours.mkv",
        what="times above 100 hours",
        right="three digits of hours",
        build=lambda shop, path: shop.frames(
            path, [0, 359_999_000, 360_010_000, 360_012_500], [0, 1, 2, 2], Fraction(1, 1000)
        ),
        cues=(3, 3),
        cuts_s=(359_999, 360_010),
        end_s=360_012.5,
    ),
    Case(
        kind="time",
        name="59.9996.mp4",
        what="a cut at 59.9996 s",
        right="rounded once: 00:01:00,000",
        build=_just_before_a_minute,
        cues=(2, 2),
        cuts_s=(59.9996,),
        end_s=65.04,
    ),
    Case(
        kind="time",
        name="one-frame.mp4",
        what="a film of one frame",
        right="one cue as long as it",
        build=_one_picture,
        cues=(1, 1),
        cuts_s=(),
        end_s=0.04,
    ),
    Case(
        kind="time",
        name="still.png",
        what="a picture",
        right="one cue of 5 s",
        build=lambda shop, path: shop.put(path, "still.png"),
        cues=(1, 1),
        cuts_s=(),
        end_s=5,
    ),
    three(
        "time",
        "animated.png",
        "animated PNG that loops for ever",
        lambda shop, path: shop.ffmpeg(*scenes("80x60", "5", pixels="rgb24"), "-plays", "0", "-f", "apng", path),
        "one pass",
    ),
    refused(
        "time",
        "animated.webp",
        "animated WebP",
        lambda shop, path: shop.ffmpeg(*scenes("80x60", "5"), "-c:v", "libwebp_anim", "-loop", "0", path),
        "is an animated WebP picture, which can't be decoded",
    ),
]
