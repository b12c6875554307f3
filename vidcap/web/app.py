"""The addresses that the page's server answers."""

from __future__ import annotations

import hashlib
from importlib.resources import files

from prometheus_client.exposition import choose_encoder
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route

from vidcap.web.hub import Hub
from vidcap.web.messages import state_message, to_json
from vidcap.web.metrics import Metrics
from vidcap.web.store import Store

_TYPES = {"html": "text/html", "css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
_JPEG = "image/jpeg"


def static_file(name: str) -> bytes:
    """Return a file of the page, which lies in the package."""
    return (files("vidcap.web") / "static" / name).read_bytes()


class Application:
    """The handlers; one instance a server."""

    def __init__(self, store: Store, hub: Hub, metrics: Metrics, most_clients: int) -> None:
        self._store, self._hub, self._metrics = store, hub, metrics
        self._most_clients = most_clients
        self._files = {
            name: static_file(name)
            for name in ("index.html", "page.css", "page.js", "graph.js", "follow.js", "icon.svg")
        }

    def routes(self) -> list[Route]:
        """Return the table of addresses."""
        return [
            Route("/", self.page),
            Route("/static/{name}", self.static),
            Route("/events", self.events),
            Route("/picture.jpg", self.picture),
            Route("/pictures/{number:int}.jpg", self.cue_picture),
            Route("/captions.vtt", self.vtt),
            Route("/captions.json", self.json),
            Route("/metrics", self.metrics),
            Route("/healthz", self.health),
        ]

    async def page(self, request: Request) -> Response:
        """The page itself: the same bytes for everybody, filled in by its script."""
        return self._file(request, "index.html")

    async def static(self, request: Request) -> Response:
        """What the page is made of."""
        name = request.path_params["name"]
        return self._file(request, name) if name in self._files else PlainTextResponse("no such file\n", 404)

    async def events(self, request: Request) -> Response:
        """Follow the narration: server-sent events, from Last-Event-ID (or ``?after=``) on where it is known."""
        if self._hub.clients >= self._most_clients:
            return PlainTextResponse("too many pages are open\n", 503, {"retry-after": "10"})
        last_id = request.headers.get("last-event-id") or request.query_params.get("after")
        headers = {"cache-control": "no-store", "x-accel-buffering": "no"}
        stream = self._hub.follow(self._store.place(last_id))
        return StreamingResponse(stream, headers=headers, media_type="text/event-stream")

    async def picture(self, request: Request) -> Response:
        """The latest picture."""
        return _picture(self._store.picture)

    async def cue_picture(self, request: Request) -> Response:
        """What was seen while a cue was said."""
        return _picture(self._store.cue_picture(request.path_params["number"]))

    async def vtt(self, request: Request) -> Response:
        """The history as a WebVTT track."""
        return Response(self._store.vtt(), media_type="text/vtt; charset=utf-8")

    async def json(self, request: Request) -> Response:
        """State, figures and history."""
        return Response(to_json(self._store.everything()), media_type="application/json")

    async def metrics(self, request: Request) -> Response:
        """The figures for Prometheus."""
        encode, content_type = choose_encoder(request.headers.get("accept", ""))
        return Response(encode(self._metrics.registry), headers={"content-type": content_type})

    async def health(self, request: Request) -> Response:
        """200 while frames come in, 503 otherwise; needs no token, so it says no more than the state."""
        state = self._store.state
        word = state_message(state)["state"] if state is not None else "connecting"
        return JSONResponse({"state": word}, 200 if self._store.is_live else 503)

    def _file(self, request: Request, name: str) -> Response:
        body = self._files[name]
        tag = f'"{hashlib.sha256(body).hexdigest()[:16]}"'
        headers = {"etag": tag, "cache-control": "no-cache"}
        if request.headers.get("if-none-match") == tag:
            return Response(status_code=304, headers=headers)
        kind = _TYPES[name.rpartition(".")[2]]
        charset = "" if kind.startswith("image/") else "; charset=utf-8"
        return Response(body, headers=headers | {"content-type": kind + charset})


def _picture(jpeg: bytes | None) -> Response:
    return PlainTextResponse("no picture\n", 404) if jpeg is None else Response(jpeg, media_type=_JPEG)


def build_app(application: Application) -> Starlette:
    """Return the ASGI application."""
    return Starlette(routes=application.routes())
