"""A small HLS video whose pictures say what time it is: a colour for each scene."""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

COLOURS = {"red": (210, 30, 30), "green": (30, 170, 40), "blue": (40, 50, 220), "yellow": (220, 210, 40)}
FPS = 10


def write_video(folder: Path, scenes: Sequence[tuple[str, int]], *, ts_offset_s: int = 0, is_live: bool = False) -> int:
    """Write ``video.m3u8`` with segments of 2 s of MPEG-TS, and return the 90 kHz stamp of its first frame.

    ``scenes`` are colours with their length in seconds.
    """
    flags = "program_date_time+omit_endlist" if is_live else "independent_segments"
    options = {"hls_time": "2", "hls_list_size": "0", "hls_flags": flags, "output_ts_offset": str(ts_offset_s)}
    with av.open(str(folder / "video.m3u8"), "w", format="hls", options=options) as container:
        stream = container.add_stream("libx264", rate=FPS, options={"g": str(FPS), "bf": "0", "preset": "ultrafast"})
        stream.width, stream.height, stream.pix_fmt = 160, 90, "yuv420p"
        number = 0
        for colour, length_s in scenes:
            picture = np.full((90, 160, 3), COLOURS[colour], np.uint8)
            for _ in range(length_s * FPS):
                frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
                frame.pts, frame.time_base = number, Fraction(1, FPS)
                container.mux(stream.encode(frame))
                number += 1
        container.mux(stream.encode(None))
    with av.open(str(folder / "video0.ts")) as segment:
        first = next(packet for packet in segment.demux(video=0) if packet.pts is not None)
        assert first.time_base == Fraction(1, 90_000)
        return int(first.pts or 0)


def write_master(folder: Path, video: str = "video.m3u8", captions: str = "captions.m3u8") -> None:
    """Write ``master.m3u8``, as the documentation has it."""
    (folder / "master.m3u8").write_text(
        "#EXTM3U\n"
        '#EXT-X-MEDIA:TYPE=SUBTITLES,GROUP-ID="seen",NAME="What is seen",LANGUAGE="en",AUTOSELECT=YES,DEFAULT=YES,'
        f'FORCED=NO,CHARACTERISTICS="public.accessibility.describes-video",URI="{captions}"\n'
        '#EXT-X-STREAM-INF:BANDWIDTH=2000000,CODECS="avc1.42c00b",SUBTITLES="seen"\n'
        f"{video}\n"
    )
