"""Pictures that show nothing: one colour, or noise. Told from the pixels alone, before the CNN looks at anything.

The picture is cut into 14 x 14 cells. Three measures of its brightness, in levels of 255, decide:

* ``spread``: the range that holds the middle 98% of the cells' means. One plain colour has next to none.
* ``detail``: the median over cells of the deviation inside a cell. A dark scene has little spread, but things in it.
* ``coarse``: the share of the brightness's variance that lies between cells rather than inside them. What a lens drew
  is alike over some distance; noise is not.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from vidcap.timeline import Seconds
from vidcap.types import Caption, Clip, Pixels

CELLS = 14
PLAIN_SPREAD, PLAIN_DETAIL = 8.0, 5.0
"""A picture with less of both is plain. Of 4,000 photographs none had less spread than 32."""
NOISE_COARSE, NOISE_DETAIL = 0.1, 8.0
"""A picture with less of the first and more of the second is noise. No photograph was less coarse than 0.18."""
STILL_LEVELS = 0.35
"""Mean difference of two pictures below which they are the same."""
_LUMA = np.array([0.299, 0.587, 0.114], np.float32)


@dataclass(frozen=True, slots=True)
class Texture:
    """The measures of one picture (see above), and its mean colour."""

    spread: float
    detail: float
    coarse: float
    colour: tuple[float, float, float]
    """Mean red, green and blue."""


def texture(picture: Pixels) -> Texture:
    """Return the measures of a picture ``(H, W, 3)`` of at least 56 x 56 pixels."""
    cells = _cells(picture)  # (14, 14, n)
    means = cells.mean(2)
    variance = float(cells.var())
    rows = picture[::2, ::2].sum(0, dtype=np.uint32)  # whole rows first: sums of three numbers at a time are slow
    colour = rows.sum(0) / (len(rows) * len(picture[::2]))
    return Texture(
        spread=_spread(means),
        detail=float(np.median(cells.std(2))),
        coarse=float(means.var()) / variance if variance > 0 else 1.0,
        colour=(float(colour[0]), float(colour[1]), float(colour[2])),
    )


def _cells(picture: Pixels) -> NDArray[np.float32]:
    """Return the brightness of every other pixel, cell by cell ``(14, 14, n)``; edges that fill no cell are left."""
    half = picture[::2, ::2]
    height, width = (side // CELLS for side in half.shape[:2])
    whole = half[: CELLS * height, : CELLS * width] @ _LUMA
    cells: NDArray[np.float32] = whole.reshape(CELLS, height, CELLS, width).swapaxes(1, 2).reshape(CELLS, CELLS, -1)
    return cells


def _has_shapes(picture: Pixels) -> bool:
    """Tell quickly of nearly every picture that it is neither plain nor noise: by two of the three measures."""
    cells = _cells(picture)
    means = cells.mean(2)
    return _spread(means) >= PLAIN_SPREAD and float(means.var()) >= NOISE_COARSE * float(cells.var())


def _spread(means: NDArray[np.float32]) -> float:
    """Return the range that holds the middle 98% of the cells' means."""
    low, high = np.quantile(means, [0.01, 0.99])
    return float(high - low)


def blank_kind(picture: Pixels) -> str | None:
    """Return what a picture without a scene is: ``black``, ``white``, ``grey``, ``blue`` …, ``noise``; else None.

    Pictures smaller than 56 x 56 are never blank: there is too little to tell.
    """
    if min(picture.shape[:2]) < 4 * CELLS or _has_shapes(picture):
        return None
    measured = texture(picture)
    if measured.spread < PLAIN_SPREAD and measured.detail < PLAIN_DETAIL:
        return colour_name(*measured.colour)
    if measured.coarse < NOISE_COARSE and measured.detail > NOISE_DETAIL:
        return "noise"
    return None


def colour_name(red: float, green: float, blue: float) -> str:
    """Return the plain name of a colour, channels from 0 to 255.

    >>> [colour_name(*c) for c in ((3, 3, 3), (250, 250, 250), (0, 0, 200), (120, 120, 125), (200, 30, 20))]
    ['black', 'white', 'blue', 'grey', 'red']
    """
    high, low = max(red, green, blue), min(red, green, blue)
    if high < 40:
        return "black"
    if high - low < 40:
        return "white" if low > 215 else "grey"
    if min(red, green) > 0.75 * high:
        return "yellow"
    if min(green, blue) > 0.75 * high:
        return "cyan"
    if min(red, blue) > 0.75 * high:
        return "magenta"
    if red == high:
        return "orange" if green > 0.45 * high else "red"
    return "green" if green == high else "blue"


def told(kind: str) -> str:
    """Return a blank kind as a sentence without its full stop."""
    if kind == "noise":
        return "a screen of noise"
    return f"{'an' if kind == 'orange' else 'a'} {kind} screen"


def is_frozen(pictures: Pixels) -> bool:
    """Tell whether the pictures ``(T, H, W, 3)`` of a clip, two or more, are one and the same."""
    if len(pictures) < 2:
        return False
    coarse = pictures[:, ::4, ::4].astype(np.int16)
    return bool((np.abs(coarse[1:] - coarse[:1]).mean((1, 2, 3)) < STILL_LEVELS).all())


def worth_seeing(clip: Clip) -> Clip | None:
    """Return ``clip`` without its blank pictures, one picture where all are the same, None where nothing is left."""
    kept = [i for i, picture in enumerate(clip.pictures) if blank_kind(picture) is None]
    if not kept:
        return None
    if is_frozen(clip.pictures[kept]):
        kept = kept[:1]
    if len(kept) == len(clip.pictures):
        return clip
    return Clip(clip.span, tuple(clip.times_s[i] for i in kept), clip.pictures[kept])


def blank_caption(clip: Clip, least_s: Seconds) -> Caption:
    """Return the caption of a clip of blank pictures: what the screen shows, or nothing if shorter than ``least_s``.

    A single picture is told however short it is. The measures leave no doubt, so the confidence is 1.
    """
    if len(clip.pictures) > 1 and clip.span.end_s - clip.span.start_s < least_s:
        return Caption(clip.span, "", 1.0)
    kinds = Counter(blank_kind(picture) for picture in clip.pictures)
    kind, _ = kinds.most_common(1)[0]
    return Caption(clip.span, told(kind) if kind else "", 1.0)
