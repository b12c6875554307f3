"""The page as an output of a live narration."""

from __future__ import annotations

from vidcap.errors import OutputError
from vidcap.live import LiveEvent
from vidcap.web.config import Address, WebConfig
from vidcap.web.hub import Hub
from vidcap.web.store import Store


class WebSink:
    """A :class:`~vidcap.live.LiveSink` that serves the page from a thread of its own until it is closed.

    OutputError at once where the port is taken or the libraries are missing. No client can slow :meth:`take`.
    """

    def __init__(self, config: WebConfig) -> None:
        try:
            from vidcap.web.app import Application, build_app, static_file
            from vidcap.web.guard import Guard
            from vidcap.web.metrics import Metrics
            from vidcap.web.server import Server, listen
        except ImportError as error:
            missing = (error.name or "a library").partition(".")[0]
            raise OutputError(str(config.address), f"the page needs {missing}: pip install 'vidcap[web]'") from error
        self._store = Store(config.page_title, history=config.web_history, pictures=config.web_pictures)
        hub = Hub(self._store)
        self._metrics = Metrics(self._store, hub)
        listener = listen(config.address)
        self.address = Address(config.address.host, listener.getsockname()[1])
        """Where it listens, with the port that was found where 0 was asked for."""
        app = build_app(Application(self._store, hub, self._metrics, config.web_clients))
        self._server = Server(Guard(app, config, self.address.port, static_file("sign-in.html")), hub, listener)
        self._store.on_change = hub.notify
        self._server.start()

    @property
    def url(self) -> str:
        """Where a browser on this machine finds the page; without the token."""
        host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(self.address.host, self.address.host)
        return f"http://{Address(host, self.address.port)}/"

    def take(self, event: LiveEvent) -> None:
        """Show an event."""
        self._metrics.take(event)
        self._store.take(event)

    def close(self) -> None:
        """Tell the pages and end the server."""
        self._server.stop()
