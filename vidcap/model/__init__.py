"""The captioning network: pictures to features, features to words (torch, loaded when a name is first used)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from vidcap.lazy import getter
from vidcap.model.config import DescriberConfig, ModelConfig, SearchConfig

if TYPE_CHECKING:
    from vidcap.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from vidcap.model.describer import DEFAULT, Describer, load_describer
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
    "save_checkpoint",
]

__getattr__ = getter(
    __name__,
    {
        "vidcap.model.checkpoint": ("Checkpoint", "load_checkpoint", "save_checkpoint"),
        "vidcap.model.describer": ("DEFAULT", "Describer", "load_describer"),
        "vidcap.model.network": ("CaptionNetwork",),
        "vidcap.model.vocabulary": ("Vocabulary",),
    },
)
