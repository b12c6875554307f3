"""The model is ready when the first clip comes, and looks at pictures while a clip is still being filled."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from fractions import Fraction

import numpy as np

from tests.live.cameras import Speaker
from vidcap.captioner import LateDescriber
from vidcap.cli.live import _warmed
from vidcap.live import CueUpdate, Narration
from vidcap.live.config import MOST_PICTURES, LiveConfig
from vidcap.model.blank import worth_seeing
from vidcap.model.reuse import kept_pictures
from vidcap.sources.live.config import LiveSourceConfig
from vidcap.sources.live.messages import FeedEnd, FeedFrame, FeedMessage
from vidcap.types import Caption, Clip, Pixels


class Glancing(Speaker):
    """Notes what it is shown."""

    def __init__(self) -> None:
        self.glances = list[bytes]()
        self.clips = list[Clip]()

    def glance(self, picture: Pixels) -> None:
        self.glances.append(picture.tobytes())

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        self.clips += clips
        return super().describe(clips)


def test_the_network_itself_is_warmed_with_as_many_pictures_as_a_clip_has() -> None:
    describer = Glancing()
    _warmed(describer)
    (clip,) = describer.clips
    assert worth_seeing(clip) is clip  # none of them is blank
    kept, _ = kept_pictures(clip.pictures, 3.0)
    assert len(kept) == MOST_PICTURES


class Changing:
    """A camera that is there at once and shows another picture each time."""

    def __init__(self, seconds: int, side_px: int) -> None:
        self._frames = iter(range(25 * seconds))
        self._side_px = side_px
        self.may_go_on = threading.Event()

    def next(self, within_s: float) -> FeedMessage | None:
        number = next(self._frames, None)
        if number is None:
            self.may_go_on.wait(within_s)
            return FeedEnd(None, is_hopeless=True)
        small = np.full((36, 64, 3), 100, np.uint8)
        view = np.full((self._side_px, self._side_px, 3), 20 + number % 200, np.uint8) if number % 6 == 0 else None
        return FeedFrame(Fraction(number, 25), float(number) / 25, small, view, False, 0)

    def close(self) -> None:
        pass


def test_pictures_of_a_clip_are_looked_at_while_it_is_filled_also_by_a_model_that_is_loaded_late() -> None:
    describer = Glancing()
    camera = Changing(3, describer.picture_px)
    config = LiveConfig(source=LiveSourceConfig(view_px=describer.picture_px))
    narration = Narration("rtsp://camera/", LateDescriber(lambda: describer), config, connect=lambda: camera)
    assert any(isinstance(event, CueUpdate) for event in narration.events())
    assert describer.glances
