"""What the server answers, and that no client holds up the narration."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import time

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.web.asking import ask, following
from tests.web.conftest import Serve, cue, live, snapshot, tally
from vidcap.errors import OutputError
from vidcap.live import State, StreamState
from vidcap.web import WebConfig, WebSink
from vidcap.web.store import Store


def test_captions_are_served_as_a_track_and_as_json(serve: Serve) -> None:
    sink = serve(page_title="Gate")
    for event in [live(), cue(0, "A man & a <dog>."), cue(1, is_final=False), cue(1, end_s=9.5)]:
        sink.take(event)
    track = ask(sink, "/captions.vtt")
    assert track.headers["content-type"] == "text/vtt; charset=utf-8"
    assert track.text == (
        "WEBVTT\n\n00:00:00.000 --> 00:00:04.000\nA man &amp; a &lt;dog&gt;.\n\n"
        "00:00:04.000 --> 00:00:09.500\nSentence 1.\n\n"
    )
    found = json.loads(ask(sink, "/captions.json").body)
    assert found["title"] == "Gate"
    assert found["state"]["state"] == "live"
    assert [(one["text"], one["end_s"], one["delay_s"]) for one in found["cues"]] == [
        ("A man & a <dog>.", 4.0, 0.5),
        ("Sentence 1.", 9.5, 0.5),
    ]


def test_health_is_that_of_the_source(serve: Serve) -> None:
    sink = serve()
    assert ask(sink, "/healthz").status == 503
    sink.take(live())
    assert (ask(sink, "/healthz").status, ask(sink, "/healthz").text) == (200, '{"state":"live"}')
    sink.take(StreamState(State.WAITING, "refused", tally().at, 3, 4.0))
    assert (ask(sink, "/healthz").status, ask(sink, "/healthz").text) == (503, '{"state":"waiting"}')


def test_metrics_are_what_prometheus_reads(serve: Serve) -> None:
    sink = serve()
    sink.take(live())
    sink.take(cue(0))
    sink.take(tally(frames_in=500, frames_dropped=7, reconnects=2, delay_p50_s=0.5, delay_p95_s=0.9, cues=1))
    families = {family.name: family for family in text_string_to_metric_families(ask(sink, "/metrics").text)}
    found = {s.name + str(s.labels or ""): s.value for family in families.values() for s in family.samples}
    assert found["vidcap_frames_in_total"] == 500
    assert found["vidcap_frames_dropped_total"] == 7
    assert found["vidcap_reconnects_total"] == 2
    assert found["vidcap_caption_delay_quantile_seconds{'quantile': '0.95'}"] == 0.9
    assert found["vidcap_caption_delay_seconds_count"] == 1
    assert found["vidcap_source_state{'state': 'live'}"] == 1
    assert found["vidcap_up"] == 1
    assert found["process_resident_memory_bytes"] > 0


def test_pictures_are_the_latest_and_those_of_cues(serve: Serve) -> None:
    sink = serve()
    assert ask(sink, "/picture.jpg").status == 404
    red, green = snapshot(2), snapshot(6, (0, 200, 0))
    for event in [red, cue(0), green, cue(1), cue(2)]:
        sink.take(event)
    latest = ask(sink, "/picture.jpg?n=1")
    assert (latest.body, latest.headers["cache-control"]) == (green.jpeg, "no-store")
    assert ask(sink, "/pictures/0.jpg").body == red.jpeg
    assert ask(sink, "/pictures/1.jpg").body == green.jpeg
    assert ask(sink, "/pictures/2.jpg").status == 404
    assert [one["has_picture"] for one in json.loads(ask(sink, "/captions.json").body)["cues"]] == [True, True, False]


def test_a_follower_gets_all_there_is_and_then_the_news(serve: Serve) -> None:
    sink = serve()
    sink.take(live())
    sink.take(cue(0))
    with following(sink) as follower:
        first = follower.until("reset")
        assert [one["text"] for one in first.data["cues"]] == ["Sentence 0."]
        sink.take(cue(1))
        news = follower.until("cue")
    assert (news.data["text"], news.data["starts_at"][-1]) == ("Sentence 1.", "Z")


def test_a_follower_that_comes_back_gets_only_what_it_missed(serve: Serve) -> None:
    sink = serve()
    sink.take(cue(0))
    with following(sink) as follower:
        seen = follower.until("reset").id
    sink.take(cue(1))
    sink.take(cue(2, "Said.", is_final=False))
    with following(sink, seen) as follower:
        missed = follower.messages()
        found = [next(missed), next(missed)]
    assert [(message.event, message.data["number"]) for message in found] == [("cue", 1), ("cue", 2)]
    assert (found[0].id, found[1].id != seen) == (None, True)


@pytest.mark.parametrize("last_id", ["0123abcd-3", "nonsense", "-", "x" * 5000])
def test_a_follower_of_an_earlier_run_gets_all_there_is(serve: Serve, last_id: str) -> None:
    sink = serve()
    sink.take(cue(0))
    with following(sink, last_id) as follower:
        assert len(follower.until("reset").data["cues"]) == 1


def test_who_slept_through_more_than_is_kept_gets_all_that_is() -> None:
    store = Store(history=3)
    store.take(cue(0))
    _batch, place = store.since(None)
    for number in range(1, 4):
        store.take(cue(number))
    assert store.since(place)[0].startswith(b"event: cue")
    store.take(cue(4))
    store.take(cue(5))
    batch, _place = store.since(place)
    assert batch.count(b"event: reset") == 1
    assert [f'"number":{n},'.encode() in batch for n in range(6)] == [False, False, False, True, True, True]


def test_a_client_that_never_reads_holds_nobody_up_and_gets_the_newest(serve: Serve) -> None:
    sink = serve(web_history=10)
    deaf = socket.socket()
    deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    deaf.connect((sink.address.host, sink.address.port))
    deaf.sendall(b"GET /events HTTP/1.1\r\nHost: localhost\r\n\r\n")
    with following(sink) as follower:
        follower.until("reset")
        for number in range(3000):  # about 10 MB, far more than sockets hold
            sink.take(cue(number, f"{number} " + "x" * 3000))
        last = next(m for m in follower.messages() if m.event in ("cue", "reset") and "2999 x" in json.dumps(m.data))
    assert last.id is not None
    deaf.settimeout(20)
    received = b""
    while b"2999 x" not in received:
        piece = deaf.recv(1 << 16)
        assert piece
        received += piece
    deaf.close()
    assert len(received) < 8_000_000  # it was not told everything


def test_clients_that_left_are_forgotten(serve: Serve) -> None:
    sink = serve()
    for _ in range(5):
        with following(sink) as follower:
            follower.until("reset")
    deadline_s = time.monotonic() + 20
    while "vidcap_page_clients 0.0" not in ask(sink, "/metrics").text:
        sink.take(tally())
        assert time.monotonic() < deadline_s
        time.sleep(0.05)
    assert "vidcap_page_clients_seen_total 5.0" in ask(sink, "/metrics").text


def test_more_clients_than_allowed_are_told_to_come_later(serve: Serve) -> None:
    sink = serve(web_clients=2)
    with following(sink) as one, following(sink) as other:
        one.until("reset")
        other.until("reset")
        with following(sink) as third:
            assert third.status == 503
        assert ask(sink, "/healthz").status == 503  # of the source: everything else is served


def test_closing_sends_the_last_words_and_is_quick(serve: Serve) -> None:
    sink = serve()
    with following(sink) as follower:
        follower.until("reset")
        sink.take(StreamState(State.STOPPED, "", tally().at))
        sink.close()
        assert [message.data["state"] for message in follower.messages() if message.event == "state"] == ["stopped"]
    with pytest.raises(ConnectionRefusedError):
        ask(sink, "/")


def test_a_port_that_is_taken_is_said_in_one_line(serve: Serve) -> None:
    sink = serve()
    with pytest.raises(OutputError, match=r"^127\.0\.0\.1:\d+: can't be served: the port is taken: is another program"):
        WebSink(WebConfig(serve=str(sink.address)))


def test_a_host_that_is_not_here_is_said_in_one_line() -> None:
    with pytest.raises(OutputError, match=r"this machine has no such address"):
        WebSink(WebConfig(serve="192.0.2.77:0", token="x"))


def test_a_missing_library_is_named_with_the_way_to_get_it() -> None:
    code = (
        "import sys; sys.modules['uvicorn'] = None\n"
        "from vidcap.web import WebSink, WebConfig\n"
        "try: WebSink(WebConfig(serve=':0'))\n"
        "except Exception as error: print(type(error).__name__, error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "OutputError 127.0.0.1:0: the page needs uvicorn: pip install 'vidcap[web]'\n"


def test_the_port_is_free_again_at_once(serve: Serve) -> None:
    first = serve()
    with following(first) as follower:
        follower.until("reset")
        first.close()
    assert serve(serve=str(first.address)).address == first.address


def test_static_files_are_asked_for_again_only_when_they_changed(serve: Serve) -> None:
    sink = serve()
    page = ask(sink, "/")
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert ask(sink, "/", if_none_match=page.headers["etag"]).status == 304
    for path in ("/static/../config.py", "/static/sign-in.html", "/static/%2e%2e/config.py", "/etc/passwd"):
        assert ask(sink, path).status == 404
