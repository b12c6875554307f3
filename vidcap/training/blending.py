"""Learning without forgetting: what is written lies between the model one began with and where training went.

Wortsman et al., "Robust fine-tuning of zero-shot models", CVPR 2022: averaging the two keeps most of what both can do.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import torch
from torch import Tensor, nn


def snapshot(network: nn.Module) -> dict[str, Tensor]:
    """Return a copy of all weights."""
    return {name: parameter.detach().clone() for name, parameter in network.named_parameters()}


@contextmanager
def blended(network: nn.Module, first: Mapping[str, Tensor] | None, keep: float) -> Iterator[None]:
    """Hold ``network`` at ``keep * first + (1 - keep) * its weights`` inside the ``with``; as before after it."""
    if first is None or not keep:
        yield
        return
    trained = snapshot(network)
    try:
        _fill(network, {name: torch.lerp(value, first[name], keep) for name, value in trained.items()})
        yield
    finally:
        _fill(network, trained)


@torch.no_grad()
def _fill(network: nn.Module, values: Mapping[str, Tensor]) -> None:
    for name, parameter in network.named_parameters():
        parameter.copy_(values[name])
