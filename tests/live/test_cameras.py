"""Cameras that do what cameras do: each must be narrated, or given up, and never hung on."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from tests.live.cameras import Heard, bad_camera, free_port, hear, needs_cameras, quick, tarpit
from vidcap.live import Outcome, State

pytestmark = [needs_cameras, pytest.mark.slow]


ODD = {
    "tcp": ((), "tcp"),
    "udp": ((), "udp"),
    "tcp refused": (("--tcp-refuse",), "auto"),
    "all stamps zero": (("--zero-ts",), "tcp"),
    "stamps jump ahead": (("--jump-after", "1"), "tcp"),
    "stamps jump back": (("--jump-after", "2.5", "--jump-by", "-2"), "tcp"),
    "stamps overflow": (("--start-ts", "4294900000"), "tcp"),
    "parameters only in the stream": (("--no-sprop",), "tcp"),
    "begins between key frames": (("--no-key-first",), "tcp"),
    "lost packets": (("--loss", "3"), "udp"),
}
"""Options of the camera, and the transport asked for."""


@pytest.fixture(scope="module")
def narrated(loop: Path) -> Iterator[dict[str, Heard]]:
    """Narrate all odd cameras at once: most of the time is waiting."""

    def narrate(kind: str) -> Heard:
        options, transport = ODD[kind]
        with bad_camera(loop, *options) as camera:
            return hear(camera.url, quick({"rtsp_transport": transport}), until=lambda heard: len(heard.cues) >= 5)

    with ThreadPoolExecutor(len(ODD)) as pool:
        heard = {kind: pool.submit(narrate, kind) for kind in ODD}
        yield {kind: future.result() for kind, future in heard.items()}


@pytest.mark.parametrize("kind", ODD)
def test_an_odd_camera_is_narrated(kind: str, narrated: dict[str, Heard]) -> None:
    heard = narrated[kind]
    assert heard.reconnects == 0
    assert heard.cues[-1].cue.end_s < heard.tally.uptime_s + 1  # jumps and stuck stamps did not become media time


def test_cuts_show_as_cues_at_their_times(loop: Path) -> None:
    with bad_camera(loop) as camera:
        heard = hear(camera.url, quick(window_s=4, first_window_s=4), until=lambda heard: len(heard.cues) >= 4)
    assert heard.tally.clips_dropped == 0
    starts_s = [float(heard.cues[place].cue.start_s) for place in (1, 2, 3)]
    assert [round(later - earlier, 1) for earlier, later in pairwise(starts_s)] == [2.0, 2.0]


def test_after_cuts_it_is_connected_again_and_media_time_goes_on(loop: Path) -> None:
    cuts: list[int] = []

    def five_cuts(heard: Heard) -> bool:
        is_well = heard.states[-1] is State.LIVE and heard.reconnects == len(cuts)
        if is_well and len(heard.cues) > (cuts[-1] if cuts else 0) and len(cuts) < 5:
            cuts.append(len(heard.cues))
            camera.tell("eof" if len(cuts) % 2 else "cut")
        return len(cuts) == 5 and heard.reconnects == 5 and len(heard.cues) > cuts[-1] + 1

    with bad_camera(loop) as camera:
        heard = hear(camera.url, until=five_cuts, most_s=120)
    assert heard.states.count(State.WAITING) == 5
    assert heard.narration.verdict.outcome is Outcome.STOPPED
    assert float(heard.cues[-1].cue.start_s) > 5 * 0.4  # the pauses count


def test_a_stall_is_told_and_outlived(loop: Path) -> None:
    def stalled(heard: Heard) -> bool:
        if heard.cues and not heard.states.count(State.STALLED) and camera.control_port:
            camera.tell("stall")
        if heard.states[-1] is State.STALLED:
            camera.tell("go")
        return State.STALLED in heard.states and heard.states[-1] is State.LIVE

    with bad_camera(loop) as camera:
        heard = hear(camera.url, until=stalled)
    assert heard.reconnects == 0


def test_a_camera_that_stays_silent_is_connected_again(loop: Path) -> None:
    with bad_camera(loop, "--stall-after", "2") as camera:
        heard = hear(camera.url, quick({"frame_timeout_s": 2.5}), until=lambda heard: heard.reconnects >= 1)
    assert "no picture for 2.5 s" in heard.reasons


def test_without_a_key_frame_nothing_is_captioned(loop: Path) -> None:
    config = quick({"connect_timeout_s": 4}, give_up_after_s=1)
    with bad_camera(loop, "--drop-keys") as camera:
        heard = hear(camera.url, config)
    assert not heard.cues
    assert heard.narration.verdict.outcome is Outcome.GIVEN_UP
    assert "no whole picture within 4 s" in str(heard.narration.verdict.error)


@pytest.mark.parametrize("scheme", ["--digest", "--seed=1"], ids=["digest", "basic"])
def test_a_password_is_used_and_a_wrong_one_told_at_once(loop: Path, scheme: str) -> None:
    with bad_camera(loop, "--auth", "us@er:p/a:s#s", scheme) as camera:
        hear(camera.url.replace("//", "//us%40er:p%2Fa%3As%23s@"), until=lambda heard: bool(heard.cues))
        heard = hear(camera.url.replace("//", "//us%40er:geheim@"))
    assert heard.states == [State.CONNECTING, State.GIVEN_UP]
    error = str(heard.narration.verdict.error)
    assert "401" in error
    assert "geheim" not in error + heard.reasons


def test_a_camera_that_refuses_is_tried_until_it_accepts(loop: Path) -> None:
    def accepts(heard: Heard) -> bool:
        if heard.states.count(State.WAITING) == 2:
            camera.tell("accept")
        return bool(heard.cues)

    with bad_camera(loop) as camera:
        camera.tell("refuse")
        heard = hear(camera.url, until=accepts, most_s=90)
    assert heard.states[-2:] == [State.LIVE, State.STOPPED]


def test_nobody_there_is_given_up_when_asked_to() -> None:
    heard = hear(f"rtsp://127.0.0.1:{free_port()}/x", quick(give_up_after_s=2))
    assert heard.narration.verdict.outcome is Outcome.GIVEN_UP
    assert "refused" in str(heard.narration.verdict.error)


BROKEN = ("silent", "options", "describe", "rst", "http", "drip", "401", "redirect", "huge")


@pytest.fixture(scope="module")
def given_up() -> Iterator[dict[str, Heard]]:
    """Try all broken servers at once."""

    def narrate(mode: str) -> Heard:
        with tarpit(mode) as server:
            return hear(server.url, quick({"connect_timeout_s": 5, "frame_timeout_s": 3}, give_up_after_s=0.5))

    with ThreadPoolExecutor(len(BROKEN)) as pool:
        heard = {mode: pool.submit(narrate, mode) for mode in BROKEN}
        yield {mode: future.result() for mode, future in heard.items()}


@pytest.mark.parametrize("mode", BROKEN)
def test_a_broken_server_is_given_up_in_time(mode: str, given_up: dict[str, Heard]) -> None:
    heard = given_up[mode]
    assert heard.narration.verdict.outcome is Outcome.GIVEN_UP
    assert not heard.cues
    assert heard.states[-1] is State.GIVEN_UP
    assert not heard.narration.is_busy
