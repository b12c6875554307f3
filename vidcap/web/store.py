"""What the page can show, kept by the thread that narrates and read by the one that serves.

Nothing is queued for anyone: each client holds a place in the sequence of changes and asks for what came after it.
However slow it is, it gets the newest of each kind, and the narration never waits for it.
"""

from __future__ import annotations

import secrets
from collections import OrderedDict, deque
from collections.abc import Callable
from threading import Lock
from typing import NamedTuple

from vidcap.formats.vtt import VttWriter
from vidcap.live import CueUpdate, LiveEvent, Snapshot, State, StreamState, Tally
from vidcap.text import one_line
from vidcap.urls import mask_secrets
from vidcap.web.messages import Json, cue_message, picture_message, sse, state_message, tally_message

_RECENT_PICTURES = 32


class _Kept(NamedTuple):
    change: int
    value: Json
    update: CueUpdate


class Store:
    """The newest state, figures and picture, and the last ``history`` cues; any thread may call any method."""

    def __init__(self, title: str = "", *, history: int = 500, pictures: int = 100) -> None:
        self.session = secrets.token_hex(4)
        """Differs from run to run, so that a page notices a restart."""
        self.title = one_line(mask_secrets(title)) or "vidcap"
        self.on_change: Callable[[], None] = lambda: None
        self._history, self._pictures = history, pictures
        self._lock = Lock()
        self._change = 0
        self._newest: dict[str, tuple[int, Json]] = {}
        self._cues: OrderedDict[int, _Kept] = OrderedDict()  # in the order of their last change
        self._forgotten = 0  # the last change of the newest cue that is no longer kept
        self._recent: deque[Snapshot] = deque(maxlen=_RECENT_PICTURES)
        self._cue_pictures: OrderedDict[int, bytes] = OrderedDict()
        self._shown = 0
        self._batches: dict[int, bytes] = {}
        self.state: StreamState | None = None
        self.tally: Tally | None = None

    def take(self, event: LiveEvent) -> None:
        """Keep an event and tell whoever waits; takes microseconds, however many clients there are."""
        with self._lock:
            self._change += 1
            self._batches.clear()
            match event:
                case CueUpdate():
                    self._keep_cue(event)
                case StreamState():
                    self.state = event
                    self._newest["state"] = (self._change, state_message(event))
                case Tally():
                    self.tally = event
                    self._newest["tally"] = (self._change, tally_message(event))
                case Snapshot():
                    self._shown += 1
                    self._recent.append(event)
                    self._newest["picture"] = (self._change, picture_message(event, self._shown))
        self.on_change()

    @property
    def is_live(self) -> bool:
        """Whether frames are coming in."""
        state = self.state
        return state is not None and state.state is State.LIVE

    @property
    def picture(self) -> bytes | None:
        """The latest picture, a JPEG."""
        with self._lock:
            return self._recent[-1].jpeg if self._recent else None

    def cue_picture(self, number: int) -> bytes | None:
        """Return what was seen while a cue was said, a JPEG; None where it isn't kept."""
        with self._lock:
            return self._cue_pictures.get(number)

    def place(self, event_id: str | None) -> int | None:
        """Return the place in the sequence that an id of :meth:`since` stands for; None for one of another run."""
        session, _, change = (event_id or "").partition("-")
        is_known = session == self.session and change.isascii() and change.isdecimal() and len(change) < 16
        return int(change) if is_known else None

    def since(self, place: int | None) -> tuple[bytes, int]:
        """Return what changed after a place as server-sent events, and the place they lead to.

        From the beginning for None, and where cues have been forgotten that the client has not seen.
        """
        with self._lock:
            is_reset = place is None or not self._forgotten <= place <= self._change
            key = -1 if is_reset or place is None else place
            if key not in self._batches:
                event_id = f"{self.session}-{self._change}"
                self._batches[key] = self._all(event_id) if key < 0 else self._news(key, event_id)
            return self._batches[key], self._change

    def everything(self) -> Json:
        """Return all there is to show but the pictures, cues in order."""
        with self._lock:
            return self._everything()

    def vtt(self) -> str:
        """Return the cues that are kept as a WebVTT track."""
        with self._lock:
            updates = sorted((kept.update for kept in self._cues.values()), key=lambda update: update.number)
        writer = VttWriter()
        return "".join([writer.begin(), *(writer.cue(update.cue) for update in updates), writer.finish()])

    def _keep_cue(self, update: CueUpdate) -> None:
        delay_s = update.delay_s
        before = self._cues.pop(update.number, None)
        if before is not None and delay_s is None:
            delay_s = before.value["delay_s"]
        self._keep_picture(update)
        value = cue_message(update, has_picture=update.number in self._cue_pictures) | {"delay_s": delay_s}
        self._cues[update.number] = _Kept(self._change, value, update)
        while len(self._cues) > self._history:
            _number, gone = self._cues.popitem(last=False)
            self._forgotten = gone.change

    def _keep_picture(self, update: CueUpdate) -> None:
        """Keep the picture nearest to the middle of a cue, of those shown while it lasts."""
        if update.number in self._cue_pictures:
            return
        start_s, end_s = update.cue.start_s, update.cue.end_s
        inside = [shot for shot in self._recent if start_s <= shot.media_s <= end_s]
        if inside and self._pictures:
            best = min(inside, key=lambda shot: abs(shot.media_s - (start_s + end_s) / 2))
            self._cue_pictures[update.number] = best.jpeg
        while len(self._cue_pictures) > self._pictures:
            self._cue_pictures.popitem(last=False)

    def _everything(self) -> Json:
        cues = sorted((kept.value for kept in self._cues.values()), key=lambda value: int(value["number"]))
        newest = {name: value for name, (_change, value) in self._newest.items()}
        return {"session": self.session, "title": self.title, **newest, "cues": cues}

    def _all(self, event_id: str) -> bytes:
        return sse("reset", self._everything(), event_id)

    def _news(self, place: int, event_id: str) -> bytes:
        changed: list[tuple[int, str, Json]] = []
        for kept in reversed(self._cues.values()):
            if kept.change <= place:
                break
            changed.append((kept.change, "cue", kept.value))
        changed += [(change, name, value) for name, (change, value) in self._newest.items() if change > place]
        changed.sort(key=lambda item: item[0])
        last = len(changed) - 1
        return b"".join(sse(name, value, event_id if n == last else None) for n, (_, name, value) in enumerate(changed))
