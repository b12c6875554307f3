"""Training learns, repeats itself, and goes on after an interruption as if there had been none."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from tests.training.toy import COLOURS, toy_paths, toy_recipe, write_toy
from vidcap.model import load_checkpoint, load_describer
from vidcap.training import TrainPaths, prepare, train
from vidcap.training.loop import Trainer, one_cycle
from vidcap.training.rewards import SAMPLES, Rewarder, reward_loss, rewarder_of, sample

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def manifest(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("toy"))


def run(manifest: Path, paths: TrainPaths, at_most: int | None = None, **changes: object) -> dict[str, torch.Tensor]:
    """Train, or a part of it, and return the state that is kept."""
    for _ in islice(train(toy_recipe(manifest, **changes), paths), at_most):
        pass
    return load_file(paths.work / "state.safetensors")


def assert_equal(a: dict[str, torch.Tensor], b: dict[str, torch.Tensor]) -> None:
    assert a.keys() == b.keys()
    for name, value in a.items():
        assert torch.equal(value, b[name]), name


def test_a_stopped_training_goes_on_to_the_same_weights(manifest: Path, tmp_path: Path) -> None:
    whole = run(manifest, toy_paths(tmp_path, "whole"))
    run(manifest, toy_paths(tmp_path, "parts"), at_most=6)  # the state was kept at step 4
    assert_equal(run(manifest, toy_paths(tmp_path, "parts")), whole)
    a, b = (load_file(tmp_path / f"{name}.safetensors") for name in ("whole", "parts"))
    assert_equal(a, b)


def test_a_training_repeats_itself_and_the_seed_matters(manifest: Path, tmp_path: Path) -> None:
    first, second = (run(manifest, toy_paths(tmp_path, name), steps=4) for name in ("first", "second"))
    assert_equal(first, second)
    other = run(manifest, toy_paths(tmp_path, "other"), steps=4, seed=1)
    assert not torch.equal(first["decoder.out.weight"], other["decoder.out.weight"])


def test_training_leaves_the_callers_random_numbers_alone(manifest: Path, tmp_path: Path) -> None:
    torch.manual_seed(3)
    expected = torch.rand(4)
    torch.manual_seed(3)
    run(manifest, toy_paths(tmp_path), steps=2)
    assert torch.equal(torch.rand(4), expected)


def test_a_model_learns_to_name_what_it_sees(manifest: Path, tmp_path: Path) -> None:
    paths = toy_paths(tmp_path)
    scores = [p.dev_cider for p in train(toy_recipe(manifest, steps=150, eval_every=150), paths)]
    checkpoint = load_checkpoint(paths.out)
    assert set(COLOURS) <= set(checkpoint.network.concepts)
    assert checkpoint.record["steps"] == 150
    assert scores[-1] is not None
    assert scores[-1] > 100


def test_fine_tuning_begins_with_the_words_and_weights_of_the_model(manifest: Path, tmp_path: Path) -> None:
    base = toy_paths(tmp_path, "base")
    run(manifest, base, steps=40)
    tuned = TrainPaths(out=tmp_path / "tuned.safetensors", work=tmp_path / "tuned.work", init=base.out)
    losses = [p.loss for p in train(toy_recipe(manifest, steps=2), tuned)]
    fresh = [p.loss for p in train(toy_recipe(manifest, steps=2), toy_paths(tmp_path, "fresh"))]
    assert losses[0] < 0.8 * fresh[0]
    assert load_checkpoint(tuned.out).network.vocabulary == load_checkpoint(base.out).network.vocabulary
    assert load_describer(tuned.out).picture_px == 64


def test_rewarded_steps_raise_the_reward_and_resume(manifest: Path, tmp_path: Path) -> None:
    steps = {"steps": 30, "reward_steps": 6, "reward_rate": 1e-3, "eval_every": 33}
    whole = run(manifest, toy_paths(tmp_path, "whole"), **steps)
    run(manifest, toy_paths(tmp_path, "parts"), at_most=34, **steps)  # the state was kept at step 33
    assert_equal(run(manifest, toy_paths(tmp_path, "parts"), **steps), whole)


def test_what_is_rewarded_becomes_likelier(manifest: Path, tmp_path: Path) -> None:
    prepared = prepare(toy_recipe(manifest, steps=20), toy_paths(tmp_path))
    trainer = Trainer(prepared.network, prepared.batches, toy_recipe(manifest, steps=20).train)
    for _ in trainer.run(None, 100, lambda: None):
        pass
    batch = prepared.batches[0]
    references = [[(9, 10, 11)] for _ in batch.styles]
    rewarder = Rewarder([[(9, 10, 11)], [(9, 10, 11)], [(12, 13)]])
    assert rewarder.scores([(9, 10, 11), (12, 13)], references[:2])[0] > rewarder.scores([(12, 13)], references[:1])[0]
    optimizer = torch.optim.Adam(trainer.parameters.values(), 5e-3)
    rewards = []
    rewarder = rewarder_of([group.captions for group in prepared.corpus.groups])
    torch.manual_seed(0)
    for _ in range(60):
        loss, reward = reward_loss(prepared.network, batch, rewarder, 10)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        rewards.append(reward)
    assert sum(rewards[-10:]) > 1.3 * sum(rewards[:10])


def test_rewarded_captions_are_made_of_likely_words(
    manifest: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared = prepare(toy_recipe(manifest, steps=1), toy_paths(tmp_path))
    batch = prepared.batches[0]
    memory = prepared.network.memory(batch.visual, batch.seen, batch.styles)
    prepared.network.eval()
    torch.manual_seed(0)
    assert len({*sample(prepared.network, memory, 8).captions[:SAMPLES]}) > 1
    monkeypatch.setattr("vidcap.training.rewards.LIKELY", 1)
    assert len({*sample(prepared.network, memory, 8).captions[:SAMPLES]}) == 1


def test_rewarded_steps_pass_over_scenes_with_a_single_caption(manifest: Path, tmp_path: Path) -> None:
    prepared = prepare(toy_recipe(manifest), toy_paths(tmp_path))
    usual = {int(prepared.batches[step].styles[0]) for step in range(40)}
    rewarded = {int(prepared.batches.of_scenes(step).styles[0]) for step in range(40)}
    assert len(usual) == 2
    assert rewarded == {0}


def test_the_learning_rate_rises_and_falls() -> None:
    rates = [one_cycle(k / 100) for k in range(101)]
    assert rates[:11] == sorted(rates[:11])
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert max(rates) == pytest.approx(1.0)
    assert rates[-1] < 0.01
