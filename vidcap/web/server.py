"""An HTTP server in a daemon thread: uvicorn on a socket that is bound before it starts."""

from __future__ import annotations

import asyncio
import errno
import logging
import socket
import threading
from typing import TYPE_CHECKING

import uvicorn

from vidcap.errors import OutputError
from vidcap.web.config import Address

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from vidcap.web.hub import Hub

_START_S, _STOP_S = 10.0, 0.6
_WAITING_CONNECTIONS = 512


def listen(address: Address) -> socket.socket:
    """Return a listening socket; OutputError that says in words why there is none."""
    family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
    reasons = {
        errno.EADDRINUSE: "the port is taken: is another program serving there?",
        errno.EACCES: "no permission to use this port: those below 1024 are the system's",
        errno.EADDRNOTAVAIL: "this machine has no such address",
    }
    listener = socket.socket(family, socket.SOCK_STREAM)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(address)
        listener.listen(_WAITING_CONNECTIONS)
        listener.setblocking(False)
    except socket.gaierror as error:
        listener.close()
        raise OutputError(str(address), "can't be served: the host name is not known") from error
    except OSError as error:
        listener.close()
        reason = reasons.get(error.errno or 0, (error.strerror or str(error)).lower())
        raise OutputError(str(address), f"can't be served: {reason}") from error
    return listener


class Server:
    """Serves an application from :meth:`start` to :meth:`stop`."""

    def __init__(self, app: ASGIApp, hub: Hub, listener: socket.socket) -> None:
        config = uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            ws="none",
            http="h11",
            loop="asyncio",
            timeout_graceful_shutdown=1,
        )
        logging.getLogger("uvicorn.error").setLevel(logging.CRITICAL)  # clients that go away are no news
        self._server = uvicorn.Server(config)
        self._hub = hub
        self._listener = listener
        self._is_serving = threading.Event()
        self._thread = threading.Thread(target=self._run, name="vidcap-web", daemon=True)

    def start(self) -> None:
        """Serve from now on; returns when it does."""
        self._thread.start()
        self._is_serving.wait(_START_S)

    def stop(self) -> None:
        """End within about a second, whatever clients do."""
        self._hub.notify(is_closing=True)
        self._server.should_exit = True
        self._thread.join(_STOP_S)
        self._server.force_exit = True
        self._thread.join(_STOP_S)

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._hub.attach(asyncio.get_running_loop())
        self._is_serving.set()
        await self._server.serve(sockets=[self._listener])
