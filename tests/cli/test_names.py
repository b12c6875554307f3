"""Names that trip programs up, and text that must not reach the terminal as it is."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from vidcap.testing import EchoDescriber

Vidcap = Callable[..., Any]

NAMES = [
    b"-o.mp4",
    "🎬 café 日本.mp4".encode(),
    b"two\nlines.mp4",
    b"caf\xe9\xff.mp4",
    b"12:30 rec.mp4",
    b"50%d done.mp4",
    b"esc\x1b[31m.mp4",
]


@pytest.mark.parametrize("name", NAMES)
def test_a_film_of_any_name_is_captioned(
    vidcap: Vidcap, samples_dir: Path, tmp_path: Path, name: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(os.fsdecode(name)).write_bytes((samples_dir / "street.mp4").read_bytes())
    result = vidcap("-v", "-o", ".", "--", name, describer=EchoDescriber(32))
    assert result.code == 0
    assert b"\x1b" not in result.err.encode()
    track = os.fsdecode(name).removesuffix(".mp4") + ".srt"
    assert sorted(os.listdir()) == sorted([os.fsdecode(name), track])


@pytest.mark.parametrize("name", NAMES)
def test_a_bad_file_of_any_name_is_told_in_one_harmless_line(vidcap: Vidcap, tmp_path: Path, name: bytes) -> None:
    path = Path(os.fsdecode(os.fsencode(tmp_path) + b"/" + name))
    path.write_bytes(b"")
    result = vidcap(path)
    assert result.code == 1
    assert result.err.startswith(f"vidcap: {tmp_path}/")
    assert result.err.count("\n") == 1
    assert "\x1b" not in result.err


@pytest.mark.parametrize("content", [b"", b"just some words\n", b"\0" * 4096, b"ID3\x03" + b"\0" * 500])
def test_what_is_no_video_is_told_in_one_line_and_leaves_nothing(
    vidcap: Vidcap, tmp_path: Path, content: bytes
) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(content)
    result = vidcap(film, "-o", tmp_path / "film.srt")
    assert (result.code, result.out) == (1, "")
    assert result.err.startswith(f"vidcap: {film}: ")
    assert result.err.count("\n") == 1
    assert [path.name for path in tmp_path.iterdir()] == ["film.mp4"]


def test_a_folder_is_no_video(vidcap: Vidcap, tmp_path: Path) -> None:
    result = vidcap(tmp_path)
    assert (result.code, result.err) == (1, f"vidcap: {tmp_path}: is a folder, not a video\n")


def test_passwords_of_addresses_are_masked(vidcap: Vidcap) -> None:
    result = vidcap("-vv", "http://ann:hunter2@127.0.0.1:9/film.mp4?token=hunter3")
    assert result.code == 1
    assert "hunter" not in result.err + result.out
    assert "http://***@127.0.0.1:9/film.mp4?token=***" in result.err


def test_a_command_s_name_with_a_folder_is_a_file(vidcap: Vidcap, tmp_path: Path) -> None:
    (tmp_path / "shots").write_bytes(b"")
    assert vidcap(tmp_path / "shots").err.startswith(f"vidcap: {tmp_path}/shots: ")
