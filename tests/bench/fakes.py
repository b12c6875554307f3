"""A describer that breaks, and that another process can load."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from vidcap.types import Caption, Clip


@dataclass(frozen=True)
class BrokenDescriber:
    """Describes nothing."""

    picture_px: int = 16

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        raise RuntimeError("the network broke")
