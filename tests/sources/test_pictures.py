"""What is seen: turned upright, square pixels, right colours, whatever the format."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vidcap.sources import open_source, small
from vidcap.sources.geometry import Turn, shown_size, turn_by_matrix
from vidcap.sources.picture import DecodedPicture, Scalers

RED, GREEN, BLUE, WHITE = (255, 0, 0), (0, 255, 0), (0, 0, 255), (255, 255, 255)


def only(name: str) -> DecodedPicture:
    with open_source(name) as source:
        picture = next(source.frames()).picture
    assert isinstance(picture, DecodedPicture)
    return picture


def quarters(pixels: Any) -> list[tuple[int, ...]]:
    """Colours of the corners as pure as they were meant: top left, top right, bottom left, bottom right."""
    height, width = pixels.shape[:2]
    spots = [(1, 1), (1, 3), (3, 1), (3, 3)]
    return [tuple(np.where(pixels[r * height // 4, c * width // 4] > 127, 255, 0)) for r, c in spots]


def picture_of(array: Any, form: str = "rgb24", aspect: Fraction | None = None, **marks: int) -> DecodedPicture:
    frame = av.VideoFrame.from_ndarray(array, format="rgb24").reformat(format=form, **marks)  # type: ignore[arg-type]
    return DecodedPicture(frame, aspect, Scalers())


UPRIGHT = [RED, GREEN, BLUE, WHITE]
TURNS = [
    (0, {}, (96, 64), UPRIGHT),
    (90, {}, (64, 96), [GREEN, WHITE, RED, BLUE]),
    (180, {}, (96, 64), [WHITE, BLUE, GREEN, RED]),
    (270, {}, (64, 96), [BLUE, RED, WHITE, GREEN]),
    (0, {"hflip": True}, (96, 64), [GREEN, RED, WHITE, BLUE]),
    (0, {"vflip": True}, (96, 64), [BLUE, WHITE, RED, GREEN]),
]


@pytest.mark.parametrize(("degrees", "flips", "size", "seen"), TURNS)
def test_the_display_matrix_is_followed(films: Any, degrees: int, flips: Any, size: Any, seen: Any) -> None:
    def turn(stream: Any) -> None:
        stream.set_display_rotation(degrees, **flips)

    name = films.write("turned.mp4", [films.corners()] * 2, prepare=turn)
    with open_source(name) as source:
        assert (source.info.width_px, source.info.height_px) == size
        picture = next(source.frames()).picture
        pixels = picture.rgb(40, 20)
    assert (picture.width_px, picture.height_px) == size
    assert pixels.shape == (20, 40, 3)
    assert quarters(pixels) == seen


def test_turned_films_agree_with_the_ffmpeg_program(films: Any) -> None:
    plain = films.write("plain.mp4", [films.corners()] * 2)
    for degrees in ("90", "180", "270"):
        films.ffmpeg("-i", plain, "-c", "copy", "-metadata:s:v", f"rotate={degrees}", "turned.mp4")
        films.ffmpeg("-i", "turned.mp4", "-frames:v", "1", "-update", "1", "seen.png")
        turned, seen = only(str(films.folder / "turned.mp4")), only(str(films.folder / "seen.png"))
        assert (turned.width_px, turned.height_px) == (seen.width_px, seen.height_px)
        assert quarters(turned.rgb(40, 40)) == quarters(seen.rgb(40, 40))


@given(st.integers(0, 3), st.booleans())
def test_a_turn_is_read_from_any_matrix_that_makes_it(quarter: int, mirrored: bool) -> None:
    angle = -np.pi / 2 * quarter  # counter-clockwise on a screen whose y points down
    a, b, c, d = np.cos(angle), np.sin(angle), -np.sin(angle), np.cos(angle)
    if mirrored:
        a, b = -a, -b
    matrix = tuple(round(v * 65536) for v in (a, b, 0, c, d, 0, 0, 0, 16384))
    assert turn_by_matrix(matrix) == Turn(quarter, mirrored)


def test_wide_pixels_are_made_square(films: Any) -> None:
    name = films.write("wide.mp4", [films.corners(80, 120)], sample_aspect_ratio=Fraction(4))
    picture = only(name)
    assert (picture.width_px, picture.height_px) == (320, 120)


@pytest.mark.parametrize(
    ("aspect", "size"),
    [(None, (80, 60)), (Fraction(4, 3), (107, 60)), (Fraction(1, 2), (80, 120)), (Fraction(999), (80, 60)),
     (Fraction(1, 999), (80, 60)), (Fraction(0), (80, 60))],
)  # fmt: skip
def test_silly_pixels_are_taken_for_square(aspect: Fraction | None, size: tuple[int, int]) -> None:
    assert shown_size(80, 60, aspect, Turn()) == size
    assert shown_size(80, 60, aspect, Turn(1)) == size[::-1]


FORMATS = ["yuv420p", "yuv422p", "yuv444p", "yuv411p", "yuv410p", "yuv440p", "yuvj420p", "nv12", "yuv420p10le",
           "yuv422p10le", "yuv444p12le", "p010le", "rgb24", "bgr24", "gbrp", "rgba", "rgb48le", "yuva420p",
           "gbrp10le", "uyvy422", "yuyv422"]  # fmt: skip


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("size", [(96, 64), (75, 53), (640, 360), (16, 16)])
def test_every_format_shows_the_same_colours(films: Any, form: str, size: tuple[int, int]) -> None:
    picture = picture_of(films.corners(*size), form)
    assert quarters(picture.rgb(48, 32)) == UPRIGHT
    small = picture.small_yuv().astype(int)
    assert small.shape == (36, 64, 3)
    luma = [small[9, 16, 0], small[9, 48, 0], small[27, 16, 0], small[27, 48, 0]]
    assert luma == pytest.approx([80, 147, 38, 245], abs=28)  # full range or not


@pytest.mark.parametrize("form", ["gray", "gray10le", "gray16le", "ya8", "monob"])
def test_grey_formats_are_grey(films: Any, form: str) -> None:
    picture = picture_of(films.corners(), form)
    pixels = picture.rgb(48, 32).astype(int)
    assert pixels[24, 36].tolist() == pytest.approx([255] * 3, abs=4)
    assert np.ptp(pixels, axis=2).max() <= 2
    assert picture.small_yuv()[30, 50].tolist() == pytest.approx([255, 128, 128], abs=4)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (4000, 2), (2, 4000), (3, 5)])
def test_extreme_shapes_are_no_trouble(films: Any, width: int, height: int) -> None:
    picture = picture_of(films.flat(200, width, height), "yuv444p")
    assert picture.rgb(224, 224).mean() == pytest.approx(200, abs=2)
    assert picture.small_yuv().shape == (36, 64, 3)
    assert picture.rgb(1, 1).shape == (1, 1, 3)


def test_no_picture_has_zero_pixels(films: Any) -> None:
    with pytest.raises(ValueError, match="at least one pixel"):
        picture_of(films.flat(1)).rgb(0, 5)


def test_transparent_parts_lie_on_grey() -> None:
    rgba = np.zeros((64, 96, 4), np.uint8)
    rgba[:, 48:] = (255, 0, 0, 255)
    frame = av.VideoFrame.from_ndarray(rgba, format="rgba")
    picture = DecodedPicture(frame, None, Scalers())
    pixels = picture.rgb(48, 32)
    assert pixels[16, 8].tolist() == [128, 128, 128]
    assert pixels[16, 40].tolist() == [255, 0, 0]
    assert picture.small_yuv()[18, 10].tolist() == [128, 128, 128]


@pytest.mark.parametrize(("form", "levels"), [("yuv420p", (16, 235)), ("yuvj420p", (0, 255))])
def test_black_is_black_and_white_is_white_in_either_range(form: str, levels: tuple[int, int]) -> None:
    for level, seen in zip(levels, (0, 255), strict=True):
        frame = av.VideoFrame(64, 64, form)
        for plane, value in zip(frame.planes, (level, 128, 128), strict=True):
            plane.update(bytes([value]) * plane.buffer_size)
        assert DecodedPicture(frame, None, Scalers()).rgb(16, 16).mean() == pytest.approx(seen, abs=2)


@pytest.mark.parametrize(("height", "marked", "green"), [(64, 2, 154), (720, 2, 182), (64, 1, 182), (720, 5, 154)])
def test_the_colour_matrix_is_the_one_named_or_the_usual_one(height: int, marked: int, green: int) -> None:
    """Y 145, Cb 54, Cr 34 is pure green in BT.601; BT.709 sees another colour in it."""
    frame = av.VideoFrame(128, height, "yuv444p")
    for plane, value in zip(frame.planes, (130, 80, 60), strict=True):
        plane.update(bytes([value]) * plane.buffer_size)
    frame.colorspace = marked
    red, seen, blue = DecodedPicture(frame, None, Scalers()).rgb(4, 4)[0, 0].tolist()
    luma, cb, cr = (130 - 16) * 255 / 219, (80 - 128) * 255 / 224, (60 - 128) * 255 / 224
    weights = {154: (1.402, 0.344136, 0.714136, 1.772), 182: (1.5748, 0.187324, 0.468124, 1.8556)}[green]
    expected = [luma + weights[0] * cr, luma - weights[1] * cb - weights[2] * cr, luma + weights[3] * cb]
    assert [red, seen, blue] == pytest.approx(np.clip(expected, 0, 255).tolist(), abs=3)


def test_making_smaller_averages_areas() -> None:
    stripes = np.zeros((480, 640, 3), np.uint8)
    stripes[:, ::2] = 255
    assert picture_of(stripes).rgb(64, 48).mean() == pytest.approx(127, abs=3)


def test_interlaced_fields_both_count_in_the_small_picture() -> None:
    combed = np.zeros((288, 512, 3), np.uint8)
    combed[::2] = 255
    small = picture_of(combed, "yuv444p").small_yuv()[..., 0]
    assert small.min() > 100
    assert small.max() < 150


@pytest.mark.parametrize("size", [(1920, 1080), (1280, 720), (640, 360), (192, 108), (64, 36), (128, 72), (854, 480)])
@pytest.mark.parametrize("form", ["yuv420p", "yuv444p", "yuv422p10le", "yuv410p"])
def test_evenly_spaced_samples_are_the_same_as_any(monkeypatch: Any, size: tuple[int, int], form: str) -> None:
    noise = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    picture = picture_of(noise, form)
    quick = picture.small_yuv()
    monkeypatch.setattr(small, "_grid", lambda *_: ())
    assert (quick == picture.small_yuv()).all()


def test_one_picture_can_be_seen_from_several_threads(films: Any) -> None:
    picture = picture_of(films.corners(640, 360), "yuv420p")
    expected = picture.rgb(224, 224)
    with ThreadPoolExecutor(4) as pool:
        assert all((seen == expected).all() for seen in pool.map(lambda _: picture.rgb(224, 224), range(40)))


def hdr(transfer: int, code: float) -> DecodedPicture:
    frame = av.VideoFrame(64, 64, "yuv420p10le")
    for plane, value in zip(frame.planes, (64 + round(code * 876), 512, 512), strict=True):
        plane.update(value.to_bytes(2, "little") * (plane.buffer_size // 2))
    frame.colorspace, frame.color_trc, frame.color_primaries, frame.color_range = 9, transfer, 9, 1
    return DecodedPicture(frame, None, Scalers())


@pytest.mark.parametrize(
    ("transfer", "code", "seen"),
    [(16, 0, (0, 1)), (16, 0.581, (175, 200)), (16, 0.7518, (250, 255)), (16, 1, (255, 255)), (16, 0.36, (60, 110)),
     (18, 0, (0, 1)), (18, 0.75, (175, 200)), (18, 1, (250, 255)), (18, 0.38, (70, 120))],
)  # fmt: skip
def test_high_dynamic_range_is_mapped_to_an_ordinary_screen(transfer: int, code: float, seen: Any) -> None:
    """Codes from ITU-R BT.2408: reference white is PQ 58 % and HLG 75 %, an 18 % grey card 38 % in both."""
    pixels = hdr(transfer, code).rgb(8, 8)
    assert seen[0] <= pixels.mean() <= seen[1]
    assert np.ptp(pixels) <= 2


@pytest.mark.parametrize("number", range(1, 9))
def test_the_orientation_of_a_jpeg_is_followed_mirrors_too(films: Any, number: int) -> None:
    from PIL import Image, ImageOps

    exif = Image.Exif()
    exif[0x0112] = number
    path = films.folder / "x.jpg"
    Image.fromarray(films.corners()).save(path, exif=exif, quality=95)
    seen = ImageOps.exif_transpose(Image.open(path)).convert("RGB")
    picture = only(str(path))
    assert (picture.width_px, picture.height_px) == seen.size
    assert quarters(picture.rgb(40, 40)) == quarters(np.asarray(seen.resize((40, 40))))
