"""Files, folders, patterns, lists and addresses become inputs; their outputs never collide."""

from __future__ import annotations

from pathlib import Path

import pytest

from vidcap.batch.inputs import Input, expand
from vidcap.batch.names import names_of
from vidcap.errors import ManifestError, SourceNotFound


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in ("x.mp4", "a/x.mp4", "a/x.MKV", "a/b/y.webm", "a/notes.txt", "c [1].mov", ".hidden.mp4"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def found(*words: str) -> list[tuple[str, str]]:
    return [(item.source, str(item.tail)) for item in expand(words)]


def test_a_folder_is_searched_for_videos_with_all_below_it(tree: Path) -> None:
    names = ["a/b/y.webm", "a/x.MKV", "a/x.mp4", "c [1].mov", "x.mp4"]
    assert [tail for _, tail in found(str(tree))] == names
    assert [tail for _, tail in found("a")] == ["b/y.webm", "x.MKV", "x.mp4"]


def test_a_pattern_names_its_files_from_where_it_begins(tree: Path) -> None:
    assert found("a/**/*.webm") == [("a/b/y.webm", "b/y.webm")]
    assert found("*.txt", "a/*.txt") == [("a/notes.txt", "notes.txt")] if list(tree.glob("*.txt")) else True
    assert found("c [1].mov") == [("c [1].mov", "c [1].mov")]


def test_a_list_stands_beside_what_it_names(tree: Path) -> None:
    (tree / "a" / "list.txt").write_text("# films\n\nx.mp4\n  b\nhttps://example.org/f%20g.mp4?token=1\n")
    assert found("@a/list.txt") == [
        ("a/x.mp4", "x.mp4"),
        ("a/b/y.webm", "y.webm"),
        ("https://example.org/f%20g.mp4?token=1", "f g.mp4"),
    ]


def test_an_input_named_twice_is_one(tree: Path) -> None:
    (tree / "link.mp4").symlink_to("x.mp4")
    assert [source for source, _ in found("x.mp4", "./x.mp4", "link.mp4", "a", "a/x.mp4")].count("x.mp4") == 1
    assert len(found("x.mp4", "a", "a/x.mp4")) == 4


@pytest.mark.parametrize("word", ["nothing/*.mp4", "empty", "-"])
def test_words_that_stand_for_nothing_are_told(tree: Path, word: str) -> None:
    (tree / "empty").mkdir()
    with pytest.raises(SourceNotFound, match=r"holds no|matches no|can't be part"):
        found(word)


def test_a_list_that_cant_be_read_is_told(tree: Path) -> None:
    with pytest.raises(ManifestError, match="no such file"):
        found("@missing.txt")


def named(*words: str, earlier: dict[str, str] | None = None) -> dict[str, str]:
    return names_of(list(expand(words)), earlier or {})


def test_outputs_are_named_after_inputs(tree: Path) -> None:
    assert named("a/b", "x.mp4") == {"a/b/y.webm": "y", "x.mp4": "x"}


def test_the_same_stems_get_what_tells_them_apart(tree: Path) -> None:
    names = named("x.mp4", "a")
    assert len({name.casefold() for name in names.values()}) == 4
    assert names["a/b/y.webm"] == "b/y"
    assert {names["a/x.MKV"], names["a/x.mp4"]} == {"x.MKV", "a/x.mp4"} or all(
        "x" in name for name in names.values() if name != "b/y"
    )
    both = named("x.mp4", "a/x.mp4")
    assert both["a/x.mp4"] == "a/x"
    assert both["x.mp4"] == f"{tree.name}/x"


def test_names_of_an_earlier_run_stay(tree: Path) -> None:
    assert named("x.mp4", "a/x.mp4", earlier={"x.mp4": "x"}) == {"x.mp4": "x", "a/x.mp4": "a/x"}


def test_no_name_leads_out_of_the_folder() -> None:
    from pathlib import PurePosixPath

    names = names_of([Input("https://h/..%2F..%2Fetc/passwd", PurePosixPath("../../etc/passwd:x"))], {})
    assert list(names.values()) == ["etc/passwd_x"]
