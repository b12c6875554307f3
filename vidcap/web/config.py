"""Where the page is served and who may see it."""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass, field
from typing import NamedTuple

_ADDRESS = re.compile(r"(?:\[(?P<six>[0-9A-Fa-f:.%\w]+)\]|(?P<host>[^\[\]:/\s]*)):(?P<port>\d{1,5})|(?P<only>\d{1,5})")
_TOKEN = re.compile(r"[\x21-\x7e]{1,256}")
_LOCAL = "127.0.0.1"


class Address(NamedTuple):
    """Where a server listens."""

    host: str
    port: int
    """0: any free one."""

    @property
    def is_local(self) -> bool:
        """Whether only this machine can reach it."""
        return self.host == "localhost" or (is_ip(self.host) and ipaddress.ip_address(self.host).is_loopback)

    def __str__(self) -> str:
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def is_ip(host: str) -> bool:
    """Tell whether a host is a number and not a name."""
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def parse_address(text: str) -> Address:
    """Return the address meant by ``8000``, ``:8000``, ``host:8000`` or ``[::1]:8000``; without a host this machine's.

    >>> str(parse_address(":8000")), str(parse_address("[::1]:80")), parse_address("0.0.0.0:80").is_local
    ('127.0.0.1:8000', '[::1]:80', False)
    """
    match = _ADDRESS.fullmatch(text.strip())
    port = int(match["port"] or match["only"]) if match else -1
    if match is None or not 0 <= port <= 65535:
        raise ValueError(f"not an address to serve at: {text[:80]!r} (try :8000, 192.0.2.1:8000 or [::1]:8000)")
    return Address(match["six"] or match["host"] or _LOCAL, port)


@dataclass(frozen=True, slots=True, kw_only=True)
class WebConfig:
    """The page and its server. ValueError where it would be open to others without a token."""

    serve: str = field(
        metadata={
            "metavar": "[HOST]:PORT",
            "help": "serve the page at [HOST]:PORT; without a host only this machine sees it",
        }
    )
    token: str | None = field(
        default=None,
        repr=False,
        metadata={"metavar": "SECRET", "help": "secret that others need to see the page; $VIDCAP_TOKEN is read too"},
    )
    allow_hosts: frozenset[str] = field(
        default=frozenset(), metadata={"help": "name by which browsers may ask for the page, such as a proxy's"}
    )
    web_history: int = field(default=500, metadata={"help": "cues that the page can show"})
    web_pictures: int = field(default=100, metadata={"help": "cues whose picture is kept for the page"})
    web_clients: int = field(default=500, metadata={"help": "most pages open at once"})
    page_title: str = field(
        default="", metadata={"metavar": "TEXT", "help": "what the page is called; the source, unless told"}
    )

    def __post_init__(self) -> None:
        address = parse_address(self.serve)
        if self.token is not None and not _TOKEN.fullmatch(self.token):
            raise ValueError("a token is 1 to 256 printable ASCII characters without spaces")
        if not address.is_local and self.token is None:
            raise ValueError(f"{address} can be reached from other machines: that needs a token (--token SECRET)")
        if min(self.web_history, self.web_clients) < 1 or self.web_pictures < 0:
            raise ValueError(f"too few: {self.web_history = } {self.web_clients = } {self.web_pictures = }")

    @property
    def address(self) -> Address:
        """Where the server listens."""
        return parse_address(self.serve)
