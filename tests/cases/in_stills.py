"""Cases of pictures: every format that Pillow writes, and what may be odd about one."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.cases.case import Case, refused
from tests.cases.workshop import Workshop, pattern

GLOOMY = "is not a video, or is damaged beyond recognition"
NO_FRAME = "holds no frame that can be decoded"

Save = Callable[[Any, Path], None]


def _built(save: Save) -> Callable[[Workshop, Path], None]:
    def build(_shop: Workshop, path: Path) -> None:
        from PIL import Image

        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            save(Image.fromarray(pattern(1)), path)

    return build


def _still(name: str, what: str, save: Save, right: str = "one cue of 5 s", **more: Any) -> Case:
    usual: dict[str, Any] = {"cues": (1, 1), "cuts_s": (), "end_s": 5}
    return Case(kind="stills", name=name, what=what, right=right, build=_built(save), **(usual | more))


def _mode(mode: str, **options: Any) -> Save:
    return lambda image, path: image.convert(mode).save(path, **options)


def _plain(**options: Any) -> Save:
    return lambda image, path: image.save(path, **options)


def _moving(**options: Any) -> Save:
    """Three pictures, 0.5 s each, no two alike."""

    def save(image: Any, path: Path) -> None:
        from PIL import Image

        others = [Image.fromarray(pattern(kind)) for kind in (2, 3)]
        image.save(path, save_all=True, append_images=others, duration=500, **options)

    return save


def _turned(number: int) -> Save:
    def save(image: Any, path: Path) -> None:
        exif = image.getexif()
        exif[0x0112] = number
        image.save(path, exif=exif)

    return save


def _cut(suffix: str, share: float) -> Save:
    def save(image: Any, path: Path) -> None:
        whole = path.with_name(f"whole.{suffix}")
        image.save(whole)
        content = whole.read_bytes()
        whole.unlink()
        path.write_bytes(content[: int(len(content) * share)])

    return save


FORMATS = {
    "png": "PNG",
    "jpg": "JPEG",
    "webp": "WebP",
    "avif": "AVIF",
    "tif": "TIFF",
    "bmp": "BMP",
    "jp2": "JPEG 2000",
    "gif": "GIF of one picture",
    "ico": "icon",
    "ppm": "PPM",
    "pgm": "PGM",
    "pcx": "PCX",
    "sgi": "SGI",
    "dds": "DDS",
    "qoi": "QOI",
    "mpo": "MPO",
}

CASES = [
    *(_still(f"picture.{suffix}", what, _plain()) for suffix, what in FORMATS.items()),
    _still("cmyk.jpg", "JPEG in CMYK", _mode("CMYK")),
    _still("grey.jpg", "JPEG in grey", _mode("L")),
    _still("progressive.jpg", "progressive JPEG", _plain(progressive=True)),
    *(
        _still(f"exif-{number}.jpg", f"JPEG with orientation {number}", _turned(number), "turned or mirrored")
        for number in (2, 3, 5, 6, 8)
    ),
    _still("exif.webp", "WebP with orientation 6", _turned(6), "turned"),
    _still("deep.png", "PNG of 16 bits", _mode("I;16")),
    _still("one-bit.png", "PNG of one bit", _mode("1")),
    _still("palette.png", "PNG with a palette, one colour transparent", _mode("P", transparency=0)),
    _still("grey-alpha.png", "PNG in grey with transparency", _mode("LA")),
    _still("alpha.webp", "WebP with transparency", _mode("RGBA", lossless=True)),
    _still("alpha.avif", "AVIF with transparency", _mode("RGBA")),
    _still("lzw.tif", "TIFF, LZW", _plain(compression="tiff_lzw")),
    _still("fax.tif", "TIFF, CCITT fax 4", _mode("1", compression="group4")),
    _still("cmyk.tif", "TIFF in CMYK", _mode("CMYK")),
    _still("pages.tif", "TIFF of three pages", _moving(), "the first page"),
    _still(
        "moves.avif", "animated AVIF", _moving(), "as a film, from its first picture to its last",
        cues=(1, 3), cuts_s=None, end_s=1.5,
    ),
    _still(
        "moves.gif", "animated GIF", _moving(loop=0), "one pass, from its first picture to its last",
        cues=(1, 3), cuts_s=None, end_s=1.5,
    ),
    _still("cut.jpg", "JPEG of which the last half is missing", _cut("jpg", 0.5), "what is there"),
    refused("stills", "cut.png", "PNG of which the last half is missing", _built(_cut("png", 0.5)), NO_FRAME),
    *(
        _still(f"named.{suffix}", f"JPEG named .{suffix}", _plain(format="JPEG"), "known by content")
        for suffix in ("mpo", "png", "dng", "raw", "psd", "y", "webp", "txt", "mp4", "jxl")
    ),
    refused("stills", "moves.webp", "animated WebP", _built(_moving()), "is an animated WebP picture"),
    refused("stills", "picture.tga", "Targa, which nothing tells from other bytes", _built(_plain()), GLOOMY),
    refused("stills", "big.tif", "BigTIFF", _built(_plain(big_tiff=True)), GLOOMY),
    refused("stills", "float.tif", "TIFF of floating point numbers", _built(_mode("F")), NO_FRAME),
    refused("stills", "picture.eps", "PostScript", _built(_plain()), "is a text file, not a video"),
    refused("stills", "picture.pdf", "PDF", _built(_plain()), "is a document, not a video"),
    refused(
        "stills",
        "picture.svg",
        "SVG",
        lambda _shop, path: path.write_text('<svg xmlns="http://www.w3.org/2000/svg"><image href="canary"/></svg>'),
        "its video has an unsupported codec",
    ),
]  # fmt: skip
