"""Who may see the page, and what browsers are told to forbid it.

Three checks come before anything else: the name by which it was asked for (against DNS rebinding), the token, and on
every answer the headers that keep scripts, styles and frames of others out.
"""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import socket
from http.cookies import CookieError, SimpleCookie
from typing import TYPE_CHECKING
from urllib.parse import parse_qs, parse_qsl, urlencode

from starlette.datastructures import Headers, MutableHeaders
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from vidcap.web.config import WebConfig, is_ip

if TYPE_CHECKING:
    from starlette.types import ASGIApp, Message, Receive, Scope, Send

SIGN_IN_PATH = "/sign-in"
_OPEN_PATHS = {"/healthz", "/static/page.css", "/static/icon.svg"}
_WRONG_TOKEN_PAUSE_S = 0.5
_MOST_BODY_BYTES = 4096
_COOKIE_DAYS = 180
_HEADERS = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; "
        "require-trusted-types-for 'script'; trusted-types 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=()",
}


class Guard:
    """ASGI middleware around the whole application; ``sign_in`` is the page that asks for the token."""

    def __init__(self, app: ASGIApp, config: WebConfig, port: int, sign_in: bytes) -> None:
        self._app = app
        self._token = config.token
        self._names = {name.lower() for name in config.allow_hosts} | _own_names(config)
        self._is_open = config.token is None
        self._cookie = f"vidcap-{port}"  # cookies don't tell ports apart
        self._sign_in = sign_in

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request, or let it through."""
        if scope["type"] != "http":
            return

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in _HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("cache-control", "no-store")
            await send(message)

        answer = await self._refusal(scope, receive)
        await (answer or self._app)(scope, receive, guarded)

    async def _refusal(self, scope: Scope, receive: Receive) -> Response | None:
        headers = Headers(scope=scope)
        if not self._is_known_host(headers.get("host", "")):
            text = "This host name is not known here. If it should be, start vidcap with --allow-host NAME.\n"
            return PlainTextResponse(text, 421)
        if self._is_open or scope["path"] in _OPEN_PATHS or self._has_token(headers):
            return None
        if scope["path"] == SIGN_IN_PATH and scope["method"] == "POST":
            return await self._signed_in(receive)
        query = scope["query_string"].decode("latin-1")
        tokens = parse_qs(query).get("token", [])
        if tokens and self._is_token(tokens[0]):
            return self._welcome(scope["path"], query) if scope["path"] == "/" else None
        return await self._ask(headers, is_wrong=bool(tokens) or "authorization" in headers)

    def _is_known_host(self, host: str) -> bool:
        """Tell whether a Host header names this server: a name that an attacker's DNS points here does not."""
        name = host[1:].partition("]")[0] if host.startswith("[") else host.partition(":")[0]
        name = name.lower().rstrip(".")
        if is_ip(name):
            return True  # a number is never rebound
        return name in self._names

    def _has_token(self, headers: Headers) -> bool:
        scheme, _, value = headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and self._is_token(value.strip()):
            return True
        try:
            cookie = SimpleCookie(headers.get("cookie", "")).get(self._cookie)
        except CookieError:
            return False
        return cookie is not None and hmac.compare_digest(cookie.value.encode(), self._pass().encode())

    def _is_token(self, given: str) -> bool:
        assert self._token is not None
        one, other = (hashlib.sha256(text.encode("utf-8", "replace")).digest() for text in (given, self._token))
        return hmac.compare_digest(one, other)

    def _pass(self) -> str:
        """Return what the cookie holds: it follows from the token, but the token does not follow from it."""
        assert self._token is not None
        return hmac.new(self._token.encode(), b"vidcap page", hashlib.sha256).hexdigest()

    def _welcome(self, path: str, query: str = "") -> Response:
        """Return a redirect that leaves the token in a cookie and not in the address."""
        rest = urlencode([(name, value) for name, value in parse_qsl(query) if name != "token"])
        answer = RedirectResponse(f"{path}?{rest}" if rest else path, 303)
        age_s = _COOKIE_DAYS * 24 * 3600
        answer.set_cookie(self._cookie, self._pass(), max_age=age_s, httponly=True, samesite="lax")
        return answer

    async def _signed_in(self, receive: Receive) -> Response:
        body = b""
        while len(body) <= _MOST_BODY_BYTES:
            message = await receive()
            body += message.get("body", b"")
            if not message.get("more_body"):
                break
        tokens = parse_qs(body[:_MOST_BODY_BYTES].decode("utf-8", "replace")).get("token", [""])
        return self._welcome("/") if self._is_token(tokens[0].strip()) else await self._ask(None, is_wrong=True)

    async def _ask(self, headers: Headers | None, *, is_wrong: bool) -> Response:
        if is_wrong:
            await asyncio.sleep(_WRONG_TOKEN_PAUSE_S)
        challenge = {"www-authenticate": 'Bearer realm="vidcap"'}
        if headers is None or "text/html" in headers.get("accept", ""):
            return Response(self._sign_in, 401, challenge, "text/html; charset=utf-8")
        return PlainTextResponse("A token is needed: Authorization: Bearer TOKEN, or ?token=TOKEN.\n", 401, challenge)


def _own_names(config: WebConfig) -> set[str]:
    """Return the names of this server; those of the machine only where it is open to others."""
    names = {"localhost", config.address.host.lower()}
    if not config.address.is_local:
        names |= {socket.gethostname().lower(), socket.getfqdn().lower()}
    return names
