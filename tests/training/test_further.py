"""From a model to a better one: what to caption by hand, its own sure captions, and what it must not forget."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from click.testing import CliRunner

from tests.evaluation.test_calibrating import write_squares
from tests.model.tiny import tiny_calibration, tiny_checkpoint, tiny_network
from vidcap.cli.root import root
from vidcap.errors import CheckpointError, ManifestError
from vidcap.manifests import read_manifest
from vidcap.model import Checkpoint, load_checkpoint, save_checkpoint
from vidcap.training.blending import blended, snapshot
from vidcap.training.config import DataSource, Recipe, TrainConfig
from vidcap.training.further import in_its_styles
from vidcap.training.pseudo import pseudo_sources
from vidcap.training.suggest import Candidate, suggest

SAMPLE = Path(__file__).resolve().parents[2] / "samples" / "tour.mp4"


def unheard(_stage: str, _done: int, _total: int) -> None:
    """Report nothing."""


def candidate(name: str, confidence: float, *gist: float) -> Candidate:
    length = float(np.linalg.norm(gist))
    return Candidate(name, Fraction(0), Fraction(1), "a man", confidence, np.array(gist, np.float32) / length)


@pytest.fixture
def save(tmp_path: Path) -> Callable[..., Path]:
    def write(checkpoint: Checkpoint) -> Path:
        path = tmp_path / "model.safetensors"
        save_checkpoint(checkpoint, path)
        return path

    return write


def test_doubtful_clips_come_first_and_like_ones_only_once() -> None:
    found = [
        candidate("sure", 0.9, 0, 1, 0),
        candidate("doubtful", 0.1, 1, 0, 0),
        candidate("its twin", 0.11, 1, 0.01, 0),
        candidate("another", 0.3, 0, 0, 1),
    ]
    assert [chosen.source for chosen in suggest(found, 3)] == ["doubtful", "another", "sure"]
    assert len(suggest(found, 9)) == 4
    assert suggest([], 3) == suggest(found, 0) == []


def test_suggestions_are_a_manifest_to_fill_in(save: Callable[..., Path], tmp_path: Path) -> None:
    model = save(tiny_checkpoint())
    out = tmp_path / "mine.jsonl"
    arguments = ["suggest", str(SAMPLE), "--n", "2", "-o", str(out), "--model", str(model), "--device", "cpu", "-q"]
    done = CliRunner().invoke(root, arguments)
    assert done.exit_code == 0, done.output
    lines = [json.loads(line) for line in out.read_text().splitlines()]
    assert len(lines) == 2
    assert all(line["captions"] == [] and line["guess"] for line in lines)
    with pytest.raises(ManifestError, match="no captions"):  # the guess is not taken for one
        read_manifest(out)
    out.write_text("".join(json.dumps(line | {"captions": ["A street."]}) + "\n" for line in lines))
    items = read_manifest(out)
    assert [item.path for item in items] == [SAMPLE] * 2
    assert all(item.texts == () and item.end_s is not None for item in items)
    assert CliRunner().invoke(root, arguments).exit_code != 0  # it is there already


def test_only_sure_captions_are_learnt_and_only_of_a_calibrated_model(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    manifest = write_squares(tmp_path, 20)
    with pytest.raises(CheckpointError, match="not calibrated"):
        pseudo_sources(save(tiny_checkpoint()), manifest, tmp_path / "work", 0.5, unheard)
    model = save(replace(tiny_checkpoint(), calibration=tiny_calibration(bias=1.0)))
    with pytest.raises(ManifestError, match="not 90% sure of any of its 4 items"):
        pseudo_sources(model, manifest, tmp_path / "work", 0.9, unheard)
    (source,) = pseudo_sources(model, manifest, tmp_path / "work", 0.5, unheard)
    items = read_manifest(source.path)
    assert len(items) == 4  # those of the split dev are left out
    assert all(len(item.captions) == 1 and "square" not in item.captions[0] for item in items)
    assert (source.style, source.weight < 1) == ("still", True)
    torn = source.path.stat().st_mtime_ns
    assert pseudo_sources(model, manifest, tmp_path / "work", 0.5, unheard) == (source,)
    assert source.path.stat().st_mtime_ns >= torn


def test_blended_weights_lie_between_and_training_goes_on_from_its_own() -> None:
    network, first = tiny_network(1), snapshot(tiny_network(0))
    trained = snapshot(network)
    with blended(network, first, 0.25):
        for name, value in network.named_parameters():
            torch.testing.assert_close(value, 0.25 * first[name] + 0.75 * trained[name])
    assert all(torch.equal(value, trained[name]) for name, value in network.named_parameters())
    with blended(network, None, 0.5):
        assert all(torch.equal(value, trained[name]) for name, value in network.named_parameters())


def test_clips_are_worded_as_the_model_words_clips(save: Callable[..., Path], tmp_path: Path) -> None:
    model = save(tiny_checkpoint())
    clips = tmp_path / "clips.jsonl"
    clips.write_text(json.dumps({"video": str(SAMPLE), "captions": ["a man"]}) + "\n")
    pictures = write_squares(tmp_path, 3)
    data = (DataSource(path=clips), DataSource(path=pictures), DataSource(path=clips, style="other"))
    recipe = in_its_styles(Recipe(TrainConfig(data=data), {}), model)
    assert [source.style for source in recipe.train.data] == ["video", "still", "other"]


def trained(tmp_path: Path, model: Path, *options: Any) -> Checkpoint:
    out = tmp_path / "out.safetensors"
    manifest = write_squares(tmp_path, 30)
    arguments = ["train", str(manifest), "--init", str(model), "-o", str(out), "--steps", "3", "--pictures", "4", "-q"]
    done = CliRunner().invoke(root, [*arguments, *map(str, options)])
    assert done.exit_code == 0, done.output
    return load_checkpoint(out)


def test_training_further_keeps_a_share_of_the_first_weights(save: Callable[..., Path], tmp_path: Path) -> None:
    model = save(replace(tiny_checkpoint(), calibration=tiny_calibration(bias=1.0)))
    before = load_checkpoint(model).network.decoder.out.weight
    moved = [
        float(
            (
                trained(tmp_path / name, model, "--keep", keep, "--learning-rate", 1e-3).network.decoder.out.weight
                - before
            )
            .norm()
            .detach()
        )
        for name, keep in (("all", 0), ("half", 0.5))
        if (tmp_path / name).mkdir() is None
    ]
    assert moved[1] == pytest.approx(moved[0] / 2, rel=0.05)
    assert moved[0] > 0


def test_a_model_trains_on_its_own_captions_and_has_to_be_calibrated_again(
    save: Callable[..., Path], tmp_path: Path
) -> None:
    model = save(replace(tiny_checkpoint(), calibration=tiny_calibration(bias=1.0)))
    unlabelled = write_squares(tmp_path, 15)
    made = trained(tmp_path, model, "--pseudo", unlabelled)
    assert any(name.startswith("out.work/pseudo-") for name in made.record["data"])
    assert made.calibration is None
    plain = CliRunner().invoke(root, ["train", str(unlabelled), "--pseudo", str(unlabelled), "-q"])
    assert plain.exit_code == 2
    assert "--init" in plain.output
    assert torch.isfinite(made.network.decoder.out.weight).all()
