"""A calibration is fitted on what was said and whether it was right."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from PIL import Image

from tests.model.tiny import tiny_checkpoint
from vidcap.cli.root import root
from vidcap.evaluation.logistic import area_under_curve, calibration_error, chances, cross_validated, fit
from vidcap.evaluation.support import supports
from vidcap.model import load_checkpoint, save_checkpoint

COLOURS = {"red": (200, 20, 20), "green": (20, 160, 20), "blue": (20, 20, 200)}


def test_a_fit_finds_the_weights_that_made_the_data() -> None:
    rng = np.random.default_rng(0)
    features = rng.normal(size=(20_000, 2))
    truth = np.array([1.5, -0.7, 0.3])
    is_true = (rng.random(20_000) < chances(features, truth)).astype(float)
    assert fit(features, is_true) == pytest.approx(truth, abs=0.1)
    honest = cross_validated(features, is_true, np.arange(20_000) % 5)
    assert calibration_error(honest, is_true) < 0.02
    assert area_under_curve(honest, is_true) > 0.75


def test_data_that_one_feature_parts_have_an_answer_too() -> None:
    features = np.array([[-1.0], [-2.0], [1.0], [2.0]])
    weights = fit(features, np.array([0.0, 0.0, 1.0, 1.0]))
    assert np.isfinite(weights).all()
    assert weights[0] > 0


def test_the_curve_is_a_half_for_chance_and_one_for_a_perfect_order() -> None:
    is_true = np.array([0.0, 1.0, 0.0, 1.0])
    assert area_under_curve(np.array([0.1, 0.9, 0.2, 0.8]), is_true) == 1
    assert area_under_curve(np.zeros(4), is_true) == 0.5
    assert area_under_curve(np.zeros(4), np.zeros(4)) == 0.5


def test_support_is_what_the_references_say_in_any_form_and_by_any_name_of_people() -> None:
    references = {"a": ["A woman is riding a horse.", "A girl rides.", "A horse runs."]}
    said = {"a man rides a horse": 1.0, "a dog rides": 0.5, "a red car": 0.0, "the": 0.0}
    for text, share in said.items():
        assert supports({"a": text}, references) == {"a": share}


def test_with_many_references_one_voice_is_not_enough() -> None:
    references = {"a": ["a dog runs"] * 29 + ["a cat runs"]}
    assert supports({"a": "a cat runs"}, references)["a"] == 0.5
    assert supports({"a": "a dog runs"}, references)["a"] == 1


def write_squares(folder: Path, count: int) -> Path:
    lines = []
    for number in range(count):
        name = list(COLOURS)[number % 3]
        pixels = np.full((64, 64, 3), 240, np.uint8)
        pixels[8 : 40 + number % 16, 16:56] = COLOURS[name]
        Image.fromarray(pixels).save(folder / f"{number}.png")
        captions = ["a man rides a horse", f"a {name} dog", "the street"]
        lines.append({"image": f"{number}.png", "captions": captions, "split": "dev" if number % 5 else "train"})
    path = folder / "squares.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    return path


def test_the_command_calibrates_a_model_in_place(tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    save_checkpoint(tiny_checkpoint(), model)
    manifest = write_squares(tmp_path, 75)
    done = CliRunner().invoke(root, ["calibrate", str(model), str(manifest), "-q"])
    assert done.exit_code == 0, done.output
    told = json.loads(done.stdout.splitlines()[-1])
    assert told["items"] == 60  # of the split dev
    assert told["sentences"] == 120  # as a picture and as video
    calibration = load_checkpoint(model).calibration
    assert calibration is not None
    assert calibration.facts["items"] == 60
    assert calibration.weights["steadiness"] == 0  # no clips to learn it from


def test_a_dry_run_writes_nothing_and_too_few_items_are_told(tmp_path: Path) -> None:
    model = tmp_path / "model.safetensors"
    save_checkpoint(tiny_checkpoint(), model)
    before = model.read_bytes()
    manifest = write_squares(tmp_path, 75)
    done = CliRunner().invoke(root, ["calibrate", str(model), str(manifest), "--dry-run", "--items", "55", "-q"])
    assert done.exit_code == 0, done.output
    assert model.read_bytes() == before
    few = CliRunner().invoke(root, ["calibrate", str(model), str(write_squares(tmp_path, 9)), "-q"])
    assert few.exit_code != 0
    assert "50 are needed" in str(few.exception or few.output)
