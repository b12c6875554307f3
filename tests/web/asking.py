"""Plain HTTP for tests: raw enough to send what a browser would not."""

from __future__ import annotations

import http.client
import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from vidcap.web import WebSink


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()


def ask(sink: WebSink, path: str, *, method: str = "GET", body: str | None = None, **headers: str) -> Answer:
    """Ask the server for a path; header names are given with underscores."""
    connection = http.client.HTTPConnection(sink.address.host, sink.address.port, timeout=20)
    try:
        connection.request(method, path, body, {name.replace("_", "-"): value for name, value in headers.items()})
        answer = connection.getresponse()
        return Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


@dataclass
class Message:
    event: str
    data: Any
    id: str | None


class Follower:
    """A client of the event stream."""

    def __init__(self, sink: WebSink, last_id: str | None = None) -> None:
        self._socket = socket.create_connection((sink.address.host, sink.address.port), timeout=20)
        last = f"Last-Event-ID: {last_id}\r\n" if last_id else ""
        self._socket.sendall(f"GET /events HTTP/1.1\r\nHost: localhost\r\n{last}\r\n".encode())
        self._answer = http.client.HTTPResponse(self._socket)
        self._answer.begin()
        self.status = self._answer.status

    def messages(self) -> Iterator[Message]:
        """Yield messages as they come, until the server ends the stream."""
        fields: dict[str, str] = {}
        for line in self._answer:
            name, _, value = line.decode().rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                yield Message(fields["event"], json.loads(fields["data"]), fields.get("id"))
                fields = {}

    def until(self, event: str) -> Message:
        """Return the next message of a kind."""
        return next(message for message in self.messages() if message.event == event)

    def close(self) -> None:
        self._answer.close()
        self._socket.close()


@contextmanager
def following(sink: WebSink, last_id: str | None = None) -> Iterator[Follower]:
    follower = Follower(sink, last_id)
    try:
        yield follower
    finally:
        follower.close()
