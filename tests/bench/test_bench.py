"""``vidcap bench``: stages, devices alone and together, for people and for machines."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import pytest

from tests.bench.fakes import BrokenDescriber
from vidcap.bench import STAGES, BenchError, Stopwatch, SyntheticConfig, bench, write_synthetic
from vidcap.captioner import find_shots
from vidcap.cli import main
from vidcap.sources import open_source
from vidcap.testing import EchoDescriber

SMALL = SyntheticConfig(width_px=160, height_px=90, fps=15, length_s=Fraction(4), shot_s=Fraction(2))


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_synthetic(tmp_path_factory.mktemp("film") / "film.mp4", SMALL)


def test_the_film_made_up_is_as_asked_for_and_always_the_same(film: Path, tmp_path: Path) -> None:
    with open_source(str(film)) as source:
        frames = list(source.frames())
        assert (source.info.width_px, source.info.height_px, source.info.duration_s) == (160, 90, 4)
    assert len(frames) == 60
    assert [float(shot.start_s) for shot in find_shots(film)] == [0, 2]
    with av.open(str(film)) as one, av.open(str(write_synthetic(tmp_path / "again.mp4", SMALL))) as other:
        assert [bytes(p) for p in one.demux() if p.size] == [bytes(p) for p in other.demux() if p.size]


@pytest.mark.parametrize("wrong", [{"width_px": 161}, {"height_px": 2}, {"fps": 0}, {"length_s": Fraction(0)}])
def test_a_film_that_cant_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"sides are even|a film lasts"):
        SyntheticConfig(**wrong)


def test_the_stopwatch_takes_off_what_earlier_stages_took() -> None:
    watch = Stopwatch()
    stream = iter(range(3))
    for stage in STAGES:
        stream = watch(stage, stream)
    assert list(stream) == [0, 1, 2]
    assert watch.items == dict.fromkeys(STAGES, 3)
    assert sum(watch.own_s().values()) == pytest.approx(watch.total_s["cues"])
    assert all(seconds >= 0 for seconds in watch.own_s().values())


def test_one_processor_as_two_devices(film: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(film), "--devices", "cpu,cpu", "--scan", "full"], describer=EchoDescriber()) == 0
    out, err = capfd.readouterr()
    record = json.loads(out)
    assert out.count("\n") == 1
    assert record["film"] == {
        "name": "film.mp4",
        "width_px": 160,
        "height_px": 90,
        "codec": "h264",
        "frame_rate": 15.0,
        "duration_s": 4.0,
    }
    assert {"processor", "cores", "gpus", "libraries"} <= record["hardware"].keys()
    assert record["hardware"]["libraries"]["av"] == av.__version__
    first, second = record["devices"]
    assert first["device"] == second["device"] == "cpu"
    assert list(first["stages"]) == list(STAGES)
    assert first["stages"]["decode"]["items"] == first["frames"] == 60
    assert sum(stage["share"] for stage in first["stages"].values()) == pytest.approx(1)
    assert 0 < first["first_cue_s"] <= first["wall_s"]
    assert first["peak_mib"] > 20
    rates = [device["times_real_time"] for device in record["devices"]]
    together = record["together"]
    assert together["efficiency"] == pytest.approx(together["times_real_time"] / sum(rates))
    assert together["times_real_time"] == pytest.approx(sum(4 / wall_s for wall_s in together["wall_s"]))
    for words in ("stages, all in one thread", "as used", "scaling efficiency", record["hardware"]["processor"]):
        assert words in err


def test_a_film_is_made_up_where_none_is_given(capfd: pytest.CaptureFixture[str]) -> None:
    words = ["bench", "--width-px", "64", "--height-px", "36", "--length", "2", "--fps", "10", "--scan", "full", "-q"]
    assert main(words, describer=EchoDescriber()) == 0
    out, err = capfd.readouterr()
    assert err == ""
    record = json.loads(out)
    (device,) = record["devices"]
    assert (record["film"]["width_px"], device["frames"], record["together"]) == (64, 20, None)
    assert device["stages"]["decode"]["items"] <= 20  # the scan leaves some out


def test_bad_films_devices_and_options_are_told(tmp_path: Path, film: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(tmp_path / "missing.mp4")], describer=EchoDescriber()) == 1
    assert "no such file" in capfd.readouterr().err
    for words in (["--devices", "gpu"], ["--runs", "0"], ["--fps", "0"]):
        assert main(["bench", *words], describer=EchoDescriber()) == 2
    assert "Traceback" not in capfd.readouterr().err


def test_a_process_that_breaks_down_is_told(film: Path) -> None:
    with pytest.raises(BenchError, match="the network broke"):
        bench(str(film), ["cpu"], describer=BrokenDescriber())


@pytest.mark.slow
def test_the_packaged_model_is_measured(film: Path, capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["bench", str(film), "--devices", "cpu", "--beam", "1", "--no-fallback", "-q"]) == 0
    (device,) = json.loads(capfd.readouterr().out)["devices"]
    assert device["cues"] >= 1
    assert device["runtime"].split()[0] in ("torch", "openvino", "onnx")
    assert device["stages"]["describe"]["share"] > 0.3
