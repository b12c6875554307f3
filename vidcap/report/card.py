"""One moment of a report as HTML; nothing of what it shows can become markup."""

from __future__ import annotations

import math
from base64 import b64encode
from html import escape

import numpy as np

from vidcap.report.pictures import KeyPicture
from vidcap.report.scenes import Moment
from vidcap.text import one_line
from vidcap.timeline import Seconds, to_ms
from vidcap.types import Attention, Label

ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
"""One character holds a share in 63rds."""
MOST_LABELS = 4
_MOST_CHARACTERS = 1000


def card(number: int, moment: Moment) -> str:
    """Return the list item of a moment; ``number`` is its own on the page."""
    said = safe(moment.text)
    unsaid = "" if moment.is_said else " unsaid"
    words = f'<p class="said" id="s{number}"{_attention(moment)}>{said}</p>'
    nothing = f'<p class="said none" id="s{number}">Nothing could be said.</p>'
    return (
        f'<li class="moment{unsaid}" data-start="{_seconds(moment.start_s)}" data-end="{_seconds(moment.end_s)}"'
        f' data-shot="{moment.shot_index}" data-sure="{_sure(moment):.3f}">'
        f'<a class="key" href="#t={_seconds(moment.start_s)}" aria-labelledby="t{number} s{number}">'
        f'{_image(moment.picture)}<time id="t{number}">{short_clock(moment.start_s)}</time></a>'
        f'<div class="body">{words if said else nothing}<p class="look"></p>{_meta(moment)}'
        f"{_labels(moment.labels)}</div>"
        "</li>\n"
    )


def safe(text: str) -> str:
    """Return a text as it may stand in HTML, in attributes too: one clean line of bounded length, escaped."""
    line = one_line(text)
    return escape(line if len(line) <= _MOST_CHARACTERS else line[: _MOST_CHARACTERS - 1] + "…")


def short_clock(time_s: Seconds) -> str:
    """Return ``m:ss`` or ``h:mm:ss``, rounded down.

    >>> from fractions import Fraction
    >>> short_clock(Fraction(5, 2)), short_clock(Fraction(3661))
    ('0:02', '1:01:01')
    """
    minutes, seconds = divmod(max(0, int(time_s)), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"


def _seconds(time_s: Seconds) -> str:
    return f"{to_ms(time_s) / 1000:.3f}"


def _sure(moment: Moment) -> float:
    return min(1.0, max(0.0, moment.confidence)) if math.isfinite(moment.confidence) else 0.0


def _image(picture: KeyPicture | None) -> str:
    if picture is None:
        return ""
    data = b64encode(picture.data).decode()
    return (
        f'<img alt="" width="{picture.width_px}" height="{picture.height_px}" decoding="async"'
        f' data-src="data:{picture.media_type};base64,{data}">'
    )


def _meta(moment: Moment) -> str:
    sure, length_s = _sure(moment), float(moment.end_s - moment.start_s)
    meter = f'<meter min="0" max="1" value="{sure:.3f}" aria-hidden="true"></meter> <span>{sure:.0%} sure</span>'
    parts = [meter] if moment.text else []
    parts += [f"<span>shot {moment.shot_index + 1}</span>", f"<span>{length_s:.1f} s</span>"]
    if moment.text and not moment.is_said:
        parts.append("<span>not in the track</span>")
    return f'<p class="meta">{" ".join(parts)}</p>'


def _labels(labels: tuple[Label, ...]) -> str:
    shown = [label for label in labels if math.isfinite(label.probability) and one_line(label.name)][:MOST_LABELS]
    items = "".join(
        f'<li><button type="button" data-name="{safe(label.name)}">{safe(label.name)}'
        f" <small>{label.probability:.0%}</small></button></li>"
        for label in shown
    )
    return f'<ul class="labels" aria-label="Recognised">{items}</ul>' if items else ""


def _attention(moment: Moment) -> str:
    """Return the attributes that hold what each word looked at; none where words and sentence don't match."""
    look = moment.attention
    if look is None or len(look.words) != len(one_line(moment.text).split()) or not look.cells.size:
        return ""
    height, width = look.cells.shape[1:]
    return f' data-attention="{height}x{width} {" ".join(_maps(look))}" data-shares="{" ".join(_shares(look))}"'


def _maps(look: Attention) -> list[str]:
    """Return a string for each word: its places, row by row, the strongest as 63."""
    cells = np.nan_to_num(look.cells.reshape(len(look.words), -1))
    levels = np.rint(63 * cells / np.maximum(cells.max(1, keepdims=True), 1e-9)).clip(0, 63).astype(int)
    return ["".join(ALPHABET[level] for level in row) for row in levels]


def _shares(look: Attention) -> list[str]:
    """Return for each word the percentages of places, frames and recognised things."""
    rows = zip(look.cells.sum((1, 2)), look.frames.sum(1), look.concepts, strict=True)
    return ["/".join(str(round(100 * float(np.nan_to_num(part)))) for part in row) for row in rows]
