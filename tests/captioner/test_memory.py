"""Frames go when they are done with: nothing waits for the collector of cycles, which torch makes a rare guest."""

from __future__ import annotations

import gc
from pathlib import Path

from vidcap import Captioner
from vidcap.testing import EchoDescriber


def test_captioning_leaves_no_frame_in_a_cycle(samples_dir: Path) -> None:
    captioner = Captioner(EchoDescriber(picture_px=32))
    list(captioner.cues(samples_dir / "tour.mp4"))  # what is made once is made
    gc.collect()
    gc.disable()
    gc.set_debug(gc.DEBUG_SAVEALL)
    try:
        list(captioner.cues(samples_dir / "tour.mp4"))
        gc.collect()
        left = [type(thing).__name__ for thing in gc.garbage]
    finally:
        gc.set_debug(0)
        gc.garbage.clear()
        gc.enable()
    assert not {"VideoFrame", "ndarray", "Clip", "DecodedPicture"} & set(left)
