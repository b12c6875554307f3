"""The network without torch is the one with torch: the same files, the same numbers, the same captions."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from tests.model.tiny import random_clip, tiny_calibration, tiny_checkpoint, tiny_network
from vidcap.model import DEFAULT, DescriberConfig, load_checkpoint, load_describer, save_checkpoint
from vidcap.model.checkpoint import Checkpoint
from vidcap.model.cores import Share
from vidcap.model.describer import Describer, why_torch
from vidcap.model.light.network import LightNetwork
from vidcap.model.light.remembering import Memory
from vidcap.model.light.wording import Wording
from vidcap.model.plan import Plan
from vidcap.model.shapes import expected_shapes
from vidcap.model.stored import read_stored
from vidcap.model.torch_network import TorchNetwork
from vidcap.sampling import SamplingConfig, clips
from vidcap.shots import mark_shots
from vidcap.sources import open_source
from vidcap.types import Clip

pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")

SHAPES: list[dict[str, Any]] = [
    {},
    {"temporal": "gru", "width": 48, "heads": 6},
    {"concepts": ()},
    {"num_concepts": 0},
    {"heads": 1, "num_concepts": 99, "styles": ("still", "video", "news"), "picture_px": 96},
    {"mean": (0.48, 0.46, 0.41), "std": (0.27, 0.26, 0.28), "concept_width": 24},
]
CLIPS = [random_clip(count, seed, seed) for seed, count in enumerate((3, 1, 8, 2))]


def stirred(checkpoint: Checkpoint) -> Checkpoint:
    """Give weights that begin at 0 or 1 some value, so that none can be forgotten."""
    generator = torch.Generator().manual_seed(1)
    for name, value in checkpoint.network.state_dict().items():
        if name.endswith("classes"):
            value.copy_(torch.arange(1000) % max(1, len(checkpoint.network.concepts)))
        elif value.ndim == 1 and name.split(".")[0] in ("memory", "decoder", "recogniser"):
            value.add_(0.3 * torch.randn(value.shape, generator=generator))
        elif name.endswith("prior"):
            value.copy_(torch.randn(value.shape, generator=generator))
    return checkpoint


@pytest.fixture(params=SHAPES, ids=str)
def path(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = tmp_path / "model.safetensors"
    save_checkpoint(stirred(tiny_checkpoint(5, **request.param)), path)
    return path


def both(path: Path) -> tuple[LightNetwork, TorchNetwork]:
    light = LightNetwork(read_stored(path), Plan("openvino", "fp32", ""))
    return light, TorchNetwork(load_checkpoint(path), "cpu", "torch", "fp32")


@pytest.mark.parametrize("changes", SHAPES, ids=str)
def test_the_tensors_of_a_file_are_told_from_its_configuration(changes: dict[str, Any]) -> None:
    network = tiny_network(**changes)
    found = {name: tuple(value.shape) for name, value in network.state_dict().items()}
    assert expected_shapes(network.config, len(network.vocabulary), len(network.concepts)) == found


def test_every_number_is_that_of_the_twin(path: Path) -> None:
    light, plain = both(path)
    shown = np.concatenate([clip.pictures for clip in CLIPS])
    ours, theirs = light.grids(shown), plain.grids(shown)
    np.testing.assert_allclose(ours, theirs, rtol=1e-3, atol=1e-4 * float(theirs.abs().max()))
    lengths, styles = [len(clip.pictures) for clip in CLIPS], np.array([1, 0, 1, 1])
    one, two = light.features(ours, lengths), plain.features(torch.from_numpy(ours), lengths)
    for name in ("pooled", "num_frames", "cells", "mean_max", "imagenet", "known"):
        mine, yours = getattr(one, name), getattr(two, name)
        assert (mine is None) == (yours is None), name
        if mine is not None:
            np.testing.assert_allclose(mine, yours, rtol=1e-4, atol=1e-5, err_msg=name)
    memory, other = light.remember(one, styles), plain.remember(two, styles)
    for name in ("keys", "values"):
        np.testing.assert_allclose(getattr(memory, name), getattr(other, name), rtol=1e-4, atol=1e-4, err_msg=name)
    num_words = len(light.vocabulary)
    leaning = 2 * np.random.default_rng(0).normal(size=(4, num_words)).astype(np.float32)
    for bias in (None, leaning, np.asfortranarray(leaning)):
        running, beside = light.start(memory, bias), plain.start(other, bias)
        words = np.array([1, 1, 1, 1])
        for rows in ([0, 0, 1, 2, 3, 3], [1, 0, 2, 4, 3], [0, 2, 2], [0, 1, 2], [2]):
            ours, running = light.step(words, running)
            theirs, beside = plain.step(words, beside)
            np.testing.assert_allclose(ours, theirs, rtol=1e-4, atol=1e-4)
            np.testing.assert_allclose(np.exp(ours).sum(1), 1, rtol=1e-4)
            running, beside = running.select(np.array(rows)), beside.select(np.array(rows))
            words = 4 + np.arange(len(rows)) % 9
    said = np.array([[1, 4, 5, 6], [1, 7, 8, 9], [1, 9, 5, 4], [1, 4, 4, 4]])
    np.testing.assert_allclose(light.attention(said, memory), plain.attention(said, other), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("changes", [{}, {"search": {"sample": True}}, {"neutral": True, "frames": "mean"}], ids=str)
def test_captions_are_those_of_the_twin(tmp_path: Path, changes: dict[str, Any]) -> None:
    from vidcap.model.config import SearchConfig

    path = tmp_path / "model.safetensors"
    made = stirred(tiny_checkpoint(2))
    save_checkpoint(Checkpoint(made.network, made.labels, made.record, tiny_calibration()), path)
    search = SearchConfig(max_tokens=8, **changes.pop("search", {}))
    config = DescriberConfig(precision="fp32", attention=True, search=search, fallback=False, **changes)
    ours, theirs = Describer(read_stored(path), config=config), Describer(load_checkpoint(path), config=config)
    assert isinstance(ours.network, LightNetwork)
    assert isinstance(theirs.network, TorchNetwork)
    assert_alike(ours, theirs, CLIPS)


def assert_alike(ours: Describer, theirs: Describer, shown: list[Clip]) -> None:
    for mine, yours in zip(ours.describe(shown), theirs.describe(shown), strict=True):
        assert (mine.text, mine.span) == (yours.text, yours.span)
        assert mine.confidence == pytest.approx(yours.confidence, abs=1e-3)
        assert mine.token_logprobs == pytest.approx(yours.token_logprobs, abs=1e-3)
        assert [other.text for other in mine.alternatives] == [other.text for other in yours.alternatives]
        assert {label.name for label in mine.labels} == {label.name for label in yours.labels}
        assert (mine.attention is None) == (yours.attention is None)
        if mine.attention is not None and yours.attention is not None:
            assert mine.attention.words == yours.attention.words
            np.testing.assert_allclose(mine.attention.frames, yours.attention.frames, atol=1e-3)
            np.testing.assert_allclose(mine.attention.cells, yours.attention.cells, atol=1e-3)


@pytest.mark.parametrize("name", ["tour", "street", "people"])
def test_the_packaged_model_says_of_the_samples_what_its_twin_says(name: str, request: pytest.FixtureRequest) -> None:
    config = DescriberConfig(runtime="openvino", precision="fp32", attention=True)
    ours, theirs = load_describer(None, "cpu", config), Describer(load_checkpoint(DEFAULT), "cpu", config)
    assert isinstance(ours.network, LightNetwork)
    with open_source(str(request.config.rootpath / "samples" / f"{name}.mp4")) as film:
        shown = list(clips(mark_shots(film.frames()), SamplingConfig(picture_px=ours.picture_px)))
    assert_alike(ours, theirs, shown)


def test_a_clip_says_the_same_whoever_is_in_the_batch(tmp_path: Path) -> None:
    save_checkpoint(stirred(tiny_checkpoint(4)), tmp_path / "model.safetensors")
    describer = Describer(read_stored(tmp_path / "model.safetensors"))
    for clip, caption in zip(CLIPS, describer.describe(CLIPS), strict=True):
        (alone,) = describer.describe([clip])
        assert caption.text == alone.text
        assert caption.token_logprobs == pytest.approx(alone.token_logprobs, abs=1e-4)


def test_a_step_of_the_packaged_model_gives_each_row_the_same_in_any_batch() -> None:
    stored = read_stored(DEFAULT)
    config, rng = stored.described.config, np.random.default_rng(0)
    wording = Wording(config, stored.weights, Share(1, 1))
    shapes = [(24, 8, 60, 48), (24, 8, 60, 48), (24, 1, 1, 60), (24, 384), (24, 1536)]
    memory = Memory(*(rng.normal(size=shape).astype(np.float32) for shape in shapes))
    words, running = rng.integers(4, 100, 24), wording.start(memory)
    together, _ = wording.step(words, running)
    for count in (1, 3, 8, 18):
        rows = np.arange(count)
        few, _ = wording.step(words[:count], running.select(rows))
        np.testing.assert_allclose(few, together[:count], rtol=0, atol=1e-5)  # here the same bits


def test_weights_that_lead_to_no_numbers_give_an_empty_caption() -> None:
    stored = read_stored(DEFAULT)
    stored.weights["decoder.out.weight"][:] = np.nan
    (caption,) = Describer(stored).describe([random_clip(2)])
    assert (caption.text, caption.confidence) == ("", 0.0)


@pytest.mark.parametrize(
    ("runtime", "encoder", "device", "reason"),
    [
        ("auto", "lite0", "cpu", ""),
        ("openvino", "lite0", "cpu", ""),
        ("torch", "lite0", "cpu", "the runtime torch was asked for"),
        ("onnx", "lite0", "cpu", "the runtime onnx was asked for"),
        ("auto", "resnet18", "cpu", "its CNN is resnet18, not the packaged kind"),
        ("auto", "lite0", "cuda:1", "the model is on cuda:1"),
        ("auto", None, "cpu", ""),  # a file that can't be used
    ],
)
def test_torch_runs_what_was_asked_of_it_and_what_others_can_not(
    runtime: str, encoder: str | None, device: str, reason: str
) -> None:
    assert why_torch(runtime, encoder, device) == reason


def test_without_openvino_torch_runs_all(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    assert why_torch("auto", "lite0") == "openvino is not installed"


def test_a_model_without_torch_is_for_the_processor() -> None:
    with pytest.raises(ValueError, match="only torch runs a model on cuda"):
        Describer(read_stored(DEFAULT), "cuda")


def test_a_cnn_of_another_kind_is_refused_as_arrays(tmp_path: Path) -> None:
    from vidcap.errors import CheckpointError
    from vidcap.model.encoder import timm_fields

    path = tmp_path / "model.safetensors"
    save_checkpoint(tiny_checkpoint(**{**timm_fields("mobilenetv3_small_050"), "picture_px": 64}), path)
    with pytest.raises(CheckpointError, match="not the packaged kind of CNN: 'mobilenetv3_small_050'"):
        read_stored(path)
    assert isinstance(load_describer(path, "cpu").network, TorchNetwork)


def test_several_threads_get_what_one_gets(tmp_path: Path) -> None:
    save_checkpoint(stirred(tiny_checkpoint(4)), tmp_path / "model.safetensors")
    code = f"""
import sys, threading
from tests.model.clips import random_clip
from vidcap.model import load_describer
describer = load_describer({str(tmp_path / "model.safetensors")!r}, "cpu")
clips, found, gate = [[random_clip(n + 1, n, n) for n in range(k, k + 3)] for k in range(4)], {{}}, threading.Barrier(4)
def work(k):
    gate.wait()
    found[k] = [[caption.text for caption in describer.describe(clips[k])] for _ in range(3)]
threads = [threading.Thread(target=work, args=(k,), daemon=True) for k in range(4)]
[thread.start() for thread in threads]
[thread.join(60) for thread in threads]
assert len(found) == 4, len(found)
for k in range(4):
    assert found[k] == [[caption.text for caption in describer.describe(clips[k])]] * 3
assert "torch" not in sys.modules
"""  # in a process of its own: where OpenVINO has been used, nothing is left to be made ready
    subprocess.run([sys.executable, "-c", code], check=True, timeout=200)
