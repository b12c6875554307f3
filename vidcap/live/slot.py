"""Between the camera and the model: room for one clip. The newest wins; what is displaced is counted."""

from __future__ import annotations

import threading
from collections import deque

from vidcap.live.clips import LiveClip
from vidcap.timeline import Seconds


class Slot:
    """Hands clips from the reading thread to the model's."""

    def __init__(self) -> None:
        self.clips_dropped = 0
        self.frames_dropped = 0
        self._waiting: deque[LiveClip] = deque()
        self._taken: deque[LiveClip] = deque()  # and not settled
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

    def close(self) -> None:
        """Say that nothing more comes; what waits can still be taken."""
        with self._changed:
            self._is_closed = True
            self._changed.notify()

    def take(self) -> LiveClip | None:
        """Return the next clip, waiting for it; None when there won't be any."""
        with self._changed:
            while not self._waiting and not self._is_closed:
                self._changed.wait()
            if not self._waiting:
                return None
            self._taken.append(self._waiting.popleft())
            return self._taken[-1]

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
