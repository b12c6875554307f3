"""Inputs that fsspec knows are found and copied before they are read."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import fsspec
import pytest

from tests.batch.conftest import Result
from tests.batch.fakes import ColourDescriber
from vidcap.batch.inputs import expand
from vidcap.batch.remote import Fetcher
from vidcap.batch.report import version_of
from vidcap.batch.work import Done, Part, Recipe, Unit
from vidcap.batch.worker import Worker
from vidcap.errors import SourceNotFound, SourceUnsupported


@pytest.fixture
def bucket(film: Path) -> Iterator[str]:
    system = fsspec.filesystem("memory")
    for name in ("/bucket/a/film.mp4", "/bucket/film.mp4", "/bucket/notes.txt"):
        system.pipe_file(name, film.read_bytes())
    yield "memory://bucket"
    system.rm("/bucket", recursive=True)


def test_a_bucket_is_searched_like_a_folder(bucket: str) -> None:
    inputs = list(expand([bucket]))
    assert [str(item.tail) for item in inputs] == ["a/film.mp4", "film.mp4"]
    assert [str(item.tail) for item in expand([f"{bucket}/*/*.mp4"])] == ["a/film.mp4"]
    assert [str(item.tail) for item in expand([f"{bucket}/film.mp4"])] == ["film.mp4"]
    with pytest.raises(SourceNotFound, match="holds no videos"):
        list(expand([f"{bucket}/*.webm"]))


def test_a_remote_film_is_captioned_and_its_copy_removed(bucket: str, tmp_path: Path) -> None:
    worker = Worker(Recipe(describer=ColourDescriber()), "cpu", "one", spool=str(tmp_path))
    (item,) = expand([f"{bucket}/film.mp4"])
    event = worker.run(Unit(0, item.source, "caption"), lambda moved: None)
    assert isinstance(event, Done)
    assert isinstance(event.result, Part)
    assert (event.result.info.name, len(event.result.captions) > 1) == (item.source, True)
    fetcher = Fetcher(str(tmp_path))
    with fetcher.local(item.source) as path, fetcher.local(item.source) as same:
        assert path == same
        assert Path(path).is_file()
    fetcher.close()
    assert not Path(path).exists()


def test_a_remote_film_that_changed_has_another_version(bucket: str) -> None:
    before = version_of(f"{bucket}/film.mp4")
    fsspec.filesystem("memory").pipe_file("/bucket/film.mp4", b"other")
    assert before
    assert version_of(f"{bucket}/film.mp4") != before


@pytest.mark.parametrize("address", ["memory://bucket/missing.mp4", "nosuch://bucket/film.mp4"])
def test_what_is_not_there_fails_alone(run: Callable[..., Result], film: Path, tmp_path: Path, address: str) -> None:
    if address.startswith("nosuch"):
        with pytest.raises(SourceUnsupported, match="not supported"):
            list(expand([address]))
        return
    done = run(address, film, out=tmp_path / "out")
    assert (done.code, done.report["film.mp4"]["status"]) == (1, "done")
    assert done.report["missing.mp4"]["error"] == f"{address}: no such file"


def test_an_address_with_a_password_is_shown_without_it(run: Callable[..., Result], tmp_path: Path) -> None:
    done = run("http://user:hunter2@127.0.0.1:9/film.mp4?token=abc123", out=tmp_path)
    everything = done.err + (tmp_path / "report.jsonl").read_text()
    assert done.code == 1
    assert "hunter2" not in everything
    assert "abc123" not in everything
