import gzip
import json
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from vidcap.errors import ManifestError
from vidcap.manifests import Item, read_manifest, read_text_lines, select_split


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("a.jpg", "b.mp4", "sub/c.jpg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def manifest(folder: Path, *records: Any) -> Path:
    path = folder / "m.jsonl"
    lines = (record if isinstance(record, str) else json.dumps(record) for record in records)
    path.write_text("\n".join(lines), encoding="utf-8")
    return path


def reason(path: Path, **options: Any) -> str:
    with pytest.raises(ManifestError) as caught:
        read_manifest(path, **options)
    assert str(path) in str(caught.value)
    return caught.value.reason


def test_reads_pictures_and_videos_relative_to_the_manifest(folder: Path) -> None:
    path = manifest(
        folder,
        {"image": "a.jpg", "captions": ["One.", " Two\n lines. "], "split": "train", "style": "still"},
        {"video": "b.mp4", "captions": ["Three."]},
    )
    assert read_manifest(path) == [
        Item(path=folder / "a.jpg", kind="image", captions=("One.", "Two lines."), split="train", style="still"),
        Item(path=folder / "b.mp4", kind="video", captions=("Three.",)),
    ]


def test_paths_may_be_absolute_or_leave_the_folder(folder: Path) -> None:
    path = manifest(
        folder / "sub",
        {"image": "../a.jpg", "captions": ["x"]},
        {"image": str(folder / "a.jpg"), "captions": ["x"]},
    )
    assert [item.path for item in read_manifest(path)] == [folder / "a.jpg"] * 2


def test_paths_may_start_elsewhere(folder: Path) -> None:
    path = manifest(folder, {"image": "c.jpg", "captions": ["x"]})
    assert read_manifest(path, folder / "sub")[0].path == folder / "sub" / "c.jpg"


def test_other_keys_with_strings_are_weaker_texts(folder: Path) -> None:
    path = manifest(
        folder,
        {"image": "a.jpg", "phrases": ["teal car", " "], "scene": "at the beach", "id": "7", "n": 3, "mixed": ["a", 1]},
    )
    (item,) = read_manifest(path)
    assert item.texts == (("phrases", ("teal car",)), ("scene", ("at the beach",)))
    assert item.text("scene") == ("at the beach",)
    assert item.text("paragraph") == ()


@pytest.mark.parametrize(
    ("given", "seconds"),
    [(3, Fraction(3)), (1.1, Fraction(11, 10)), ("1:30", Fraction(90)), ("1001/30", Fraction(1001, 30))],
)
def test_times_of_segments_are_exact(folder: Path, given: Any, seconds: Fraction) -> None:
    (item,) = read_manifest(manifest(folder, {"video": "b.mp4", "captions": ["x"], "end_s": given}))
    assert item.end_s == seconds


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ("{", "line 2: not JSON"),
        ('{"image": NaN}', "line 2: NaN is not JSON"),
        ("[]", "line 2: not a JSON object"),
        ("[" * 100_000, "line 2: not a manifest: nested too deep"),
        ({"captions": ["x"]}, "line 2: has neither image nor video"),
        ({"image": "a.jpg", "video": "b.mp4", "captions": ["x"]}, "line 2: has both image and video"),
        ({"image": 7, "captions": ["x"]}, "line 2: image is not a string: 7"),
        ({"image": "", "captions": ["x"]}, "line 2: image is not a path"),
        ({"image": "a\0.jpg", "captions": ["x"]}, "line 2: image is not a path"),
        ({"image": "a.jpg"}, "line 2: no captions"),
        ({"image": "a.jpg", "captions": ["", " "]}, "line 2: no captions"),
        ({"image": "a.jpg", "caption": "x"}, 'line 2: write "captions"'),
        ({"image": "a.jpg", "captions": "x"}, "line 2: captions is not a list of strings"),
        ({"image": "a.jpg", "captions": ["x", 1]}, "line 2: captions holds something that is not a string: 1"),
        ({"image": "a.jpg", "captions": ["x"], "split": 1}, "line 2: split is not a string"),
        ({"image": "a.jpg", "captions": ["x"], "start_s": 1}, "line 2: only a video has start_s"),
        ({"video": "b.mp4", "captions": ["x"], "start_s": 2, "end_s": 1}, "line 2: a segment must last"),
        ({"video": "b.mp4", "captions": ["x"], "start_s": -1}, "line 2: start_s is not a time"),
        ({"video": "b.mp4", "captions": ["x"], "start_s": True}, "line 2: start_s is not a time"),
        ('{"video": "b.mp4", "captions": ["x"], "end_s": 1e999999999}', "line 2: end_s is not a time"),
        ('{"image": "c.jpg", "captions": ["x"]}\n{"image": "d.jpg", "captions": ["x"]}', "line 2: no such file: "),
    ],
)
def test_says_which_line_is_wrong_and_why(folder: Path, record: Any, expected: str) -> None:
    path = manifest(folder, {"image": "a.jpg", "captions": ["x"]}, record)
    assert reason(path).startswith(expected)


def test_counts_the_files_that_are_missing(folder: Path) -> None:
    gone = [{"image": f"gone{n}.jpg", "captions": ["x"]} for n in range(2)]
    path = manifest(folder, {"image": "a.jpg", "captions": ["x"]}, *gone)
    assert reason(path) == f"line 2: no such file: {folder / 'gone0.jpg'} (2 of 3 files are missing)"
    assert len(read_manifest(path, check_files=False)) == 3


def test_items_without_text_are_read_where_none_is_needed(folder: Path) -> None:
    (item,) = read_manifest(manifest(folder, {"image": "a.jpg", "captions": []}), need_text=False)
    assert item.captions == ()


def test_a_manifest_that_is_missing_or_empty_or_a_folder_is_named(folder: Path) -> None:
    assert reason(folder / "none.jsonl") == "no such file"
    assert reason(folder) == "is a folder, not a manifest"
    assert reason(manifest(folder, "", " ")) == "holds no items"


def test_accepts_windows_lines_and_a_byte_order_mark_but_only_utf8(folder: Path) -> None:
    line = b'{"image": "a.jpg", "captions": ["caf\xc3\xa9"]}\r\n'
    path = folder / "m.jsonl"
    path.write_bytes(b"\xef\xbb\xbf" + line + b"\r\n" + line)
    assert [item.captions for item in read_manifest(path)] == [("café",)] * 2
    path.write_bytes(line + b'{"image": "a.jpg", "captions": ["caf\xe9"]}')
    assert reason(path) == "line 2: not UTF-8 text"


def test_captions_are_made_safe_to_print(folder: Path) -> None:
    (item,) = read_manifest(manifest(folder, {"image": "a.jpg", "captions": ["a\x1b[31m\u202e dog"]}))
    assert item.captions == ("a [31m dog",)


def test_splits_are_selected_by_name(folder: Path) -> None:
    items = read_manifest(
        manifest(
            folder,
            {"image": "a.jpg", "captions": ["x"], "split": "dev"},
            {"image": "a.jpg", "captions": ["y"], "split": "test"},
        )
    )
    assert select_split(items, "test") == items[1:]
    assert select_split(items, None) == items
    with pytest.raises(ManifestError, match=r"m: no item has split 'tset' \(there are: dev, test\)"):
        select_split(items, "tset", "m")


def test_text_files_give_a_caption_a_line(tmp_path: Path) -> None:
    text = "\ufeffA dog.\r\n\n  A\tcat \n".encode()
    (tmp_path / "t.txt").write_bytes(text)
    (tmp_path / "t.txt.gz").write_bytes(gzip.compress(text, mtime=0))
    assert list(read_text_lines(tmp_path / "t.txt")) == ["A dog.", "A cat"]
    assert list(read_text_lines(tmp_path / "t.txt.gz")) == ["A dog.", "A cat"]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (gzip.compress(b"A dog.\n" * 999, mtime=0)[:-9], "damaged gzip file"),
        (b"not gzip", "Not a gzipped file"),
        (gzip.compress(b"A dog.\n\xff\n", mtime=0), "line 2: not UTF-8 text"),
    ],
)
def test_damaged_text_files_are_named(tmp_path: Path, content: bytes, expected: str) -> None:
    path = tmp_path / "t.txt.gz"
    path.write_bytes(content)
    with pytest.raises(ManifestError, match=expected):
        list(read_text_lines(path))


def test_the_measuring_data_is_read_whole(data_dir: Path) -> None:
    items = read_manifest(data_dir / "flickr8k" / "captions.jsonl")
    assert len(items) == 8091
    assert len(select_split(items, "test")) == 1000
    assert sum(len(item.captions) for item in items) == 40_455
    weak = read_manifest(data_dir / "visual7w" / "weak.jsonl")
    assert {key for item in weak for key, _ in item.texts} == {"paragraph", "phrases", "scene", "statements"}
