"""The captioning network: pictures to features, features to words (torch, loaded when a name is first used)."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from vidcap.model.config import DescriberConfig, ModelConfig, SearchConfig

if TYPE_CHECKING:
    from vidcap.model.checkpoint import Checkpoint, load_checkpoint, save_checkpoint
    from vidcap.model.describer import DEFAULT, Describer, load_describer
    from vidcap.model.network import CaptionNetwork
    from vidcap.model.vocabulary import Vocabulary

_HOMES = {
    "Checkpoint": "checkpoint",
    "load_checkpoint": "checkpoint",
    "save_checkpoint": "checkpoint",
    "DEFAULT": "describer",
    "Describer": "describer",
    "load_describer": "describer",
    "CaptionNetwork": "network",
    "Vocabulary": "vocabulary",
}

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


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'vidcap.model' has no attribute {name!r}")
    return getattr(import_module(f"vidcap.model.{_HOMES[name]}"), name)
