"""Runtimes of the CNN: the same features whichever runs it, chosen with a reason."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import av
import numpy as np
import pytest
import torch

from tests.model.tiny import random_clip, tiny_checkpoint, tiny_network
from vidcap.model import load_describer
from vidcap.model.config import DescriberConfig
from vidcap.model.cores import FIRST_CALLS, Share, share_out
from vidcap.model.describer import Describer
from vidcap.model.encoder import Encoder
from vidcap.model.engines import on_accelerator, with_openvino, with_torch
from vidcap.model.lite0 import fold_batch_norm
from vidcap.model.plan import Plan, gains_by_bf16
from vidcap.model.recent import MOST_KEPT, RecentGrids
from vidcap.model.reuse import kept_pictures
from vidcap.model.runtime import Runner, grid_function, plan_for
from vidcap.model.torch_network import TorchNetwork
from vidcap.types import Pixels


def least_cosine(one: torch.Tensor, other: torch.Tensor) -> float:
    return float(torch.cosine_similarity(one.flatten(1).float(), other.flatten(1).float()).min())


@pytest.fixture(scope="module")
def packaged() -> Describer:
    return load_describer(None, "cpu", DescriberConfig(runtime="torch", precision="fp32"))


@pytest.fixture(scope="module")
def encoder(packaged: Describer) -> Encoder:
    assert isinstance(packaged.network, TorchNetwork)
    return packaged.network.torch.encoder


@pytest.fixture(scope="module")
def pictures(request: pytest.FixtureRequest) -> Pixels:
    shown = []
    for name in ("tour", "street", "people"):
        with av.open(str(request.config.rootpath / "samples" / f"{name}.mp4")) as container:
            frames = list(container.decode(video=0))[10::60]
            shown += [frame.reformat(224, 224, "rgb24").to_ndarray() for frame in frames]
    return np.stack(shown).astype(np.uint8)


@pytest.mark.parametrize(
    ("runtime", "precision"), [("torch", "bf16"), ("openvino", "fp32"), ("openvino", "bf16"), ("onnx", "fp32")]
)
def test_every_runtime_gives_the_same_features(
    encoder: Encoder, pictures: Pixels, runtime: str, precision: str
) -> None:
    pytest.importorskip({"onnx": "onnxruntime"}.get(runtime, runtime), reason=f"the extra {runtime!r} is not installed")
    ours = Runner(encoder, Plan("torch", "fp32", ""))(pictures)
    theirs = Runner(encoder, Plan(runtime, precision, "", is_asked=True))(pictures)
    assert theirs.dtype == torch.float32
    assert least_cosine(ours, theirs) > 0.999


def test_biases_keep_their_precision_in_openvino(encoder: Encoder, pictures: Pixels) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    ours, theirs = (with_openvino(encoder, kind, Share(1, 1))(pictures).flatten(1) for kind in ("fp32", "bf16"))
    assert float(torch.cosine_similarity(ours, theirs).mean()) > 0.9996  # rounded to bf16: 0.9995


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_a_picture_gives_the_same_features_whichever_others_are_looked_at_with_it(
    encoder: Encoder, pictures: Pixels, precision: str
) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    run = with_openvino(encoder, precision, Share(1, 1))
    several = np.concatenate([pictures, pictures[::-1]])[:11]  # more than any piece
    together = run(several)
    assert len(several) == len(together) == 11
    for place in range(11):
        assert torch.allclose(run(several[place : place + 1])[0], together[place], atol=1e-5)


def test_threads_that_begin_together_do_not_wait_for_each_other_for_ever() -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    code = """
import threading, torch
from tests.model.tiny import random_clip, tiny_network
from vidcap.model.cores import Share
from vidcap.model.engines import with_openvino
from vidcap.model.lite0 import fold_batch_norm
run, shown = with_openvino(fold_batch_norm(tiny_network().encoder), "fp32", Share(4, 1)), random_clip(3).pictures
found, gate = [], threading.Barrier(4)
def work():
    gate.wait()
    found.append(run(shown))
threads = [threading.Thread(target=work, daemon=True) for _ in range(4)]
[thread.start() for thread in threads]
[thread.join(60) for thread in threads]
assert len(found) == 4 and all(torch.equal(found[0], one) for one in found), len(found)
"""  # in a process of its own: where OpenVINO has been used, nothing is left to be made ready
    subprocess.run([sys.executable, "-c", code], check=True, timeout=200)


def test_the_path_of_gpus_gives_the_same_features(encoder: Encoder, pictures: Pixels) -> None:
    device = torch.device("cpu")  # which stands in: it knows bf16 alone
    ours = Runner(encoder, Plan("torch", "fp32", ""))(pictures)
    assert least_cosine(ours, on_accelerator(encoder, "fp32", device)(pictures)) > 0.999
    assert least_cosine(ours, on_accelerator(encoder, "bf16", device)(pictures)) > 0.98


def test_training_gets_the_same_features_from_both_runtimes() -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    encoder, shown = tiny_network().encoder, random_clip(3).pictures
    ours, theirs = (grid_function(encoder, runtime)(shown) for runtime in ("torch", "openvino"))
    assert least_cosine(ours, theirs) > 0.999


def test_a_faster_runtime_is_made_ready_only_when_it_pays(encoder: Encoder, pictures: Pixels) -> None:
    pytest.importorskip("onnxruntime", reason="the extra 'onnx' is not installed")
    run = Runner(encoder, Plan("onnx", "fp32", ""))
    made_by = []
    for _ in range(FIRST_CALLS + 2):
        run(pictures[:1])
        made_by.append(run._run.__qualname__.split(".")[0])
    assert made_by == ["_on_processor"] * FIRST_CALLS + ["with_onnx"] * 2


def test_pictures_that_were_glanced_at_are_not_looked_at_again_and_the_sentence_is_the_same(pictures: Pixels) -> None:
    config = DescriberConfig(runtime="torch", precision="fp32", reuse_below=0)
    plain, quick = Describer(tiny_checkpoint(), config=config), Describer(tiny_checkpoint(), config=config)
    clip = random_clip(4)
    looked_at = list[int]()
    run = quick._grids

    def counting(shown: Pixels) -> torch.Tensor:
        looked_at.append(len(shown))
        return run(shown)

    quick._grids = counting
    for picture in clip.pictures[:3]:
        quick.glance(picture)
        quick.glance(picture)
    assert torch.allclose(quick.encode([clip]), plain.encode([clip]), atol=1e-4)
    assert looked_at == [1, 1, 1, 1]
    (ours,), (theirs,) = quick.describe([clip]), plain.describe([clip])
    assert ours.text == theirs.text


def test_the_grids_that_are_kept_are_few() -> None:
    recent = RecentGrids(lambda shown: np.zeros((len(shown), 2, 1, 1), np.float32), np.stack)
    for level in range(2 * MOST_KEPT):
        recent(np.full((1, 4, 4, 3), level, np.uint8))
    assert len(recent._kept) == MOST_KEPT


def test_openvino_is_ready_soon_enough_to_answer_from_the_first_call(encoder: Encoder, pictures: Pixels) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    run = Runner(encoder, Plan("openvino", "fp32", ""))
    run(pictures[:1])
    assert run._run.__qualname__.split(".")[0] == "with_openvino"


@pytest.mark.parametrize("changes", [{}, {"mean": (0.48, 0.46, 0.41), "std": (0.27, 0.26, 0.28)}])
@pytest.mark.parametrize("side_px", [64, 97, 110])
def test_graphs_written_by_hand_give_the_numbers_of_the_layers(side_px: int, changes: dict[str, Any]) -> None:
    pytest.importorskip("openvino", reason="the extra 'openvino' is not installed")
    encoder = fold_batch_norm(lively(tiny_network(**changes).encoder))
    assert isinstance(encoder, Encoder)
    shown = np.random.default_rng(0).integers(0, 256, (5, side_px, side_px, 3), dtype=np.uint8)
    ours = with_torch(encoder, "fp32", Share(1, 1))(shown)
    theirs = with_openvino(encoder, "fp32", Share(1, 1))(shown)
    torch.testing.assert_close(theirs, ours, rtol=1e-3, atol=1e-3 * float(ours.abs().max()))


def lively(encoder: Encoder) -> Encoder:
    """Give the batch norms something to do, so that biases and bounds matter."""
    generator = torch.Generator().manual_seed(0)
    for part in encoder.modules():
        if isinstance(part, torch.nn.BatchNorm2d):
            part.bias.data = torch.randn(part.num_features, generator=generator)
            part.weight.data = 1 + 3 * torch.rand(part.num_features, generator=generator)
    return encoder


def test_what_was_chosen_is_told_with_the_reason(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level("INFO", "vidcap"):
        Describer(tiny_checkpoint(), config=DescriberConfig(runtime="torch", precision="fp32"))
    assert "the CNN runs on torch in fp32: asked for; fp32 was asked for" in caplog.text


def test_automatic_choice_takes_bf16_only_where_the_processor_has_it() -> None:
    plan = plan_for(tiny_network().encoder, "torch")
    assert plan.precision == ("bf16" if gains_by_bf16() else "fp32")


@pytest.mark.parametrize(
    ("runtime", "precision", "reason"),
    [
        ("tpu", "auto", "a runtime is one of"),
        ("auto", "int3", "a precision is one of"),
        ("torch", "fp16", "fp16 on a processor"),
        ("onnx", "bf16", "bf16 on a processor"),
    ],
)
def test_what_does_not_fit_is_refused(runtime: str, precision: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        plan_for(tiny_network().encoder, runtime, precision)


def test_a_runtime_that_is_not_installed_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda _name: None)
    with pytest.raises(ValueError, match="pip install openvino"):
        plan_for(tiny_network().encoder, "openvino")
    assert plan_for(tiny_network().encoder).runtime == "torch"


def test_pictures_that_hardly_differ_are_looked_at_once() -> None:
    grey = np.full((64, 64, 3), 100, np.uint8)
    shown = np.stack([grey, grey + 1, grey + 2, grey + 40, grey + 41, grey])
    kept, stands_for = kept_pictures(shown, 3)
    assert kept.tolist() == [0, 3, 5]
    assert stands_for.tolist() == [0, 0, 0, 1, 1, 2]
    kept, stands_for = kept_pictures(shown, 0)
    assert kept.tolist() == stands_for.tolist() == [0, 1, 2, 3, 4, 5]


def test_slow_drift_adds_up() -> None:
    shown = np.stack([np.full((64, 64, 3), 10 + level, np.uint8) for level in range(8)])
    assert kept_pictures(shown, 3)[0].tolist() == [0, 3, 6]


def test_reused_features_belong_to_their_clips() -> None:
    clips = [random_clip(2, 1), random_clip(3, 2)]
    still = clips[0].pictures[:1].repeat(4, 0)
    object.__setattr__(clips[0], "pictures", still)
    describer = Describer(tiny_checkpoint(), config=DescriberConfig(runtime="torch", precision="fp32", reuse_below=3))
    plain = Describer(tiny_checkpoint(), config=DescriberConfig(runtime="torch", precision="fp32", reuse_below=0))
    torch.testing.assert_close(describer.encode(clips), plain.encode(clips), rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cores", range(1, 129))
def test_the_model_never_takes_more_threads_than_there_are_cores(cores: int) -> None:
    share = share_out(cores)
    assert share.workers * share.threads <= cores
    assert share.workers >= 1
    assert isinstance(share, Share)
