"""Pictures to grids of features: the packaged CNN, or any CNN of timm by name."""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor, nn

from vidcap.model.config import ModelConfig
from vidcap.model.lite0 import Lite0
from vidcap.model.shapes import FEATURES


class Encoder(nn.Module):
    """``(N, H, W, 3)`` uint8 RGB to ``(N, D, h, w)`` features, with the ImageNet head that the CNN came with."""

    mean: Tensor
    std: Tensor

    def __init__(self, config: ModelConfig, body: Lite0 | _Timm, classifier: nn.Linear) -> None:
        super().__init__()
        self.body = body
        self.classifier = classifier
        self.register_buffer("mean", torch.tensor([255 * value for value in config.mean]), persistent=False)
        self.register_buffer("std", torch.tensor([255 * value for value in config.std]), persistent=False)

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the grid ``(N, D, h, w)`` of ``(N, H, W, 3)`` uint8 pictures."""
        grid: Tensor = self.body(self.normalised(pictures).to(self.classifier.weight.dtype))
        return grid

    def normalised(self, pictures: Tensor) -> Tensor:
        """Return ``(N, 3, H, W)`` of ``(N, H, W, 3)`` bytes as the CNN was trained; channels last by construction."""
        x = (pictures.to(self.mean.dtype) - self.mean) / self.std
        return x.permute(0, 3, 1, 2)

    def recognise(self, grid: Tensor) -> Tensor:
        """Return ImageNet probabilities ``(N, 1000)`` for grids ``(N, D, h, w)``."""
        logits: Tensor = self.classifier(self.body.pooled(grid.to(self.classifier.weight.dtype)))
        return logits.float().softmax(-1)


class _Timm(nn.Module):
    """The feature part of a timm model."""

    def __init__(self, model: Any) -> None:
        super().__init__()
        self.model = model

    def forward(self, x: Tensor) -> Tensor:
        grid: Tensor = self.model.forward_features(x)
        if grid.ndim != 4:
            raise ValueError("only encoders that give a grid of features (CNNs) can be used")
        return grid

    def pooled(self, grid: Tensor) -> Tensor:
        """Return what the model's own classifier looks at: some have layers between the grid and it."""
        features: Tensor = self.model.forward_head(grid)
        return features


def _timm_encoder(config: ModelConfig, *, pretrained: bool) -> Encoder:
    try:
        import timm
    except ImportError as error:
        raise ValueError(f"the encoder {config.encoder!r} comes from timm: pip install 'vidcap[train]'") from error
    model: Any = timm.create_model(config.encoder, pretrained=pretrained)
    classifier = model.get_classifier()
    if not isinstance(classifier, nn.Linear):
        raise ValueError(f"the encoder {config.encoder!r} has no plain ImageNet head")
    model.reset_classifier(0)
    return Encoder(config, _Timm(model), classifier)


def timm_fields(name: str) -> dict[str, Any]:
    """Return the fields of a :class:`ModelConfig` that fit the timm model ``name``."""
    try:
        import timm
    except ImportError as error:
        raise ValueError(f"the encoder {name!r} comes from timm: pip install 'vidcap[train]'") from error
    try:
        model: Any = timm.create_model(name, pretrained=False)
    except RuntimeError as error:
        raise ValueError(f"timm has no model {name!r}") from error
    data = model.pretrained_cfg
    return {
        "encoder": name,
        "encoder_features": model.num_features,
        "picture_px": int(data["input_size"][-1]),
        "mean": tuple(data["mean"]),
        "std": tuple(data["std"]),
    }


def build_encoder(config: ModelConfig, *, pretrained: bool = False) -> Encoder:
    """Return the encoder that ``config`` names; weights are random unless ``pretrained`` (which needs a network)."""
    if config.encoder == "lite0":
        return Encoder(config, Lite0(), nn.Linear(FEATURES, 1000))
    return _timm_encoder(config, pretrained=pretrained)
