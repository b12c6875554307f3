"""Who sees the page: tokens, host names, and what a title may not do."""

from __future__ import annotations

import pytest

from tests.web.asking import Answer, ask
from tests.web.conftest import Serve, cue, live
from vidcap.live import State, StreamState
from vidcap.web import WebConfig, WebSink, parse_address

TOKEN = "correct-horse"
PATHS = [
    "/",
    "/events",
    "/picture.jpg",
    "/pictures/0.jpg",
    "/captions.vtt",
    "/captions.json",
    "/metrics",
    "/static/page.js",
]


@pytest.mark.parametrize(
    ("text", "address", "is_local"),
    [
        (":8000", "127.0.0.1:8000", True),
        ("8000", "127.0.0.1:8000", True),
        ("localhost:1", "localhost:1", True),
        ("[::1]:80", "[::1]:80", True),
        ("127.0.0.5:80", "127.0.0.5:80", True),
        ("0.0.0.0:80", "0.0.0.0:80", False),
        ("[::]:80", "[::]:80", False),
        ("cams.example.org:80", "cams.example.org:80", False),
    ],
)
def test_an_address_is_read_and_told_whether_it_is_local(text: str, address: str, is_local: bool) -> None:
    assert (str(parse_address(text)), parse_address(text).is_local) == (address, is_local)


@pytest.mark.parametrize("text", ["", ":", "host", ":99999", "http://x:80", "::1:80", "a b:80", ":-1", "[::1]"])
def test_what_is_no_address_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="not an address to serve at"):
        parse_address(text)


@pytest.mark.parametrize("where", ["0.0.0.0:0", "[::]:0", "192.0.2.1:0", "example.org:0"])
def test_other_machines_need_a_token(where: str) -> None:
    with pytest.raises(ValueError, match=r"needs a token \(--token SECRET\)"):
        WebConfig(serve=where)
    assert "horse" not in repr(WebConfig(serve=where, token=TOKEN))


def test_nothing_is_seen_without_the_token_but_health(serve: Serve) -> None:
    sink = serve(token=TOKEN)
    sink.take(live())
    sink.take(cue(0))
    for path in PATHS:
        answer = ask(sink, path)
        assert answer.status == 401, path
        assert b"Sentence" not in answer.body
    assert ask(sink, "/healthz").status == 200


@pytest.mark.parametrize("wrong", ["", "x", TOKEN + "x", TOKEN[:-1], TOKEN.upper(), "ü"])
def test_a_wrong_token_is_refused(serve: Serve, wrong: str) -> None:
    from urllib.parse import quote

    sink = serve(token=TOKEN)
    assert ask(sink, f"/captions.vtt?token={quote(wrong)}").status == 401
    assert ask(sink, "/captions.vtt", authorization=f"Bearer {quote(wrong)}").status == 401
    assert ask(sink, "/captions.vtt", cookie=f"vidcap-{sink.address.port}={quote(wrong)}").status == 401


def cookie_of(answer: Answer) -> str:
    return answer.headers["set-cookie"].partition(";")[0]


def test_the_token_leaves_the_address_for_a_cookie(serve: Serve) -> None:
    sink = serve(token=TOKEN)
    answer = ask(sink, f"/?token={TOKEN}")
    assert (answer.status, answer.headers["location"]) == (303, "/")
    set_cookie = answer.headers["set-cookie"].lower()
    assert "httponly" in set_cookie
    assert "samesite=lax" in set_cookie
    assert TOKEN not in set_cookie
    assert all(ask(sink, path, cookie=cookie_of(answer)).status != 401 for path in PATHS if path != "/events")


def test_the_cookie_outlives_a_restart_with_the_same_token_only(serve: Serve) -> None:
    first = serve(token=TOKEN)
    cookie = cookie_of(ask(first, f"/?token={TOKEN}"))
    first.close()
    again = serve(serve=str(first.address), token=TOKEN)
    assert ask(again, "/", cookie=cookie).status == 200
    again.close()
    assert ask(serve(serve=str(first.address), token="another"), "/", cookie=cookie).status == 401


def test_one_may_sign_in_by_hand(serve: Serve) -> None:
    sink = serve(token=TOKEN)
    form = ask(sink, "/", accept="text/html")
    assert (form.status, b'type="password"' in form.body) == (401, True)
    assert ask(sink, "/static/page.css").status == 200
    wrong = ask(sink, "/sign-in", method="POST", body="token=nonsense")
    right = ask(sink, "/sign-in", method="POST", body=f"token={TOKEN}")
    assert (wrong.status, right.status, right.headers["location"]) == (401, 303, "/")
    assert ask(sink, "/sign-in", method="POST", body="x" * 100_000).status == 401


def test_machines_send_the_token_in_a_header(serve: Serve) -> None:
    sink = serve(token=TOKEN)
    assert ask(sink, "/metrics", authorization=f"Bearer {TOKEN}").status == 200
    assert ask(sink, f"/captions.vtt?token={TOKEN}").status == 200


@pytest.mark.parametrize(
    ("host", "status"),
    [
        ("localhost", 200),
        ("LOCALHOST.:99", 200),
        ("127.0.0.1:8000", 200),
        ("[::1]:8000", 200),
        ("proxy.example.org", 200),
        ("rebound.example.com", 421),
        ("localhost.example.com", 421),
        ("127.0.0.1.example.com:80", 421),
        ("", 421),
    ],
)
def test_a_page_asked_for_by_a_foreign_name_is_refused(serve: Serve, host: str, status: int) -> None:
    sink = serve(allow_hosts=frozenset({"proxy.example.org"}))
    sink.take(live())
    assert ask(sink, "/captions.json", host=host).status == status
    assert ask(sink, "/healthz", host=host).status == status


@pytest.mark.parametrize("path", ["/", "/captions.json", "/nothing", "/static/page.js"])
def test_every_answer_forbids_what_the_page_does_not_need(serve: Serve, path: str) -> None:
    headers = ask(serve(), path).headers
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self';")
    assert "require-trusted-types-for 'script'" in policy
    assert "unsafe" not in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert "access-control-allow-origin" not in headers
    assert "server" not in headers


def test_secrets_of_addresses_are_nowhere(serve: Serve) -> None:
    sink = serve(page_title="rtsp://admin:hunter2@camera/stream?token=hunter2")
    reason = "rtsp://admin:hunter2@camera/stream: refused"
    sink.take(StreamState(State.WAITING, reason, live().since, 1, 2.0))
    for path in ("/captions.json", "/metrics", "/healthz", "/"):
        assert b"hunter2" not in ask(sink, path).body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS"])
def test_nothing_can_be_changed(serve: Serve, method: str) -> None:
    assert ask(serve(), "/captions.json", method=method).status == 405


def test_a_token_is_printable(serve: Serve) -> None:
    for bad in ("", "two words", "ümlaut", "x" * 300):
        with pytest.raises(ValueError, match="a token is"):
            WebConfig(serve=":0", token=bad)
    assert isinstance(serve(token="x"), WebSink)
