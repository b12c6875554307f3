"""Wakes the clients that wait for news, in the thread of the server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from vidcap.web.store import Store

_HEARTBEAT_S = 15.0
_RETRY = b"retry: 2000\n\n"
_BEAT = b"event: beat\ndata: 1\n\n"


class Hub:
    """Lets any number of clients follow a store. Only :meth:`notify` may be called from other threads."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._loop: asyncio.AbstractEventLoop | None = None
        self._changed: asyncio.Event | None = None
        self._is_woken = False
        self._is_closing = False
        self.clients = 0
        self.clients_seen = 0

    def attach(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin to wake clients; called in the server's thread."""
        self._changed = asyncio.Event()
        self._loop = loop

    def notify(self, *, is_closing: bool = False) -> None:
        """Say that the store has changed, or that it will not any more. Never more than one call is under way."""
        self._is_closing = self._is_closing or is_closing
        if self._loop is not None and not self._is_woken:
            self._is_woken = True
            try:
                self._loop.call_soon_threadsafe(self._wake)
            except RuntimeError:  # the loop has ended
                self._loop = None

    async def follow(self, place: int | None) -> AsyncIterator[bytes]:
        """Yield server-sent events from a place on, for as long as the narration goes on."""
        self.clients += 1
        self.clients_seen += 1
        try:
            yield _RETRY
            while True:
                changed = self._changed
                batch, place = self._store.since(place)
                if batch:
                    yield batch
                elif self._is_closing or changed is None:
                    return
                elif not await _within(changed, _HEARTBEAT_S):
                    yield _BEAT
        finally:
            self.clients -= 1

    def _wake(self) -> None:
        self._is_woken = False
        changed, self._changed = self._changed, asyncio.Event()
        if changed is not None:
            changed.set()


async def _within(event: asyncio.Event, time_s: float) -> bool:
    try:
        await asyncio.wait_for(event.wait(), time_s)
    except TimeoutError:
        return False
    return True
