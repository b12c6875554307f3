import json
import logging
from pathlib import Path
from typing import Any

import pytest

from vidcap.errors import ManifestError
from vidcap.manifests import read_manifest

IMAGES = [{"id": 1, "file_name": "000001.jpg"}, {"id": 2, "file_name": "000002.jpg"}]
ANNOTATIONS = [
    {"image_id": 2, "id": 9, "caption": "A cat.\n"},
    {"image_id": 1, "id": 10, "caption": "A dog."},
    {"image_id": 2, "id": 11, "caption": "Two cats."},
]


def coco(path: Path, images: Any = IMAGES, annotations: Any = ANNOTATIONS) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"info": {}, "images": images, "annotations": annotations}, indent=1))
    return path


def pictures(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for image in IMAGES:
        (folder / image["file_name"]).write_bytes(b"x")  # type: ignore[operator]
    return folder


def test_captions_are_gathered_by_picture(tmp_path: Path) -> None:
    folder = pictures(tmp_path / "anywhere")
    items = read_manifest(coco(tmp_path / "captions.json"), folder)
    assert [(item.path, item.kind, item.captions) for item in items] == [
        (folder / "000001.jpg", "image", ("A dog.",)),
        (folder / "000002.jpg", "image", ("A cat.", "Two cats.")),
    ]


@pytest.mark.parametrize("folder", ["annotations", "annotations/images", "val2017", "images/val2017", "images"])
def test_the_folder_of_pictures_is_found_where_it_usually_is(tmp_path: Path, folder: str) -> None:
    place = pictures(tmp_path / folder)
    items = read_manifest(coco(tmp_path / "annotations" / "captions_val2017.json"))
    assert {item.path.parent for item in items} == {place}


def test_pictures_without_captions_are_left_out_with_a_warning(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pictures(tmp_path)
    with caplog.at_level(logging.WARNING):
        items = read_manifest(coco(tmp_path / "c.json", annotations=ANNOTATIONS[1:2]))
    assert [item.captions for item in items] == [("A dog.",)]
    assert "1 pictures without captions are left out" in caplog.text
    assert len(read_manifest(tmp_path / "c.json", need_text=False)) == 2


@pytest.mark.parametrize(
    ("images", "annotations", "expected"),
    [
        ([{"id": 1}], ANNOTATIONS[1:2], "an image without file_name"),
        ([7], ANNOTATIONS, "an image without id"),
        (IMAGES, [{"image_id": 1}], "an annotation without caption"),
        (IMAGES, [{"caption": "x"}], "an annotation without image_id"),
        ({}, ANNOTATIONS, "neither COCO captions"),
        ([], [], "holds no items"),
    ],
)
def test_what_is_wrong_is_named(tmp_path: Path, images: Any, annotations: Any, expected: str) -> None:
    path = coco(tmp_path / "c.json", images, annotations)
    with pytest.raises(ManifestError, match=expected):
        read_manifest(path, check_files=False)


def test_json_lines_under_the_name_json_are_read_too(tmp_path: Path) -> None:
    (tmp_path / "a.jpg").write_bytes(b"x")
    line = '{"image": "a.jpg", "captions": ["x"]}\n'
    for number in (1, 2):
        (tmp_path / "m.json").write_text(line * number)
        assert len(read_manifest(tmp_path / "m.json")) == number


def test_broken_json_is_named(tmp_path: Path) -> None:
    (tmp_path / "c.json").write_text('{"images": [\n')
    with pytest.raises(ManifestError, match=r"c\.json: not JSON"):
        read_manifest(tmp_path / "c.json")
