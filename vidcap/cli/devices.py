"""``--devices cpu,cuda:0,cuda:1``: which devices are meant, one worker or measurement for each."""

from __future__ import annotations

import re
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    ParamType = click.ParamType[Any]
else:
    ParamType = click.ParamType

_NAME = re.compile(r"auto|cpu|mps|cuda(:\d+)?")


class Devices(ParamType):
    """Names of devices, separated by commas; one may be named twice."""

    name = "devices"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> tuple[str, ...]:
        """Return the names, or fail with what would have been right."""
        names = tuple(part.strip() for part in str(value).split(",") if part.strip())
        wrong = [name for name in names if not _NAME.fullmatch(name)]
        if wrong or not names:
            self.fail(f"a device is auto, cpu, mps, cuda or cuda:N: not {', '.join(wrong) or value!r}", param, ctx)
        return names


DEVICES = Devices()


def device_names(chosen: tuple[str, ...] | None, workers: int | None, *, is_custom: bool) -> tuple[str, ...]:
    """Return the device of each worker: as chosen, else every GPU, else the processor; ``is_custom`` needs none."""
    names = chosen or ("auto",)
    if "auto" in names:
        found = ("cpu",) if is_custom else usable()
        names = tuple(name for each in names for name in (found if each == "auto" else (each,)))
    return tuple(islice(cycle(names), workers or len(names)))


def usable() -> tuple[str, ...]:
    """Return the devices that ``auto`` means here."""
    from vidcap.model.devices import choose_device

    chosen = choose_device("auto")
    if chosen != "cuda":
        return (chosen,)
    import torch

    return tuple(f"cuda:{number}" for number in range(torch.cuda.device_count()))
