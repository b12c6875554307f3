"""A real server: GStreamer's, over TCP and UDP, with both ways to ask for a password; killed, stopped, brought back."""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.live.cameras import Camera, Heard, free_port, hear, quick, running
from vidcap.live import Outcome, State

PYTHON = "/usr/bin/python3"
HAS_GST = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"


def is_there() -> bool:
    try:
        return subprocess.run([PYTHON, "-c", HAS_GST], capture_output=True, check=False, timeout=60).returncode == 0
    except OSError:
        return False


pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not is_there(), reason="GStreamer's RTSP server is missing: gir1.2-gst-rtsp-server-1.0"),
]


@contextmanager
def gst_camera(loop: Path, *options: str, port: int = 0, user: str = "") -> Iterator[Camera]:
    port = port or free_port()
    server = Path(__file__).with_name("gst_server.py")
    command = [PYTHON, str(server), str(port), str(loop), *options]
    with running(command, f"rtsp://{user}127.0.0.1:{port}/x", port) as camera:
        yield camera


AUTH = ("--auth", "us@er:p/a#s")
NAMED = "us%40er:p%2Fa%23s@"
WAYS = {
    "tcp": ((), "", "tcp"),
    "udp": ((), "", "udp"),
    "udp only, found out": (("--only", "udp"), "", "auto"),
    "basic": (AUTH, NAMED, "tcp"),
    "digest": ((*AUTH, "--digest"), NAMED, "tcp"),
    "digest over udp": ((*AUTH, "--digest"), NAMED, "udp"),
}
"""What the server is told, the user in the address, and the transport asked for."""


@pytest.fixture(scope="module")
def narrated(loop: Path) -> Iterator[dict[str, Heard]]:
    """Narrate it in all ways at once."""

    def narrate(way: str) -> Heard:
        options, user, transport = WAYS[way]
        with gst_camera(loop, *options, user=user) as camera:
            return hear(camera.url, quick({"rtsp_transport": transport}), until=lambda heard: len(heard.cues) >= 4)

    with ThreadPoolExecutor(len(WAYS)) as pool:
        heard = {way: pool.submit(narrate, way) for way in WAYS}
        yield {way: future.result() for way, future in heard.items()}


@pytest.mark.parametrize("way", WAYS)
def test_it_is_narrated(way: str, narrated: dict[str, Heard]) -> None:
    heard = narrated[way]
    assert heard.reconnects == 0


@pytest.mark.parametrize("digest", [True, False], ids=["digest", "basic"])
def test_a_wrong_password_is_told_once_and_kept_secret(loop: Path, digest: bool) -> None:
    with gst_camera(loop, *AUTH, *(["--digest"] if digest else []), user="us%40er:geheim@") as camera:
        heard = hear(camera.url)
    assert heard.states == [State.CONNECTING, State.GIVEN_UP]
    assert "401" in str(heard.narration.verdict.error)
    assert "geheim" not in f"{heard.narration.verdict.error} {heard.reasons} {heard.narration!r}"


def test_a_server_that_is_killed_and_comes_back_is_found_again(loop: Path) -> None:
    port = free_port()
    servers: list[Iterator[Camera]] = []

    def killed(heard: Heard) -> bool:
        if heard.cues and camera.process.poll() is None:
            camera.process.kill()
        if heard.states[-1] is State.WAITING and len(servers) == 0:
            again = gst_camera(loop, port=port)
            servers.append(again)  # type: ignore[arg-type]
            again.__enter__()
        return heard.reconnects >= 1

    with gst_camera(loop, port=port) as camera:
        try:
            heard = hear(camera.url, until=killed, most_s=90)
        finally:
            for server in servers:
                server.__exit__(None, None, None)  # type: ignore[attr-defined]
    assert heard.narration.verdict.outcome is Outcome.STOPPED


def test_a_server_that_freezes_stalls_and_is_left(loop: Path) -> None:
    def frozen(heard: Heard) -> bool:
        if heard.cues and State.STALLED not in heard.states:
            camera.process.send_signal(signal.SIGSTOP)
        if heard.states[-1] is State.WAITING:
            camera.process.send_signal(signal.SIGCONT)
        return heard.reconnects >= 1

    with gst_camera(loop) as camera:
        heard = hear(camera.url, quick({"frame_timeout_s": 2.5, "connect_timeout_s": 10}), until=frozen, most_s=90)
    assert "no picture for 2.5 s" in heard.reasons
