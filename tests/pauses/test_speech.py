"""When somebody speaks: by a file, by the film's own subtitles, by loudness, by voice."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from vidcap.cli import main
from vidcap.errors import SourceError, SourceUnsupported
from vidcap.lint import read_track
from vidcap.pauses import find_speech
from vidcap.pauses.energy import loud_spans
from vidcap.testing import EchoDescriber

RATE = 44_100
Film = Callable[..., Path]


def rounded(spans: list[tuple[Fraction, Fraction]]) -> list[tuple[float, float]]:
    return [(round(float(a), 1), round(float(b), 1)) for a, b in spans]


def talk(seconds: float, *bursts: tuple[float, float], hiss: float = 0.003) -> np.ndarray:
    """Noise that swells like syllables during the bursts, over a faint hiss."""
    t = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(1).normal(size=t.size)
    loud = np.zeros_like(t)
    for start, end in bursts:
        loud[(t >= start) & (t < end)] = 0.2
    return (noise * (hiss + loud * (0.7 + 0.3 * np.sin(2 * np.pi * 5 * t)))).astype(np.float32)


@pytest.fixture
def film(tmp_path: Path) -> Film:
    """Write a film of grey pictures with a sound."""

    def write(name: str, sound: np.ndarray | None, *, seconds: int = 10, start_s: int = 0) -> Path:
        path = tmp_path / name
        with av.open(str(path), "w") as out:
            video = out.add_stream("libx264", rate=5, options={"preset": "ultrafast"})
            video.width, video.height, video.pix_fmt = 64, 64, "yuv420p"
            audio = out.add_stream("aac", rate=RATE, layout="mono") if sound is not None else None
            for k in range(seconds * 5):
                picture = av.VideoFrame.from_ndarray(np.full((64, 64, 3), 20 + k, np.uint8), format="rgb24")
                picture.pts, picture.time_base = k + start_s * 5, Fraction(1, 5)
                out.mux(video.encode(picture))
            out.mux(video.encode(None))
            for at in range(0, 0 if sound is None or audio is None else len(sound) - 1023, 1024):
                frame = av.AudioFrame.from_ndarray(sound[at : at + 1024].reshape(1, -1), format="fltp", layout="mono")
                frame.sample_rate, frame.pts, frame.time_base = RATE, at + start_s * RATE, Fraction(1, RATE)
                out.mux(audio.encode(frame))
            if audio is not None:
                out.mux(audio.encode(None))
        return path

    return write


@pytest.mark.parametrize("start_s", [0, 7])
def test_loud_parts_are_found_and_breaths_bridged(film: Film, start_s: int) -> None:
    path = film("a.mkv", talk(10, (2, 4), (4.2, 5), (7, 8.5)), start_s=start_s)
    assert rounded(find_speech(path, "audio")) == [(2.0, 5.0), (7.0, 8.5)]


def test_silence_has_pauses_everywhere_and_even_noise_has_none(film: Film) -> None:
    assert find_speech(film("a.mp4", np.zeros(10 * RATE, np.float32)), "audio") == []
    [(start_s, end_s)] = find_speech(film("b.mp4", talk(10, hiss=0.2)), "audio")
    assert start_s < Fraction(1, 10)
    assert end_s > Fraction(98, 10)


def test_a_film_without_sound_has_no_speech(film: Film) -> None:
    assert find_speech(film("a.mp4", None), "auto") == []


def test_a_click_is_no_speech() -> None:
    levels = np.full(500, -70, np.float32)
    levels[100:103], levels[200:300] = -10, -20
    times_s = [Fraction(k, 50) for k in range(500)]
    assert list(loud_spans(times_s, levels)) == [(4, 6)]
    assert list(loud_spans([], np.empty(0, np.float32))) == []


def test_subtitles_tell_who_speaks_but_not_sounds_in_brackets(tmp_path: Path) -> None:
    (tmp_path / "a.srt").write_text(
        "1\n00:00:01,000 --> 00:00:02,000\nHello.\n\n2\n00:00:02,200 --> 00:00:03,000\n<i>You?</i>\n\n"
        "3\n00:00:05,000 --> 00:00:06,000\n[DOOR SLAMS]\n\n4\n00:00:07,000 --> 00:00:08,000\n♪\n\n"
    )
    assert find_speech("any.mp4", str(tmp_path / "a.srt")) == [(1, 3)]
    (tmp_path / "b.srt").write_text("1\n00:00:05,000 --> 00:00:06,000\n[DOOR SLAMS]\n\n")
    with pytest.raises(SourceUnsupported, match="what is spoken"):
        find_speech("any.mp4", str(tmp_path / "b.srt"))
    with pytest.raises(SourceError, match="no such file"):
        find_speech("any.mp4", str(tmp_path / "c.srt"))


def test_the_films_own_subtitles_are_used_but_not_its_descriptions(film: Film, tmp_path: Path) -> None:
    from vidcap.mux import mux_track
    from vidcap.types import Cue

    path = film("a.mp4", talk(10, (2, 4)))
    mux_track(path, [Cue(start_s=Fraction(6), end_s=Fraction(8), lines=("A dog.",))], tmp_path / "b.mkv")
    with pytest.raises(SourceUnsupported, match="no subtitles of what is spoken"):
        find_speech(tmp_path / "b.mkv", "track")
    assert rounded(find_speech(tmp_path / "b.mkv", "audio")) == [(2.0, 4.0)]
    (tmp_path / "s.srt").write_text("1\n00:00:01,500 --> 00:00:03,250\nHello.\n\n")
    if shutil.which("ffmpeg") is None:
        pytest.skip("needs the ffmpeg program")
    for name, codec in (("c.mkv", "srt"), ("c.mp4", "mov_text"), ("c.webm", "webvtt")):
        video = ["-c:v", "libvpx", "-c:a", "libopus"] if name == "c.webm" else ["-c:v", "copy", "-c:a", "copy"]
        inputs = ["-i", str(path), "-i", str(tmp_path / "s.srt"), "-map", "0", "-map", "1"]
        command = ["ffmpeg", "-v", "error", "-y", *inputs, *video, "-c:s", codec, str(tmp_path / name)]
        subprocess.run(command, check=True, timeout=60)
        for way in ("track", "auto"):
            [(start_s, end_s)] = find_speech(tmp_path / name, way)
            assert abs(start_s - Fraction(3, 2)) < Fraction(1, 20)
            assert abs(end_s - Fraction(13, 4)) < Fraction(1, 20)


def test_a_voice_is_told_from_a_tone(film: Film, tmp_path: Path) -> None:
    pytest.importorskip("silero_vad")
    if shutil.which("espeak-ng") is None or shutil.which("ffmpeg") is None:
        pytest.skip("needs the espeak-ng and ffmpeg programs: something must speak")
    words = "The dog runs across the beach, and nobody follows it."
    subprocess.run(["espeak-ng", "-w", str(tmp_path / "a.wav"), words], check=True, timeout=60)
    graph = "[0]adelay=2000|2000,aresample=44100[a];[a][1]amix=inputs=2:duration=longest:normalize=0"
    tone = ["-f", "lavfi", "-i", "aevalsrc=0.3*sin(2*PI*220*t)*between(t\\,6\\,9):d=10:s=44100"]
    mixed = ["ffmpeg", "-v", "error", "-i", str(tmp_path / "a.wav"), *tone, "-filter_complex", graph]
    raw = subprocess.run([*mixed, "-f", "f32le", "-ac", "1", "-"], check=True, capture_output=True, timeout=60).stdout
    path = film("a.mkv", np.frombuffer(raw, np.float32))
    assert rounded(find_speech(path, "audio"))[-1] == (6.0, 9.0)
    [(start_s, end_s)] = find_speech(path, "voice")
    assert abs(start_s - 2) < Fraction(1, 4)
    assert 4 < end_s < 6


def test_without_the_voice_model_one_line_says_what_to_install(film: Film, monkeypatch: pytest.MonkeyPatch) -> None:
    from vidcap.pauses import voice

    def none(_: str) -> None:
        raise ImportError

    monkeypatch.setattr(voice, "import_module", none)
    with pytest.raises(SourceUnsupported, match=r"vidcap\[voice\]"):
        find_speech(film("a.mp4", talk(10, (2, 4))), "voice")


def test_captions_of_a_film_are_fitted_into_its_pauses(
    film: Film, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    path = film("a.mp4", talk(10, (0, 3), (6, 10)))
    describer = EchoDescriber(picture_px=32)
    words = [str(path), "-v", "--gaps", "audio", "-o", str(tmp_path / "a.vtt")]
    assert main(words, describer=describer) == 0
    assert "fitted into pauses: 1 moved" in capfd.readouterr().err
    [cue] = read_track(tmp_path / "a.vtt")[0]
    assert 3000 < cue.start_ms < cue.end_ms < 6000
    (tmp_path / "s.srt").write_text("1\n00:00:00,000 --> 00:00:10,000\nHello.\n\n")
    assert main([str(path), "--gaps", str(tmp_path / "s.srt"), "-o", str(tmp_path / "b.vtt")], describer=describer) == 0
    assert "\n\nextended-1\n00:" in (tmp_path / "b.vtt").read_text()
    capfd.readouterr()
    assert main([str(path), "--gaps", "none.srt", "-o", str(tmp_path / "c.vtt")], describer=describer) == 1
    assert capfd.readouterr().err.count("\n") == 1
    assert not (tmp_path / "c.vtt").exists()
