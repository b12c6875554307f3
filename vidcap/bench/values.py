"""What is measured: frozen values that travel from the devices' processes."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Stage:
    """One stage of the job, in a run where all stages share one thread."""

    items: int
    """Frames, frames, clips, captions, cues that came out of it; frames that a scan left out are not among them."""
    seconds: float
    """Of its own."""
    frames_per_s: float
    """Frames of the film a second, if there were nothing but this stage."""
    times_real_time: float
    """The same as media time over time."""
    share: float
    """Part of the time of all stages."""


@dataclass(frozen=True, slots=True)
class Alone:
    """One device with nothing beside it."""

    device: str
    runtime: str
    """What runs the network."""
    frames: int
    """Of the film, those that a scan left out included."""
    media_s: float
    load_s: float
    """From the start of its process until the model was ready, imports included."""
    stages: dict[str, Stage]
    one_thread_s: float
    """The whole film, all stages in one thread."""
    wall_s: float
    """The whole film as users have it, decoding ahead of the model; median of the runs."""
    first_cue_s: float | None
    """From opening the film to its first cue, the model being loaded; None where there is no cue."""
    cues: int
    peak_mib: float
    """Most resident memory of the process."""
    device_peak_mib: float | None
    """Most memory taken on a GPU."""

    @property
    def times_real_time(self) -> float:
        """Media time over time, as users have it."""
        return self.media_s / self.wall_s


@dataclass(frozen=True, slots=True)
class Together:
    """All devices at once, each with the film to itself."""

    wall_s: tuple[float, ...]
    """Of each device."""
    times_real_time: float
    """Of all, added up."""
    efficiency: float
    """That, as part of the sum of what the devices do alone."""
