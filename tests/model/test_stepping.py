"""Word by word with all that can be kept: the numbers of the plain decoder."""

from __future__ import annotations

import pytest
import torch

from tests.model.tiny import tiny_network
from vidcap.model.stepping import Stepper


@pytest.mark.parametrize("is_biased", [False, True])
def test_steps_give_the_numbers_of_the_plain_decoder(is_biased: bool) -> None:
    network = tiny_network(3)
    bias = 2 * torch.randn(3, len(network.vocabulary), generator=torch.Generator().manual_seed(1)) * is_biased
    grids = torch.rand(7, 1280, 2, 2, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        memory, _ = network.remember(network.features(grids, [2, 4, 1]), torch.tensor([0, 1, 1]))
        step = Stepper(network.decoder)
        running, said, owners = step.start(memory, bias if is_biased else None), [[1], [1], [1]], [0, 1, 2]
        for rows in ([0, 0, 1, 2, 2], [1, 0, 2, 4, 3], [0, 2, 2], [0, 1, 2]):
            words = torch.tensor([ids[-1] for ids in said])
            logprobs, running = step(words, running)
            seen = memory.select(torch.tensor(owners))
            hidden, _, _ = network.decoder(torch.tensor(said), network.decoder.start(seen), seen)
            expected = (network.decoder.logits(hidden[:, -1]) + bias[owners]).log_softmax(-1)
            torch.testing.assert_close(logprobs, expected, rtol=1e-4, atol=1e-4)
            running = running.select(torch.tensor(rows))
            owners = [owners[row] for row in rows]
            said = [[*said[row], 4 + (row + place) % 9] for place, row in enumerate(rows)]
