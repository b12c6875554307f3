"""Joins clips into films of which every shot boundary is known.

    config = JoinConfig(seed=1, num_joins=40, kinds=("dissolve", "black"))
    boundaries = write_joined(clip_paths(data, half=0), Path("film.mp4"), config)

Pieces of clips follow one another by hard cuts, dissolves, or fades through a colour; two neighbours are never of
the same clip. Frames are repeated or dropped to one rate, as films made of many sources do, and encoded with H.264.
The same seed and clips give the same film.

``HALVES`` were chosen as follows, of those with 10 frames/s or more. Each place that PySceneDetect's
ContentDetector at 20 (default 27) or AdaptiveDetector at 2 (default 3), or the measure that vidcap's detector began
with, pointed at was looked at, as were strips of 12 to 48 frames from each clip. A clip with a cut, a dissolve or
anything of which one may doubt whether it is one is left out. What a detector was wrong about (handheld pans, hands
before the camera, dropped frames) stays in.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import av
import numpy as np
from numpy.typing import NDArray

from vidcap.timeline import exact

Pixels = NDArray[np.uint8]

HALVES = (
    (
        "video_dev/clips/3qqEKTPxLNs_1_15.avi",
        "video_dev/clips/BtQtRGI0F2Q_15_20.avi",
        "video_dev/clips/Je3V7U5Ctj4_569_576.avi",
        "video_dev/clips/TZ860P4iTaM_15_28.avi",
        "video_dev/clips/qeKX-N1nKiM_0_5.avi",
        "video_dev/clips/NUYu9c9XsgY_7_21.avi",
        "video_dev/clips/e-j59PqJjSM_50_98.avi",
        "video_dev/clips/k5OKBX2e7xA_19_32.avi",
        "video_train/clips/g36ho6UrBz0_5_20.mp4",
        "video_train/clips/video5.mp4",
        "video_train/clips/video8.mp4",
        "video_train/clips/video9970.mp4",
    ),
    (
        "video_dev/clips/5YJaS2Eswg0_22_26.avi",
        "video_dev/clips/He7Ge7Sogrk_47_70.avi",
        "video_dev/clips/N2Cm0SLr0ZE_18_29.avi",
        "video_dev/clips/k06Ge9ANKM8_5_16.avi",
        "video_dev/clips/30GeJHYoerk_121_126.avi",
        "video_dev/clips/bqMmyY1ImkI_0_14.avi",
        "video_dev/clips/inzk2fTUe1w_1_15.avi",
        "video_dev/clips/klteYv1Uv9A_27_33.avi",
        "video_train/clips/mv89psg6zh4_33_46.mp4",
        "video_train/clips/video7013.mp4",
        "video_train/clips/8mSUD7JGNO0_174_181.mp4",
    ),
)
X264 = {"crf": "23", "preset": "veryfast", "x264-params": "log=-1"}
TIME_BASE = Fraction(1, 12800)
COLOURS = {"black": (0, 0, 0), "white": (255, 255, 255)}


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinConfig:
    """What kind of film to make; lengths are drawn evenly from the ranges."""

    seed: int
    num_joins: int
    kinds: tuple[str, ...] = ("cut",)
    """Drawn from with equal odds: ``cut``, ``dissolve``, or a colour to fade through."""
    piece_s: tuple[float, float] = (1.5, 5.0)
    """Length of a piece between transitions."""
    transition_s: tuple[float, float] = (0.3, 2.0)
    fps: int = 30
    width_px: int = 320
    height_px: int = 240


@dataclass(frozen=True, slots=True)
class Boundary:
    """Where one piece gives way to the next: frames after ``last_before`` and before ``first_after`` are mixtures."""

    kind: str
    last_before: int
    first_after: int


def clip_paths(data: Path, half: int) -> list[Path]:
    """Return the clips of half 0 or 1 that are there; empty if the folder holds none of them."""
    return [data / name for name in HALVES[half] if (data / name).is_file()]


def write_joined(clips: list[Path], target: Path, config: JoinConfig) -> list[Boundary]:
    """Write a film of ``num_joins + 1`` pieces and return its boundaries."""
    boundaries: list[Boundary] = []
    write_film(target, _joined(clips, config, boundaries), Fraction(config.fps))
    return boundaries


def write_film(target: Path, pictures: Iterable[Pixels], fps: Fraction) -> None:
    """Encode ``(H, W, 3)`` RGB pictures with H.264 at a constant rate."""
    stream: av.VideoStream | None = None
    with av.open(str(target), "w") as output:
        for picture in pictures:
            if stream is None:
                stream = output.add_stream("libx264", rate=fps, options=X264)
                stream.height, stream.width = picture.shape[:2]
                stream.pix_fmt, stream.thread_count = "yuv420p", 1
            output.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        if stream is not None:
            output.mux(stream.encode())


def looped(source: Path, target: Path, length_s: Fraction, *, cut: bool = False) -> Path:
    """Repeat a film packet by packet until it is ``length_s`` long, or ``cut`` it there; return ``target``."""
    with av.open(str(target), "w") as output:
        with av.open(str(source)) as first:
            stream = output.add_stream_from_template(first.streams.video[0])
        offset, end = 0, length_s / TIME_BASE
        while offset < end:
            offset += _append(source, output, stream, offset, end if cut else None)
    return target


def _append(
    source: Path, output: av.container.OutputContainer, stream: av.VideoStream, offset: int, end: Fraction | None
) -> int:
    """Mux the packets of ``source`` ``offset`` ticks of 1/12800 s later, up to ``end``; return its length in these."""
    with av.open(str(source)) as container:
        video = container.streams.video[0]
        ticks = (exact(video.time_base) or TIME_BASE) / TIME_BASE
        for packet in container.demux(video):
            if packet.pts is None or packet.dts is None:
                continue
            packet.pts = round(packet.pts * ticks) + offset
            packet.dts = round(packet.dts * ticks) + offset
            packet.time_base = TIME_BASE
            packet.stream = stream
            if end is None or packet.pts < end:
                output.mux(packet)
        return round((video.duration or 0) * ticks)


def _joined(clips: list[Path], config: JoinConfig, boundaries: list[Boundary]) -> Iterator[Pixels]:
    """Yield the film's pictures, noting its boundaries as they are made."""
    chance = random.Random(config.seed)
    pieces = _pieces(clips, config, chance)
    current, num_frames = next(pieces), 0
    for following in islice(pieces, config.num_joins):
        kind = chance.choice(config.kinds)
        length = 0 if kind == "cut" else round(chance.uniform(*config.transition_s) * config.fps)
        length = min(length, len(current) // 2, len(following) // 2)
        yield from current[: len(current) - length]
        yield from _mixed(kind, current[len(current) - length :], following[:length])
        num_frames += len(current)
        boundaries.append(Boundary(kind, num_frames - length - 1, num_frames))
        current = following[length:]
    yield from current


def _pieces(clips: list[Path], config: JoinConfig, chance: random.Random) -> Iterator[list[Pixels]]:
    """Yield pieces without end, no two of one clip in a row; long enough to lose a transition at each end."""
    previous: Path | None = None
    while True:
        path = chance.choice([path for path in clips if path != previous])
        length_s = chance.uniform(*config.piece_s) + config.transition_s[1] * (config.kinds != ("cut",))
        piece = _piece(path, length_s, config, chance)
        if len(piece) >= config.fps * config.piece_s[0]:
            previous = path
            yield piece


def _piece(path: Path, length_s: float, config: JoinConfig, chance: random.Random) -> list[Pixels]:
    """Return the frames of a part of a clip, or of all of it, at the film's rate."""
    frames, fps = _read(path)
    total = int(len(frames) / fps * config.fps)
    length = min(round(length_s * config.fps), total)
    first = chance.randint(0, total - length)
    places = [min(int(place * fps / config.fps), len(frames) - 1) for place in range(first, first + length)]
    return [_picture(frames[place], config) for place in places]


def _read(path: Path) -> tuple[list[av.VideoFrame], Fraction]:
    """Return the frames of a whole clip, as decoded, and its frame rate."""
    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        rate = stream.average_rate
        assert rate is not None
        return list(container.decode(stream)), Fraction(rate.numerator, rate.denominator)


def _picture(frame: av.VideoFrame, config: JoinConfig) -> Pixels:
    sized = frame.reformat(config.width_px, config.height_px, "rgb24")
    return sized.to_ndarray().astype(np.uint8, copy=False)


def _mixed(kind: str, leaving: list[Pixels], coming: list[Pixels]) -> Iterator[Pixels]:
    """Yield the mixtures, evenly from one to the other, or to the colour in the middle and on from there."""
    for place, (one, other) in enumerate(zip(leaving, coming, strict=True)):
        share = (place + 1) / (len(leaving) + 1)
        if kind == "dissolve":
            yield _blend(one, other, share)
        else:
            colour = np.broadcast_to(np.array(COLOURS[kind], np.uint8), one.shape)
            yield _blend(one, colour, 2 * share) if share < 0.5 else _blend(colour, other, 2 * share - 1)


def _blend(one: Pixels, other: Pixels, share: float) -> Pixels:
    return np.rint(one * (1 - share) + other * share).astype(np.uint8)
