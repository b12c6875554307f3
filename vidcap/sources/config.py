"""What a source can be told, and what it tells about itself."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from fractions import Fraction

from vidcap.timeline import Seconds

_PROTOCOL = re.compile("[a-z][a-z0-9_+.-]*")
HARDWARE = ("none", "auto", "cuda", "d3d11va", "qsv", "vaapi", "vdpau", "videotoolbox")
SCANS = ("auto", "full", "fast", "keys")
LIMITS = ("max_pixels", "max_film_pixels", "max_samples", "max_streams", "max_fps", "max_media_s")
"""Fields that bound what an input can make of its size."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceConfig:
    """How to read a source; the defaults suit a stranger's file."""

    start_s: Seconds = field(default=Fraction(0), metadata={"help": "begin here, in seconds of the whole film"})
    end_s: Seconds | None = field(default=None, metadata={"help": "stop here, in seconds of the whole film"})
    threads: int = field(default=0, metadata={"help": "decoder threads; 0 chooses by processor and picture size"})
    scan: str = field(
        default="full",
        metadata={
            "shown": "auto",  # the default of captioning and of shots; training and tools see every frame
            "help": "full decodes every frame; fast skips those that no other needs; keys takes key frames, and all "
            "where something changed; auto: the fastest that keeps cuts within a frame",
        },
    )
    hwaccel: str = field(
        default="none",
        metadata={"help": "hardware that decodes, where there is one: cuda, vaapi, qsv, videotoolbox, auto or none"},
    )
    still_s: Seconds = field(default=Fraction(5), metadata={"help": "how long a still picture is shown, in seconds"})
    max_pixels: int = field(default=64_000_000, metadata={"help": "largest picture accepted, width times height"})
    max_film_pixels: int = field(
        default=33_200_000,
        metadata={"help": "largest frame of a film accepted, width times height: a decoder holds up to twenty"},
    )
    max_samples: int = field(
        default=12_000_000,
        metadata={"help": "most frames and pieces of sound that the index of an MP4 may list without naming each"},
    )
    max_streams: int = field(default=256, metadata={"help": "most streams a container may hold"})
    max_fps: int = field(default=1000, metadata={"help": "frames closer together than this many a second are left out"})
    max_media_s: Seconds = field(
        default=Fraction(1_440_000), metadata={"help": "stop after this much media time, in seconds (400 hours)"}
    )
    max_gap_s: Seconds = field(
        default=Fraction(3600),
        metadata={"help": "a frame lasts until the next one unless that is further away than this, in seconds"},
    )
    timeout_s: float = field(default=20.0, metadata={"help": "give up a network read that is silent this long"})
    allow_protocols: frozenset[str] = field(
        default=frozenset(),
        metadata={"help": "a protocol to open besides http and https, or a kind of playlist: rtsp, ftp, hls, concat"},
    )
    isolate: bool = field(
        default=False,
        metadata={"help": "decode in a process of its own: a crash of the decoder costs the rest of this input only"},
    )

    def __post_init__(self) -> None:
        if self.start_s < 0:
            raise ValueError(f"start_s can't be negative: {self.start_s}")
        if self.end_s is not None and self.end_s <= self.start_s:
            raise ValueError(f"end_s must come after start_s: {self.start_s = } {self.end_s = }")
        if self.threads < 0:
            raise ValueError(f"threads can't be negative: {self.threads}")
        for name in self.allow_protocols:
            if not _PROTOCOL.fullmatch(name):
                raise ValueError(f"a protocol is allowed by its name, such as rtsp: {name!r}")
        if self.scan not in SCANS:
            raise ValueError(f"scan is one of {', '.join(SCANS)}: {self.scan!r}")
        if self.hwaccel not in HARDWARE:
            raise ValueError(f"hwaccel is one of {', '.join(HARDWARE)}: {self.hwaccel!r}")
        for name in ("still_s", "max_gap_s", "timeout_s", *LIMITS):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above zero: {getattr(self, name)}")


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a reader of frames will ask of them besides their small pictures: so much less must be held."""

    every_s: Seconds | None = None
    """Larger pictures are wanted of frames on screen at multiples of this, of the first frame, of key frames and of
    the ones after damage; None: of no frame."""
    size_px: int = 224
    """Width and height of those pictures."""


@dataclass(frozen=True, slots=True)
class SourceInfo:
    """What is known when a source has been opened, before its frames are read."""

    name: str
    """As given by the caller; may hold a password (``vidcap.urls.mask_secrets`` hides it)."""
    width_px: int
    """As shown: upright, with square pixels."""
    height_px: int
    frame_rate: Fraction | None
    """Frames a second as the container claims; None where it doesn't, or for a still."""
    duration_s: Seconds | None
    """End of the video as the container promises, from its start; it may be wrong."""
    codec: str
    container: str
    """FFmpeg's short name of the container, such as ``mov,mp4,m4a,3gp,3g2,mj2``."""
    is_still: bool
    is_seekable: bool
    has_stamps: bool = True
    """False for raw streams, whose frames can only be counted."""
    title: str = ""
    """From the metadata, made safe to print."""


@dataclass(slots=True)
class Damage:
    """What was wrong with a source; counts while its frames are read."""

    bad_packets: int = 0
    """Pieces that could not be read or decoded, and were skipped."""
    corrupt_frames: int = 0
    """Frames given with ``is_corrupt``."""
    large_frames: int = 0
    """Those of ``bad_packets`` that hold pictures above ``max_pixels``."""
    missing_s: Seconds = Fraction(0)
    """How much earlier than promised the frames ended, once they have; 0 if negligible."""
