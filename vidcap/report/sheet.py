"""A contact sheet: one PNG with key pictures in rows, each with its time and sentence."""

from __future__ import annotations

import io
import os
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

from vidcap.errors import OutputError
from vidcap.formats.output import reporting, write_whole
from vidcap.report.card import short_clock
from vidcap.report.gather import Gatherer
from vidcap.report.keyframes import KeyFrame
from vidcap.report.pictures import KeyPicture, encoded
from vidcap.report.scenes import Moment, Scenes
from vidcap.text import one_line

if TYPE_CHECKING:
    from PIL import Image, ImageDraw

MOST_PICTURES = 120
"""On one sheet; of a film with more moments every second one is shown, or every fourth, and so on."""
COLUMNS, _MOST_HELD = 5, 200
WIDTH_PX, HEIGHT_PX, GAP_PX, TEXT_PX = 320, 180, 16, 17
_TEXT_HEIGHT_PX = 3 * 22 + 8
_GROUND, _CARD, _INK, _SOFT = (246, 245, 241), (255, 255, 255), (28, 29, 32), (11, 93, 120)
_FONTS = ("DejaVuSans.ttf", "NotoSans-Regular.ttf", "Arial.ttf", "arial.ttf")


class _SheetPictures:
    """Encodes pictures as large as they stand on the sheet, so that many can be held."""

    longest_px = WIDTH_PX

    def __call__(self, frame: KeyFrame) -> KeyPicture | None:
        width_px, height_px, data = encoded(frame.pixels, self.longest_px, 92, "JPEG")
        return KeyPicture(frame.time_s, width_px, height_px, "image/jpeg", data)


class ContactSheet(Gatherer):
    """Gathers moments while cues come, and writes the sheet at the end: a context manager like a track.

    OutputError at once where it can't be written there. An interrupted film gives no sheet.
    """

    def __init__(self, path: str | os.PathLike[str], title: str, *, overwrite: bool = False) -> None:
        super().__init__(Scenes(_SheetPictures(), _MOST_HELD))
        self._path, self._title, self._overwrite = os.fsdecode(path), one_line(title), overwrite
        self._kept: list[Moment] = []
        self._step = self._count = 0
        with reporting(self._path):
            if os.path.exists(path) and not overwrite:
                raise FileExistsError
        if not os.path.isdir(os.path.dirname(os.path.realpath(path))):
            raise OutputError(self._path, "its folder does not exist")

    def _finish(self) -> None:
        file = io.BytesIO()
        self._drawn().save(file, "PNG", optimize=True)
        write_whole(self._path, file.getvalue(), overwrite=self._overwrite)

    def _take(self, moments: Iterable[Moment]) -> None:
        for moment in moments:
            if self._count % (1 << self._step) == 0:
                self._kept.append(moment)
            self._count += 1
            if len(self._kept) > MOST_PICTURES:
                self._kept, self._step = self._kept[::2], self._step + 1

    def _drawn(self) -> Image.Image:
        """Return the sheet."""
        from PIL import Image, ImageDraw

        columns = max(1, min(COLUMNS, len(self._kept)))
        rows = -(-len(self._kept) // columns)
        head_px, cell_px = 64, HEIGHT_PX + _TEXT_HEIGHT_PX
        size_px = (columns * (WIDTH_PX + GAP_PX) + GAP_PX, head_px + rows * (cell_px + GAP_PX) + GAP_PX // 2)
        sheet = Image.new("RGB", size_px, _GROUND)
        pen = ImageDraw.Draw(sheet)
        some = f"{len(self._kept)} of {self._count} moments" if self._step else f"{self._count} moments"
        _line(pen, (GAP_PX, 10), f"{self._title}", 22, _INK, size_px[0] - 2 * GAP_PX)
        _line(pen, (GAP_PX, 38), some, 15, _SOFT, size_px[0] - 2 * GAP_PX)
        for place, moment in enumerate(self._kept):
            row, column = divmod(place, columns)
            corner = (GAP_PX + column * (WIDTH_PX + GAP_PX), head_px + row * (cell_px + GAP_PX))
            _cell(sheet, pen, corner, moment)
        return sheet


def _cell(sheet: Image.Image, pen: ImageDraw.ImageDraw, corner: tuple[int, int], moment: Moment) -> None:
    from PIL import Image

    x, y = corner
    pen.rectangle((x, y, x + WIDTH_PX - 1, y + HEIGHT_PX + _TEXT_HEIGHT_PX - 1), fill=_CARD)
    pen.rectangle((x, y, x + WIDTH_PX - 1, y + HEIGHT_PX - 1), fill=(11, 12, 14))
    if moment.picture is not None:
        picture = Image.open(io.BytesIO(moment.picture.data))
        picture.thumbnail((WIDTH_PX, HEIGHT_PX), Image.Resampling.LANCZOS)
        sheet.paste(picture, (x + (WIDTH_PX - picture.width) // 2, y + (HEIGHT_PX - picture.height) // 2))
    _line(pen, (x + 8, y + HEIGHT_PX + 6), short_clock(moment.start_s), 15, _SOFT, WIDTH_PX)
    text = moment.text or "(nothing could be said)"
    for number, line in enumerate(_wrapped(pen, text, WIDTH_PX - 16)):
        _line(pen, (x + 8, y + HEIGHT_PX + 27 + 22 * number), line, TEXT_PX, _INK, WIDTH_PX - 16)


def _wrapped(pen: ImageDraw.ImageDraw, text: str, width_px: int) -> list[str]:
    """Return a sentence on two lines at most, with an ellipsis where it is longer."""
    words, lines = one_line(text).split(), [""]
    for word in words:
        longer = f"{lines[-1]} {word}".strip()
        if pen.textlength(longer, font=_font(TEXT_PX)) <= width_px or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines if len(lines) <= 2 else [lines[0], f"{lines[1]} …"]


def _line(
    pen: ImageDraw.ImageDraw,
    place: tuple[int, int],
    text: str,
    size_px: int,
    colour: tuple[int, int, int],
    width_px: int,
) -> None:
    """Write one line, cut where it is too long."""
    font = _font(size_px)
    shown = text[:400]
    while len(shown) > 1 and pen.textlength(shown, font=font) > width_px:
        shown = shown[: -max(2, len(shown) // 20)].rstrip() + "…"
    pen.text(place, shown, font=font, fill=colour)


def _font(size_px: int) -> Any:
    from PIL import ImageFont

    for name in _FONTS:
        try:
            return ImageFont.truetype(name, size_px)
        except OSError:
            continue
    return ImageFont.load_default(size_px)
