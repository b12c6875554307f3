"""Cut the sample films from the footage they were taken from.

    python samples/make_samples.py FOOTAGE_FOLDER [OUT_FOLDER]

Frames keep their distance in time, so a film joined of several sources has a variable frame rate.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av

TIME_BASE = Fraction(1, 12800)
WIDTH_PX, HEIGHT_PX = 640, 360


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """What is taken from a film: ``[start_s, end_s)``."""

    film: str
    start_s: Fraction
    end_s: Fraction


def part(film: str, start_s: float, end_s: float) -> Part:
    """Return a part with exact times."""
    return Part(film=film, start_s=Fraction(str(start_s)), end_s=Fraction(str(end_s)))


CARS, PEOPLE, BUNNY = "intel-cars-30s.mp4", "intel-people-139s.mp4", "big-buck-bunny-480p-30s.mp4"

SAMPLES = {
    "street.mp4": (part(CARS, 5, 8), part(CARS, 15.2, 18.4), part(CARS, 25.2, 27.6)),
    "people.mp4": (part(PEOPLE, 38, 50),),
    "tour.mp4": (part(CARS, 14.5, 18), part(PEOPLE, 40, 44), part(BUNNY, 7.5, 11), part(BUNNY, 16, 20)),
}


def pictures(folder: Path, piece: Part) -> Iterator[tuple[Fraction, av.VideoFrame]]:
    """Yield the frames of a part with their time from the first of them."""
    first_s: Fraction | None = None
    with av.open(str(folder / piece.film)) as container:
        for frame in container.decode(video=0):
            time_s = Fraction(frame.pts) * Fraction(frame.time_base.numerator, frame.time_base.denominator)
            if time_s >= piece.end_s:
                return
            if time_s >= piece.start_s:
                first_s = time_s if first_s is None else first_s
                yield time_s - first_s, frame


def write(folder: Path, pieces: tuple[Part, ...], target: Path) -> None:
    """Write the parts one after another as H.264 in MP4."""
    with av.open(str(target), "w", options={"movflags": "+faststart"}) as container:
        options = {"crf": "25", "preset": "slow", "threads": "1"}
        stream = container.add_stream("libx264", rate=25, options=options)
        stream.width, stream.height, stream.pix_fmt = WIDTH_PX, HEIGHT_PX, "yuv420p"
        stream.time_base = stream.codec_context.time_base = TIME_BASE
        offset_s = Fraction(0)
        for piece in pieces:
            for time_s, frame in pictures(folder, piece):
                shown = frame.reformat(WIDTH_PX, HEIGHT_PX, "yuv420p", interpolation="AREA")
                shown.pts, shown.time_base = round((offset_s + time_s) / TIME_BASE), TIME_BASE
                container.mux(stream.encode(shown))
            offset_s += piece.end_s - piece.start_s
        container.mux(stream.encode(None))


def main() -> None:
    """Write every sample."""
    if len(sys.argv) not in (2, 3):
        sys.exit(__doc__)
    footage = Path(sys.argv[1])
    out = Path(sys.argv[2]) if len(sys.argv) == 3 else Path(__file__).parent
    for name, pieces in SAMPLES.items():
        write(footage, pieces, out / name)


if __name__ == "__main__":
    main()
