"""The network: what goes in, what comes out, and that it does not matter who is in the batch."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from tests.model.tiny import random_clip, tiny_checkpoint, tiny_network
from vidcap.model.concepts import mean_max
from vidcap.model.config import DescriberConfig, SearchConfig
from vidcap.model.describer import Describer
from vidcap.model.memory import CELLS
from vidcap.model.runtime import grid_function


@pytest.fixture(scope="module")
def describer() -> Describer:
    return Describer(tiny_checkpoint(), config=DescriberConfig(search=SearchConfig(max_tokens=6)))


def test_a_batch_of_clips_gives_what_each_clip_gives_alone(describer: Describer) -> None:
    clips = [random_clip(frames, seed, seed) for seed, frames in enumerate((1, 5, 2, 8))]
    together = describer.describe(clips)
    for clip, caption in zip(clips, together, strict=True):
        (alone,) = describer.describe([clip])
        assert (caption.text, caption.span) == (alone.text, clip.span)
        assert caption.token_logprobs == pytest.approx(alone.token_logprobs, abs=1e-4)


def test_no_clips_give_no_captions(describer: Describer) -> None:
    assert describer.describe([]) == []


def test_confidence_and_log_probabilities_belong_together(describer: Describer) -> None:
    (caption,) = describer.describe([random_clip(3)])
    assert len(caption.token_logprobs) == len(caption.text.split()) + 1
    assert caption.confidence == pytest.approx(np.exp(np.mean(caption.token_logprobs)))
    assert [h.logprob for h in caption.alternatives] == [sum(h.token_logprobs) for h in caption.alternatives]


def test_reading_word_by_word_gives_the_numbers_of_reading_at_once() -> None:
    network = tiny_network()
    features = network.features(network.encoder(torch.from_numpy(random_clip(4).pictures)), [4])
    memory, _ = network.remember(features, torch.tensor([0]))
    words = torch.tensor([[1, 4, 5, 8, 9]])
    at_once, _, attention = network.decoder(words, network.decoder.start(memory), memory)
    state = network.decoder.start(memory)
    for place in range(words.shape[1]):
        hidden, state, _ = network.decoder(words[:, place : place + 1], state, memory)
        torch.testing.assert_close(hidden[:, 0], at_once[:, place])
    torch.testing.assert_close(attention.sum(-1), torch.ones(attention.shape[:-1]))


def test_frames_added_as_padding_change_nothing() -> None:
    network = tiny_network()
    grids = torch.rand(6, 1280, 2, 2, generator=torch.Generator().manual_seed(0))
    short = network.features(grids[:2], [2])
    padded = network.features(grids, [2, 4])
    one, _ = network.remember(short, torch.tensor([0]))
    two, _ = network.remember(padded, torch.tensor([0, 0]))
    torch.testing.assert_close(one.gist[0], two.gist[0])
    words = torch.tensor([[1, 5]])
    alone, _, _ = network.decoder(words, network.decoder.start(one), one)
    rows = two.select(torch.tensor([0]))
    beside, _, _ = network.decoder(words, network.decoder.start(rows), rows)
    torch.testing.assert_close(alone, beside)


def test_the_order_of_frames_reaches_the_decoder() -> None:
    network = tiny_network()
    grids = torch.rand(4, 1280, 2, 2, generator=torch.Generator().manual_seed(0))
    forward, _ = network.remember(network.features(grids, [4]), torch.tensor([0]))
    backward, _ = network.remember(network.features(grids.flip(0), [4]), torch.tensor([0]))
    assert not torch.allclose(forward.gist, backward.gist, atol=1e-4)


@pytest.mark.parametrize("temporal", ["lstm", "gru"])
def test_gradients_reach_every_weight_that_is_trained(temporal: str) -> None:
    network = tiny_network(temporal=temporal, dropout=0.0)
    grids = network.encoder(torch.from_numpy(random_clip(4).pictures)).detach()
    features = network.features(grids, [4])
    memory, known = network.remember(features, torch.tensor([1]))
    hidden, _, _ = network.decoder(torch.tensor([[1, 4, 5]]), network.decoder.start(memory), memory)
    assert known is not None
    (network.decoder.logits(hidden).square().mean() + known.sum()).backward()
    assert network.recogniser is not None
    unused = {"memory.no_picture"}  # only of use where no picture is seen
    for part, module in (("memory", network.memory), ("decoder", network.decoder), ("head", network.recogniser.head)):
        for name, parameter in module.named_parameters():
            assert f"{part}.{name}" in unused or parameter.grad is not None, name
            assert f"{part}.{name}" in unused or float(parameter.grad.abs().sum()) > 0, name


def test_a_network_without_concepts_works() -> None:
    describer = Describer(tiny_checkpoint(concepts=()), config=DescriberConfig(search=SearchConfig(max_tokens=5)))
    (caption,) = describer.describe([random_clip(2)])
    assert caption.text


def test_weights_that_are_not_numbers_give_an_empty_caption() -> None:
    checkpoint = tiny_checkpoint()
    checkpoint.network.decoder.out.weight.data.fill_(float("nan"))
    (caption,) = Describer(checkpoint).describe([random_clip(2)])
    assert (caption.text, caption.confidence) == ("", 0.0)


def test_many_cells_weigh_no_more_than_few() -> None:
    network = tiny_network()
    grids = network.encoder(torch.from_numpy(random_clip(1).pictures))
    memory, _ = network.remember(network.features(grids, [1]), torch.tensor([0]))
    cells = memory.bias[0, 1 : 1 + grids.shape[2] * grids.shape[3]] - network.memory.group_bias[CELLS]
    assert float(cells.detach().exp().sum()) == pytest.approx(1, rel=1e-5)


def test_mean_and_maximum_are_over_places() -> None:
    grids = torch.tensor([[[[1.0, 3.0], [2.0, 6.0]]]])
    assert mean_max(grids).tolist() == [[3.0, 6.0]]


def test_folding_batch_norm_changes_no_feature() -> None:
    encoder = tiny_network().encoder
    with torch.no_grad():
        for name, buffer in encoder.named_buffers():
            if name.endswith("running_mean"):
                buffer.normal_()
            elif name.endswith("running_var"):
                buffer.uniform_(0.5, 2)
    pictures = random_clip(2).pictures
    expected = encoder(torch.from_numpy(pictures))
    torch.testing.assert_close(grid_function(encoder, "torch")(pictures), expected, rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["tpu", "gpu:0", ""])
def test_an_unknown_device_is_refused(name: str) -> None:
    from vidcap.model.describer import choose_device

    with pytest.raises(ValueError, match="a device is"):
        choose_device(name)


def test_another_cnn_can_be_asked_for_by_name() -> None:
    from vidcap.model.encoder import build_encoder, timm_fields

    fields = timm_fields("mobilenetv3_small_050")
    network = tiny_network(**{**fields, "picture_px": 64})
    assert build_encoder(network.config).classifier.out_features == 1000
    features = network.features(network.encoder(torch.from_numpy(random_clip(2).pictures)), [2])
    memory, _ = network.remember(features, torch.tensor([0]))
    assert memory.gist.shape == (1, 32)
    with pytest.raises(ValueError, match="no model 'no_such_cnn'"):
        timm_fields("no_such_cnn")
