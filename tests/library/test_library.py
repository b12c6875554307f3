"""A library finds what was put in, ranks it, forgets what is replaced, and stands what people type and do."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.tracks import any_text, quick
from vidcap.errors import LibraryError, SourceError
from vidcap.library import IndexedTrack, Library, Seen, seen_in_track
from vidcap.library.tracks import film_of_track
from vidcap.types import Caption, Cue, Label, Span

SENTENCES = (
    "A dog is running on the beach.",
    "Two dogs play on grass.",
    "A man is walking on the beach.",
    "A red car drives down the road.",
    "A car passes a red wall.",
)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library(tmp_path / "lib.db") as opened:
        fill(opened, "one.mp4", *SENTENCES)
        yield opened


def fill(library: Library, film: str, *sentences: str, labels: tuple[str, ...] = ()) -> None:
    with library.film(film, title=film.title()) as entries:
        for number, text in enumerate(sentences):
            entries.add(Seen(start_ms=1000 * number, end_ms=1000 * number + 900, text=text, labels=labels))


def said(library: Library, query: str, **options: object) -> list[str]:
    return [hit.seen.text for hit in library.search(query, **options)]  # type: ignore[arg-type]


def test_all_words_come_first_then_some_of_them(library: Library) -> None:
    found = said(library, "dogs on a beach")
    assert found[0] == SENTENCES[0]
    assert set(found[1:]) == {SENTENCES[1], SENTENCES[2]}


def test_forms_of_a_word_find_each_other(library: Library) -> None:
    assert said(library, "run dog", limit=1) == [SENTENCES[0]]
    assert said(library, "dancing") == []


def test_phrases_and_minus(library: Library) -> None:
    assert said(library, '"red car"') == [SENTENCES[3]]
    assert said(library, "car -road") == [SENTENCES[4]]
    assert said(library, '-car -"the beach"') == [SENTENCES[1]]
    assert said(library, "driv*") == [SENTENCES[3]]


def test_a_sentence_weighs_more_than_a_label(library: Library) -> None:
    fill(library, "two.mp4", "Something is going on here.", labels=("zebra",))
    fill(library, "three.mp4", "A zebra is standing here.", labels=("horse",))
    assert said(library, "zebra") == ["A zebra is standing here.", "Something is going on here."]


def test_a_film_that_is_put_in_again_replaces_what_was_known(library: Library) -> None:
    fill(library, "one.mp4", "A cat sleeps.")
    assert said(library, "dog") == []
    assert [(entry.title, entry.count) for entry in library.films()] == [("One.Mp4", 1)]


def test_what_breaks_off_leaves_the_old_entries(library: Library) -> None:
    with suppress(KeyboardInterrupt), library.film("one.mp4") as entries:
        entries.add(Seen(start_ms=0, end_ms=1, text="A cat sleeps."))
        raise KeyboardInterrupt
    assert said(library, "cat") == []
    assert len(said(library, "dog")) == 2


def test_films_can_be_chosen_forgotten_and_pruned(library: Library, tmp_path: Path) -> None:
    there = tmp_path / "there.mp4"
    there.touch()
    fill(library, str(there), "A dog barks.")
    fill(library, "https://example.org/web.mp4?token=secret", "A dog on the web.")
    assert said(library, "dog", film="THERE") == ["A dog barks."]
    assert "secret" not in "".join(hit.film for hit in library.search("dog"))
    assert library.prune() == [os.path.realpath("one.mp4")]
    assert library.remove(str(there))
    assert not library.remove(str(there))
    assert said(library, "dog") == ["A dog on the web."]


@given(st.one_of(any_text, st.text(alphabet="\"-*^:()+{} ANDORNOTNEAR,.\x00'a", max_size=40)))
@quick
def test_whatever_is_typed_is_no_error(text: str) -> None:
    with Library(":memory:") as library:
        fill(library, "one.mp4", *SENTENCES)
        assert all(hit.seen.text in SENTENCES for hit in library.search(text))


@given(any_text, any_text)
@quick
def test_whatever_is_seen_can_be_kept(text: str, label: str) -> None:
    with Library(":memory:") as library:
        with library.film("a", title=text) as entries:
            entries.add(Seen(start_ms=0, end_ms=1, text=f"zebra {text}", labels=(label,)))
        assert len(library.search("zebra")) == 1


def test_cues_are_kept_with_labels_times_and_pictures(tmp_path: Path) -> None:
    span = Span(0, 3, Fraction(1), Fraction(3), True, True)
    caption = Caption(span, "a dog", 0.5, labels=(Label("pug", 0.25), Label("dog", 0.75)))
    cue = Cue(Fraction(1), Fraction(3), ("A dog.",), confidence=0.5, shot_index=3, captions=(caption,))
    place = tmp_path / "lib.db"
    with IndexedTrack(place, "f.mp4", report=str(tmp_path / "f.html"), picture_at=lambda s: f"{s}.jpg") as track:
        track.write(cue)
    with Library(place) as library:
        (hit,) = library.search("pug")
    assert hit.seen == Seen(
        start_ms=1000, end_ms=3000, text="A dog.", labels=("dog", "pug"), confidence=0.5, shot=3,
        picture=os.path.realpath("1.jpg"),
    )  # fmt: skip
    assert hit.moment == (tmp_path / "f.html").as_uri() + "#t=1"


def test_several_processes_may_write_at_once(tmp_path: Path) -> None:
    code = (
        "import sys\nfrom vidcap.library import Library, Seen\n"
        "for n in range(20):\n"
        "    with Library(sys.argv[1]) as library, library.film(f'{sys.argv[2]}-{n}.mp4') as film:\n"
        "        for k in range(20): film.add(Seen(start_ms=k, end_ms=k + 1, text='a dog runs'))\n"
    )
    place = tmp_path / "lib.db"
    command = [sys.executable, "-c", code, str(place)]
    writers = [subprocess.Popen([*command, name], stderr=subprocess.PIPE) for name in ("a", "b", "c")]
    assert [(writer.wait(), writer.communicate()[1]) for writer in writers] == [(0, b"")] * 3
    with Library(place) as library:
        assert sum(entry.count for entry in library.films()) == 3 * 20 * 20
        assert len(library.search("dog", limit=5000)) == 1200


def test_several_may_open_a_new_library_at_once(tmp_path: Path) -> None:
    def opened(number: int) -> int:
        with Library(tmp_path / f"{number // 8}.db") as library:
            return len(library.films())

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(opened, range(40 * 8))) == [0] * (40 * 8)


def test_other_files_are_left_alone(tmp_path: Path) -> None:
    text, other = tmp_path / "text.db", tmp_path / "other.db"
    text.write_text("not a database, but long enough to be looked at " * 20)
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE t (x)")
    db.close()
    for place in (text, other, tmp_path / "no" / "folder.db"):
        with pytest.raises(LibraryError, match=str(place.name)):
            Library(place)
    with pytest.raises(LibraryError, match="no such library"):
        Library(tmp_path / "none.db", must_exist=True)
    assert text.read_text().startswith("not a database")


def test_tracks_of_others_are_read(tmp_path: Path) -> None:
    srt = tmp_path / "film.en.srt"
    srt.write_text("1\n00:00:01,500 --> 00:00:02,000\n<i>A dog</i>\nruns.\n", encoding="utf-8")
    vtt = tmp_path / "other.vtt"
    vtt.write_text("WEBVTT\n\n00:01.500 --> 00:02.000\nA dog runs.\n", encoding="utf-8")
    (tmp_path / "film.mkv").touch()
    for track in (srt, vtt):
        (seen,) = seen_in_track(track)
        assert (seen.start_ms, seen.end_ms, seen.text) == (1500, 2000, "A dog runs.")
    assert film_of_track(srt) == str(tmp_path / "film.mkv")
    assert film_of_track(vtt) == str(vtt)


@pytest.mark.parametrize("line", ["{}", "[]", "no", '{"start_ms": "x", "end_ms": 1, "text": "a"}', "[" * 5000])
def test_json_lines_that_are_no_track_are_told_by_line(tmp_path: Path, line: str) -> None:
    track = tmp_path / "a.jsonl"
    track.write_text(f'{{"start_ms": 0, "end_ms": 1, "text": "a"}}\n{line}\n')
    with pytest.raises(SourceError, match="line 2"):
        list(seen_in_track(track))


def test_of_very_many_matches_the_latest_are_ranked(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidcap.library.library.MOST_RANKED", 3)
    fill(library, "two.mp4", *(f"A dog number{number}." for number in range(9)))
    assert sorted(said(library, "dog")) == [f"A dog number{number}." for number in (6, 7, 8)]
    assert sorted(said(library, "dog", film="one.mp4")) == [SENTENCES[0], SENTENCES[1]]


def test_all_words_but_one_come_before_single_words(library: Library) -> None:
    assert said(library, "brown dog running beach")[0] == SENTENCES[0]
    assert said(library, "walking beach xylophone")[0] == SENTENCES[2]
