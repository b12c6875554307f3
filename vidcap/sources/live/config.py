"""How a live source is read."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveSourceConfig:
    """How a live source is read; seconds are of the clock on the wall."""

    rtsp_transport: Literal["tcp", "udp", "auto"] = field(
        default="tcp", metadata={"help": "how RTSP cameras send: 'auto' tries tcp, then udp"}
    )
    realtime: bool = field(
        default=False, metadata={"help": "replay a file no faster than it was filmed, as if it were live"}
    )
    connect_timeout_s: float = field(
        default=20.0, metadata={"help": "how long a connection may take until its first whole picture"}
    )
    frame_timeout_s: float = field(
        default=10.0, metadata={"help": "connect again when no picture has come for so long"}
    )
    decode_threads: int = 2
    """Of the decoder, over the slices of a picture: threads over pictures would hold each of them back."""
    most_pixels: int = 64_000_000
    """Largest picture accepted, width times height."""
    view_px: int = 224
    """Width and height of the pictures that the model looks at."""
    view_step_s: float = 0.25
    """Time between two of them."""
    snapshot_step_s: float = 0.0
    """Time between two pictures for people; 0 for none."""
    most_lag_s: float = 1.0
    """A decoder that is so far behind its camera leaves pictures out until it has caught up."""

    def __post_init__(self) -> None:
        if self.rtsp_transport not in ("tcp", "udp", "auto"):
            raise ValueError(f"rtsp_transport is tcp, udp or auto: {self.rtsp_transport!r}")
        for name in ("connect_timeout_s", "frame_timeout_s", "view_step_s", "most_lag_s"):
            if not getattr(self, name) > 0:
                raise ValueError(f"{name} must be above zero: {getattr(self, name)}")
