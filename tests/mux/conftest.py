"""Films with all that a container can hold, made once with the ffmpeg program."""

from __future__ import annotations

import json
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

TRACK = """1
00:00:01,000 --> 00:00:02,500
A dog runs & jumps <on> a --> beach.

2
00:00:05,000 --> 00:00:06,000
Two girls
play.

3
00:59:30,000 --> 00:59:31,000
Nobody is left.

"""
SPEECH = "1\n00:00:00,500 --> 00:00:02,000\nHello.\n\n2\n00:00:03,000 --> 00:00:05,000\nBye.\n\n"
CHAPTERS = """;FFMETADATA1
title=A day & a half
artist=Nobody
[CHAPTER]
TIMEBASE=1/1000
START=0
END=4000
title=One
[CHAPTER]
TIMEBASE=1/1000
START=4000
END=6000
title=Two
"""


def ffmpeg(folder: Path, *arguments: str) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the ffmpeg program")
    subprocess.run(["ffmpeg", "-y", "-nostdin", "-v", "error", *arguments], check=True, cwd=folder, timeout=120)


@pytest.fixture(scope="session")
def probe() -> Callable[[Path], dict[str, Any]]:
    """Tell what ffprobe sees in a film."""

    def run(path: Path) -> dict[str, Any]:
        if shutil.which("ffprobe") is None:
            pytest.skip("needs the ffprobe program")
        command = [
            "ffprobe",
            "-v",
            "error",
            "-count_packets",
            "-show_streams",
            "-show_chapters",
            "-show_format",
            "-of",
            "json",
        ]
        done = subprocess.run([*command, str(path)], check=True, capture_output=True, timeout=60)
        seen: dict[str, Any] = json.loads(done.stdout)
        return seen

    return run


@pytest.fixture(scope="session")
def shelf(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``full.mkv``, ``turned.mp4``, ``cover.mp4``, ``small.webm``, ``late.ts`` and their tracks."""
    folder = tmp_path_factory.mktemp("shelf")
    (folder / "track.srt").write_text(TRACK)
    (folder / "speech.srt").write_text(SPEECH)
    (folder / "facts.txt").write_text(CHAPTERS)
    (folder / "note.ttf").write_bytes(b"not really a font")
    picture = ["-f", "lavfi", "-i", "testsrc2=s=160x120:r=30000/1001:d=6"]
    sound = ["-f", "lavfi", "-i", "sine=440:d=6"]
    h264 = ["-c:v", "libx264", "-preset", "ultrafast", "-bf", "2", "-g", "48"]
    ffmpeg(folder, "-f", "lavfi", "-i", "testsrc2=s=32x32:d=1", "-frames:v", "1", "cover.png")
    streams = ["-map", "0", "-map", "1", "-map", "2", "-map", "3", "-map_metadata", "4", "-map_chapters", "4"]
    marks = "-metadata:s:a:0 language=eng -metadata:s:a:1 language=fra"
    marks += " -metadata:s:a:1 title=Comments -disposition:a:1 comment"
    kept = "-metadata:s:s:0 language=deu -attach note.ttf -metadata:s:t:0 mimetype=font/ttf"
    cover = "-attach cover.png -metadata:s:t:1 mimetype=image/png -metadata:s:t:1 filename=cover.png"
    codecs = [*h264, "-c:a:0", "aac", "-c:a:1", "libopus", "-c:s", "srt"]
    inputs = [*picture, *sound, *sound, "-i", "speech.srt", "-i", "facts.txt"]
    ffmpeg(folder, *inputs, *streams, *codecs, *marks.split(), *kept.split(), *cover.split(), "full.mkv")
    ffmpeg(folder, *picture, *sound, "-vf", "setsar=64/45", *h264, "-c:a", "aac", "wide.mp4")
    ffmpeg(folder, "-i", "wide.mp4", "-c", "copy", "-metadata:s:v:0", "rotate=90", "turned.mp4")
    inputs = ["-i", "wide.mp4", "-i", "speech.srt", "-i", "cover.png", "-map", "0", "-map", "1", "-map", "2"]
    ffmpeg(folder, *inputs, "-c", "copy", "-c:s", "mov_text", "-disposition:v:1", "attached_pic", "cover.mp4")
    vp9 = ["-c:v", "libvpx-vp9", "-deadline", "realtime", "-cpu-used", "8", "-threads", "1"]
    ffmpeg(folder, *picture, *sound, "-i", "speech.srt", *vp9, "-c:a", "libopus", "-c:s", "webvtt", "small.webm")
    ffmpeg(folder, "-i", "wide.mp4", "-c", "copy", "-output_ts_offset", "5", "late.ts")
    return folder
