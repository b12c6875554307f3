"""Between the camera and the model: room for one clip. The newest wins; what is displaced is counted.

Beside it lie a few pictures of the clip to come, which the model may look at while it has nothing else to do.
"""

from __future__ import annotations

import threading
from collections import deque

from vidcap.live.clips import LiveClip
from vidcap.timeline import Seconds
from vidcap.types import Pixels

_MOST_PICTURES = 4


class Slot:
    """Hands clips from the reading thread to the model's."""

    def __init__(self) -> None:
        self.clips_dropped = 0
        self.frames_dropped = 0
        self._waiting: deque[LiveClip] = deque()
        self._taken: deque[LiveClip] = deque()  # and not settled
        self._pictures: deque[Pixels] = deque(maxlen=_MOST_PICTURES)
        self._is_closed = False
        self._changed = threading.Condition()

    def put(self, clip: LiveClip, *, displaces: bool = True) -> None:
        """Leave a clip for the model, in place of those that it has not taken yet; never waits.

        With ``displaces`` off one that waits stays: the camera is gone, and there is time for both.
        """
        with self._changed:
            while len(self._waiting) > (0 if displaces else 1):
                displaced = self._waiting.popleft()
                self.clips_dropped += 1
                self.frames_dropped += displaced.num_frames
            self._waiting.append(clip)
            self._changed.notify()

    def show(self, picture: Pixels) -> None:
        """Leave a picture of the clip to come, in place of the oldest if there are too many; never waits."""
        with self._changed:
            self._pictures.append(picture)
            self._changed.notify()

    def close(self) -> None:
        """Say that nothing more comes; what waits can still be taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def take(self) -> LiveClip | Pixels | None:
        """Return the next clip, or while there is none a picture, waiting for either; None when nothing more comes."""
        with self._changed:
            while not self._waiting and not self._pictures and not self._is_closed:
                self._changed.wait()
            if self._waiting:
                self._taken.append(self._waiting.popleft())
                return self._taken[-1]
            return None if self._is_closed else self._pictures.popleft()

    def settle(self, clip: LiveClip) -> None:
        """Say that all that comes of a clip has been said."""
        with self._changed:
            while self._taken and self._taken.popleft() is not clip:
                pass

    def unsettled_s(self) -> Seconds | None:
        """Return where the first clip begins of which something may still be said; None if there is none."""
        with self._changed:
            clips = (*self._taken, *self._waiting)
            return min((clip.clip.span.start_s for clip in clips), default=None)
