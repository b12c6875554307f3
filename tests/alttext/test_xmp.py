"""Alt text in metadata, written by exiftool and read back by others: Pillow and an XML parser."""

from __future__ import annotations

import os
import shutil
import xml.etree.ElementTree as ET
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from vidcap.alttext import sidecar_of, write_alt_text
from vidcap.errors import OutputError

if shutil.which("exiftool") is None and not os.environ.get("CI"):
    pytest.skip("no exiftool here (Debian: libimage-exiftool-perl)", allow_module_level=True)

ALT = "{http://iptc.org/std/Iptc4xmpCore/1.0/xmlns/}AltTextAccessibility"
DESCRIPTION = "{http://purl.org/dc/elements/1.1/}description"
ITEM = "{http://www.w3.org/1999/02/22-rdf-syntax-ns#}li"
TEXT = 'A dog says "<b>&amp; ünï 日本" -->'


def picture(path: Path) -> Path:
    pixels = np.random.default_rng(0).integers(0, 256, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path)
    return path


def texts(xmp: bytes | str) -> dict[str, str | None]:
    """What an XMP packet says in the two places."""
    root = ET.fromstring(xmp)
    return {tag: element.text for tag in (ALT, DESCRIPTION) for outer in root.iter(tag) for element in outer.iter(ITEM)}


def inside(path: Path) -> dict[str, str | None]:
    with Image.open(path) as opened:
        raw = opened.info.get("xmp") or opened.info.get("XML:com.adobe.xmp")
    assert raw is not None
    return texts(raw.rstrip(b"\0") if isinstance(raw, bytes) else raw)


def test_a_sidecar_is_written_and_the_picture_left_alone(tmp_path: Path) -> None:
    photo = picture(tmp_path / "-photo.jpg")
    before = photo.read_bytes()
    assert write_alt_text(photo, TEXT) == sidecar_of(photo) == tmp_path / "-photo.xmp"
    assert texts(sidecar_of(photo).read_bytes()) == {ALT: TEXT, DESCRIPTION: TEXT}
    assert photo.read_bytes() == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["-photo.jpg", "-photo.xmp"]


@pytest.mark.parametrize("suffix", ["jpg", "png", "webp", "tiff"])
def test_in_place_changes_the_metadata_and_not_the_picture(tmp_path: Path, suffix: str) -> None:
    photo = picture(tmp_path / f"photo.{suffix}")
    with Image.open(photo) as opened:
        pixels = np.asarray(opened)
    assert write_alt_text(photo, TEXT, in_place=True) == photo
    assert inside(photo) == {ALT: TEXT, DESCRIPTION: TEXT}
    with Image.open(photo) as opened:
        np.testing.assert_array_equal(np.asarray(opened), pixels)
    assert [path.name for path in tmp_path.iterdir()] == [photo.name]


def test_what_people_wrote_is_kept(tmp_path: Path) -> None:
    photo = picture(tmp_path / "photo.jpg")
    sidecar_of(photo).write_text(
        '<x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:description><rdf:Alt>'
        '<rdf:li xml:lang="x-default">Rex in the garden</rdf:li></rdf:Alt></dc:description><dc:creator><rdf:Seq>'
        "<rdf:li>Ann</rdf:li></rdf:Seq></dc:creator></rdf:Description></rdf:RDF></x:xmpmeta>"
    )
    write_alt_text(photo, "A dog.")
    assert texts(sidecar_of(photo).read_bytes()) == {ALT: "A dog.", DESCRIPTION: "Rex in the garden"}
    assert "Ann" in sidecar_of(photo).read_text()
    with pytest.raises(OutputError, match="has alt text already"):
        write_alt_text(photo, "A cat.")
    write_alt_text(photo, "A cat.", overwrite=True)
    assert texts(sidecar_of(photo).read_bytes())[ALT] == "A cat."


def test_what_is_no_picture_is_one_line_and_stays_as_it_is(tmp_path: Path) -> None:
    for name, content in (("a.jpg", b"\xff\xd8 broken"), ("b.txt", b"text")):
        path = tmp_path / name
        path.write_bytes(content)
        with pytest.raises(OutputError, match=name):
            write_alt_text(path, "A dog.", in_place=True)
        assert path.read_bytes() == content
    with pytest.raises(OutputError, match="only be written to a file"):
        write_alt_text(tmp_path / "none.jpg", "A dog.")
