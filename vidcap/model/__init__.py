"""The captioning network: pictures to features, features to words. Loaded when a name is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidcap.lazy import getter
from vidcap.model.config import DescriberConfig, ModelConfig, SearchConfig
from vidcap.model.header import DEFAULT, picture_size

if TYPE_CHECKING:
    from vidcap.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from vidcap.model.describer import Describer, load_describer
    from vidcap.model.network import CaptionNetwork
    from vidcap.model.vocabulary import Vocabulary

__all__ = [
    "DEFAULT",
    "CaptionNetwork",
    "Checkpoint",
    "Describer",
    "DescriberConfig",
    "ModelConfig",
    "SearchConfig",
    "Vocabulary",
    "load_checkpoint",
    "load_describer",
    "picture_size",
    "save_checkpoint",
]

__getattr__ = getter(
    __name__,
    {
        "vidcap.model.checkpoint": ("Checkpoint", "load_checkpoint", "save_checkpoint"),
        "vidcap.model.describer": ("Describer", "load_describer"),
        "vidcap.model.network": ("CaptionNetwork",),
        "vidcap.model.vocabulary": ("Vocabulary",),
    },
)
