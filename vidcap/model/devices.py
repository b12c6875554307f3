"""Which device a model is run on; torch is loaded only where it might find more than the processor."""

from __future__ import annotations

import logging

from vidcap.model.plan import has_torch, may_have_gpu, need_torch

log = logging.getLogger(__name__)


def choose_device(name: str) -> str:
    """Return the device meant by ``name``; ``auto`` takes a GPU where there is one. ValueError where it is missing."""
    kind = name.split(":")[0]
    if kind == "cpu" or (name == "auto" and not may_have_gpu()):
        return name if kind == "cpu" else "cpu"
    if kind not in ("auto", "cuda", "mps"):
        raise ValueError(f"a device is auto, cpu, cuda, cuda:N or mps: not {name!r}")
    if name == "auto" and not has_torch():
        log.warning("there may be a GPU here; to use it: pip install 'vidcap[torch]'")
        return "cpu"
    need_torch(f"it runs a model on {kind}")
    import torch

    if name == "auto":
        if torch.cuda.is_available():
            return "cuda"
        return "mps" if torch.backends.mps.is_available() else "cpu"
    if kind == "cuda" and not torch.cuda.is_available():
        raise ValueError("this machine has no CUDA device (or torch was built without it)")
    if kind == "mps" and not torch.backends.mps.is_available():
        raise ValueError("this machine has no MPS device")
    return name
