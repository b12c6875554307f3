"""Recognition in words: a multi-label head over features, joined with the CNN's own ImageNet head.

For each concept (a stem of words, "ride", "guitar") the probability is ``1 - (1 - h)(1 - 0.8 i)``: h from a head
trained on the words of captions, i from the ImageNet classes that bear the concept's name.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from vidcap.model.config import IMAGENET_TRUST, ModelConfig
from vidcap.model.memory import Seen


class ConceptHead(nn.Module):
    """Mean and maximum over a clip's cells, ``(B, 2 * D)``, to logits of concepts ``(B, C)``."""

    def __init__(self, config: ModelConfig, num_concepts: int) -> None:
        super().__init__()
        self.layers = nn.Sequential(
            nn.LayerNorm(2 * config.encoder_features),
            nn.Dropout(0.3),
            nn.Linear(2 * config.encoder_features, config.concept_width),
            nn.ReLU(),
            nn.Dropout(0.5),
            nn.Linear(config.concept_width, num_concepts),
        )

    def forward(self, mean_max: Tensor) -> Tensor:  # noqa: D102
        logits: Tensor = self.layers(mean_max)
        return logits


def mean_max(grids: Tensor) -> Tensor:
    """Return the mean and maximum over cells ``(N, 2 * D)`` of grids ``(N, D, h, w)``."""
    flat = grids.flatten(2)
    return torch.cat((flat.mean(2), flat.amax(2)), 1)


class Recogniser(nn.Module):
    """Concepts of a clip with probabilities, moved towards what is usual in the style that is asked for."""

    classes: Tensor
    prior: Tensor

    def __init__(self, config: ModelConfig, num_concepts: int) -> None:
        super().__init__()
        self.num_shown = min(config.num_concepts, num_concepts)
        self.head = ConceptHead(config, num_concepts)
        self.register_buffer("classes", torch.full((1000,), -1, dtype=torch.long))
        """Concept of each ImageNet class, -1 for none."""
        self.register_buffer("prior", torch.zeros(len(config.styles), num_concepts))
        """Added to the logits, for each style."""

    def probabilities(self, features: Tensor, imagenet: Tensor) -> Tensor:
        """Return ``(B, C)`` from mean-max features ``(B, 2 * D)`` and ImageNet probabilities ``(B, 1000)``."""
        return self.join(self.head(features).sigmoid(), imagenet)

    def join(self, heard: Tensor, imagenet: Tensor) -> Tensor:
        """Return ``1 - (1 - heard)(1 - 0.8 i)``, with i summed over the classes that bear the concept's name."""
        named = self.classes >= 0
        evidence = torch.zeros_like(heard).index_add_(1, self.classes[named], imagenet[:, named].to(heard.dtype))
        return 1 - (1 - heard) * (1 - IMAGENET_TRUST * evidence.clamp(max=1))

    def show(self, probabilities: Tensor, styles: Tensor) -> Seen:
        """Return the strongest concepts for the decoder, with their shifted probabilities."""
        logits = torch.logit(probabilities.clamp(1e-6, 1 - 1e-6)) + self.prior[styles]
        scores, ids = logits.sigmoid().topk(self.num_shown, dim=1)
        return Seen(ids, scores)
