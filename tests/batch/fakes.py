"""Describers that tell what they see without a model, and that worker processes can load."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass

from vidcap.types import Caption, Clip


@dataclass(frozen=True)
class ColourDescriber:
    """Says which colours a clip's pictures have: the same for the same clip, whatever its number."""

    picture_px: int = 16

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        return [Caption(clip.span, said(clip), confidence=clip.pictures.mean() / 255) for clip in clips]


@dataclass(frozen=True)
class DeadlyDescriber(ColourDescriber):
    """Kills its process, as the end of memory would, ``times`` times; counts in files in ``folder``."""

    folder: str = ""
    times: int = 1

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        for number in range(self.times):
            try:
                os.close(os.open(os.path.join(self.folder, f"killed-{number}"), os.O_CREAT | os.O_EXCL))
            except FileExistsError:
                continue
            self.strike()
        return super().describe(clips)

    def strike(self) -> None:
        os.kill(os.getpid(), signal.SIGKILL)


@dataclass(frozen=True)
class StarvedDescriber(DeadlyDescriber):
    """Gets no memory ``times`` times."""

    def strike(self) -> None:
        raise MemoryError


@dataclass(frozen=True)
class SlowDescriber(ColourDescriber):
    """Takes its time over each clip."""

    pause_s: float = 0.5

    def describe(self, clips: Sequence[Clip]) -> list[Caption]:
        time.sleep(self.pause_s * len(clips))
        return super().describe(clips)


COLOURS = ColourDescriber()


def said(clip: Clip) -> str:
    red, green, blue = (int(level) for level in clip.pictures.mean(axis=(0, 1, 2)))
    return f"{len(clip.pictures)} pictures of {red} {green} {blue}"
