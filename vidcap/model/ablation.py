"""Clips robbed of time: what a model says without order or change tells what time is worth."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import numpy as np

from vidcap.model.features import Features
from vidcap.types import Clip

Frames = Literal["all", "shuffled", "mean", "single"]
"""All pictures in order; in disorder; their mean as one; only the middle one."""


def robbed(clip: Clip, frames: Frames) -> Clip:
    """Return ``clip`` with its pictures shuffled, the same way every time, or with the middle one alone."""
    count = len(clip.pictures)
    if frames == "single":
        middle = count // 2
        return replace(clip, times_s=clip.times_s[middle : middle + 1], pictures=clip.pictures[middle : middle + 1])
    if frames == "shuffled" and count > 1:
        return replace(clip, pictures=clip.pictures[_disorder(count)])
    return clip


def _disorder(count: int) -> list[int]:
    """Return a fixed permutation that is not the order itself."""
    rng = np.random.default_rng(count)
    while (order := rng.permutation(count).tolist()) == list(range(count)):
        pass
    return [int(place) for place in order]


def averaged(features: Features) -> Features:
    """Return ``features`` with each clip's frames replaced by their mean, as one frame."""
    means = [frames[:count].mean(0) for frames, count in zip(features.pooled, features.num_frames, strict=True)]
    return replace(features, pooled=np.stack(means)[:, None], num_frames=np.ones_like(features.num_frames))
