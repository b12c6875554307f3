import os
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vidcap.errors import OutputError
from vidcap.manifests import Item, read_manifest, write_manifest
from vidcap.text import one_line

HOSTILE = st.sampled_from(['"', "\\", "}", "\u2028", "\r", "\x00", "\ud800", "café", "日本", "a b", "-->", "{}"])
sentences = st.lists(st.text(max_size=5) | HOSTILE, min_size=1, max_size=4).map(
    lambda parts: one_line(" ".join(parts)) or "x"
)
names = st.lists(st.sampled_from(["a", "ä", " ", "#", "'", '"', "\udcff", "b.c"]), min_size=1, max_size=4).map("".join)
times_s = st.fractions(min_value=0, max_value=10_000, max_denominator=100_000)


@st.composite
def items(draw: st.DrawFn, folder: Path) -> Item:
    kind = draw(st.sampled_from(["image", "video"]))
    start_s = draw(st.none() | times_s) if kind == "video" else None
    length_s = draw(st.none() | times_s.filter(bool)) if kind == "video" else None
    return Item(
        path=Path(os.path.abspath(folder / draw(st.sampled_from(["", "sub", "/elsewhere"])) / f"{draw(names)}.x")),
        kind=kind,
        captions=tuple(draw(st.lists(sentences, max_size=3))),
        split=draw(st.none() | st.text(max_size=3)),
        start_s=start_s,
        end_s=None if length_s is None else (start_s or Fraction(0)) + length_s,
        style=draw(st.none() | st.just("still")),
        texts=tuple((key, (draw(sentences),)) for key in draw(st.sets(st.sampled_from(["scene", "phrases", "é"])))),
    )


@settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_what_is_written_is_read_back_equal(tmp_path: Path, data: st.DataObject) -> None:
    written = data.draw(st.lists(items(tmp_path), min_size=1, max_size=4))
    write_manifest(tmp_path / "m.jsonl", written)
    assert read_manifest(tmp_path / "m.jsonl", need_text=False, check_files=False) == written


def test_paths_below_the_manifest_move_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "old"
    folder.mkdir()
    write_manifest(folder / "m.jsonl", [Item(path=folder / "a.jpg", kind="image", captions=("x",))])
    (folder / "a.jpg").write_bytes(b"x")
    folder.rename(tmp_path / "new")
    assert read_manifest(tmp_path / "new" / "m.jsonl")[0].path == tmp_path / "new" / "a.jpg"


def test_a_failure_leaves_the_old_manifest_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "m.jsonl"
    item = Item(path=tmp_path / "a.jpg", kind="image", captions=("x",))
    write_manifest(path, [item])
    before = path.read_bytes()

    def broken() -> object:
        yield item
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_manifest(path, broken())  # type: ignore[arg-type]
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match=r"no/m\.jsonl: No such file"):
        write_manifest(tmp_path / "no" / "m.jsonl", [])


@pytest.mark.parametrize(
    "wrong",
    [
        {"kind": "sound"},
        {"path": Path("a.jpg")},
        {"captions": ("",)},
        {"captions": ("two\nlines",)},
        {"texts": (("scene", (" x",)),)},
        {"start_s": Fraction(1)},
    ],
)
def test_items_that_make_no_sense_are_refused(tmp_path: Path, wrong: dict[str, object]) -> None:
    good = {"path": tmp_path / "a.jpg", "kind": "image", "captions": ("x",)}
    with pytest.raises(ValueError, match=r"an item|a caption|only a video"):
        Item(**(good | wrong))  # type: ignore[arg-type]


def test_segments_of_one_video_have_ids_of_their_own(tmp_path: Path) -> None:
    path = tmp_path / "v.mp4"
    whole = Item(path=path, kind="video")
    part = Item(path=path, kind="video", start_s=Fraction(3, 2))
    assert whole.id == f"{tmp_path.name}/v.mp4"
    assert part.id == f"{tmp_path.name}/v.mp4@3/2-"
