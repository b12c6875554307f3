"""What the decoder looks at: frames in their order, places in the picture, and recognised concepts."""

from __future__ import annotations

import math
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from vidcap.model.config import ModelConfig

FRAMES, CELLS, CONCEPTS = 0, 1, 2
"""Groups of memory, in this order."""


@dataclass(frozen=True, slots=True, eq=False)
class Visual:
    """Features of B clips of up to T frames; grids are averaged over a clip's frames."""

    pooled: Tensor
    """``(B, T, D)`` mean of each frame's grid."""
    frame_mask: Tensor
    """``(B, T)`` True where there is a frame."""
    cells: Tensor
    """``(B, h*w, D)``."""


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Concepts shown to the decoder."""

    ids: Tensor
    """``(B, K)`` indices of concepts."""
    scores: Tensor
    """``(B, K)`` probabilities; 0 marks an empty place."""


@dataclass(frozen=True, slots=True, eq=False)
class Memory:
    """Keys and values of all that can be attended to, for B clips."""

    keys: Tensor
    """``(B, heads, M, d)``."""
    values: Tensor
    """``(B, heads, M, d)``."""
    bias: Tensor
    """``(B, M)`` added to the scores; -inf where there is nothing."""
    gist: Tensor
    """``(B, width)`` the clip in one vector, style included."""

    def select(self, rows: Tensor) -> Memory:
        """Return the memory of the clips ``rows`` (with repeats)."""
        return Memory(self.keys[rows], self.values[rows], self.bias[rows], self.gist[rows])


class Temporal(nn.Module):
    """A recurrence over the frames of a clip: ``(B, T, D)`` to ``(B, T, width)``, each frame in its context."""

    def __init__(self, config: ModelConfig) -> None:
        super().__init__()
        self.inward = nn.Linear(config.encoder_features, config.width)
        kind = nn.LSTM if config.temporal == "lstm" else nn.GRU
        self.recurrence = kind(config.width, config.width, batch_first=True)
        self.norm = nn.LayerNorm(config.width)

    def forward(self, pooled: Tensor) -> Tensor:  # noqa: D102
        inward = self.inward(pooled)  # (B, T, width)
        context, _ = self.recurrence(inward)
        # Padding lies behind the last frame, so it can't reach an earlier state.
        states: Tensor = self.norm(inward + context)
        return states


class MemoryBuilder(nn.Module):
    """Turns features and concepts into :class:`Memory`."""

    def __init__(self, config: ModelConfig, num_known_concepts: int) -> None:
        super().__init__()
        self.heads = config.heads
        width = config.width
        self.temporal = Temporal(config)
        self.cells = nn.Sequential(nn.Linear(config.encoder_features, width), nn.LayerNorm(width))
        self.concepts = nn.Embedding(max(num_known_concepts, 1), width)
        self.score = nn.Linear(2, width)
        self.styles = nn.Embedding(len(config.styles), width)
        self.key_value = nn.ModuleList(nn.Linear(width, 2 * width) for _ in range(3))
        self.group_bias = nn.Parameter(torch.zeros(3))
        self.no_picture = nn.Parameter(torch.zeros(width))
        self.dropout = nn.Dropout(config.dropout / 2)

    def forward(self, visual: Visual | None, seen: Seen | None, styles: Tensor) -> Memory:
        """Return the memory of B clips in ``styles`` ``(B,)``; either of ``visual`` and ``seen`` may be missing."""
        parts: list[tuple[int, Tensor, Tensor]] = []
        gist = self.styles(styles)
        if visual is None:
            gist = gist + self.no_picture
        else:
            frames = self.temporal(visual.pooled)  # (B, T, width)
            parts.append((FRAMES, frames, _log_share(visual.frame_mask)))
            cells = self.cells(visual.cells)
            ones = torch.ones(cells.shape[:2], dtype=torch.bool, device=cells.device)
            parts.append((CELLS, cells, _log_share(ones)))
            gist = gist + _masked_mean(frames, visual.frame_mask)
        if seen is not None:
            tokens, present = self._concept_tokens(seen)
            parts.append((CONCEPTS, tokens, _zero_or_minus_inf(present)))
            gist = gist + _masked_mean(tokens, present)
        if not parts:  # nothing is known: one empty token, so that attention has something to look at
            parts.append((FRAMES, self.no_picture.expand(len(styles), 1, -1), gist.new_zeros(len(styles), 1)))
        return self._join(parts, gist)

    def _concept_tokens(self, seen: Seen) -> tuple[Tensor, Tensor]:
        score = seen.scores.clamp(1e-3, 1 - 1e-3)
        evidence = torch.stack((score, torch.logit(score) / 4), -1)  # (B, K, 2)
        return self.concepts(seen.ids) + self.score(evidence), seen.scores > 0

    def _join(self, parts: list[tuple[int, Tensor, Tensor]], gist: Tensor) -> Memory:
        keys_values = [self.key_value[group](self.dropout(tokens)) for group, tokens, _ in parts]
        keys, values = torch.cat(keys_values, 1).chunk(2, -1)  # (B, M, width)
        bias = torch.cat([b + self.group_bias[group] for group, _, b in parts], 1)  # (B, M)
        return Memory(split_heads(keys, self.heads), split_heads(values, self.heads), bias, gist)


def split_heads(x: Tensor, heads: int) -> Tensor:
    """``(B, N, width)`` to ``(B, heads, N, width / heads)``."""
    parts: Tensor = x.unflatten(-1, (heads, -1)).transpose(1, 2)
    return parts


def _log_share(mask: Tensor) -> Tensor:
    """Return -log n for the n things of each row, -inf for what is not there: many frames weigh as much as one."""
    count = mask.sum(1, keepdim=True).clamp(min=1).float()
    return torch.where(mask, -count.log(), -math.inf)


def _zero_or_minus_inf(mask: Tensor) -> Tensor:
    # A row without any concept keeps its first place: softmax over nothing would be NaN.
    keep = mask | (~mask.any(1, keepdim=True) & (torch.arange(mask.shape[1], device=mask.device) == 0))
    return torch.where(keep, 0.0, -math.inf)


def _masked_mean(x: Tensor, mask: Tensor) -> Tensor:
    weights = mask.unsqueeze(-1).to(x.dtype)
    return (x * weights).sum(1) / weights.sum(1).clamp(min=1)
