"""Passwords of cameras, also those that make an address wrong."""

from __future__ import annotations

import pytest

from vidcap.urls import is_live, mask_secrets


@pytest.mark.parametrize(
    "address",
    [
        "rtsp://user:geheim@camera/x",
        "rtsp://user:ge/heim@camera/x",
        "rtsp://user:ge#heim@camera/x",
        "rtsp://user:ge?heim@camera/x",
        "rtsp://user:ge@heim@camera/x",
        "rtsp://geheim@camera/x",
        "srt://camera:9000?passphrase=geheim",
        "srt://camera:9000?mode=caller&streamid=geheim",
        "rtmp://camera/app?token=geheim",
    ],
)
def test_no_password_is_shown(address: str) -> None:
    shown = mask_secrets(f"can't read {address} today")
    assert "heim" not in shown
    assert "camera" in shown
    assert shown.endswith(" today")


@pytest.mark.parametrize("address", ["rtsp://camera:554/x@2", "http://host/a:b@c", "rtsp://camera/x"])
def test_an_address_without_a_password_stays_as_it_is(address: str) -> None:
    assert mask_secrets(address) == address


@pytest.mark.parametrize("name", ["webcam:x", "/dev/video", "C:\\film.mp4", "film.mp4", "https://host/x.m3u8", "-"])
def test_what_may_end_is_not_taken_for_live(name: str) -> None:
    assert not is_live(name)
