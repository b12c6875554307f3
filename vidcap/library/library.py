"""The library's file: its tables, what is put in, what is found."""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from vidcap.errors import LibraryError
from vidcap.library.query import parse
from vidcap.text import one_line
from vidcap.urls import mask_secrets, scheme_of

_MARK = 0x76636170  # "vcap": SQLite's place for the kind of a file
_VERSION = 1
_WAIT_S = 30.0
_PAUSE_S = 0.01
_SCHEMA = f"""
CREATE TABLE film (
    id INTEGER PRIMARY KEY, path TEXT NOT NULL UNIQUE, title TEXT NOT NULL, report TEXT NOT NULL,
    added TEXT NOT NULL DEFAULT CURRENT_TIMESTAMP
);
CREATE TABLE seen (
    id INTEGER PRIMARY KEY, film INTEGER NOT NULL REFERENCES film, start_ms INTEGER NOT NULL, end_ms INTEGER NOT NULL,
    shot INTEGER, confidence REAL, picture TEXT NOT NULL, text TEXT NOT NULL, labels TEXT NOT NULL
);
CREATE INDEX seen_film ON seen (film);
CREATE VIRTUAL TABLE words USING fts5 (
    text, labels, content='seen', content_rowid='id', tokenize='porter unicode61 remove_diacritics 2'
);
INSERT INTO words (words, rank) VALUES ('rank', 'bm25(4.0, 1.0)');
CREATE TRIGGER seen_in AFTER INSERT ON seen BEGIN
    INSERT INTO words (rowid, text, labels) VALUES (new.id, new.text, new.labels);
END;
CREATE TRIGGER seen_out AFTER DELETE ON seen BEGIN
    INSERT INTO words (words, rowid, text, labels) VALUES ('delete', old.id, old.text, old.labels);
END;
PRAGMA application_id = {_MARK};
PRAGMA user_version = {_VERSION};
"""
MOST_RANKED = 5000
"""Where more match, only those put in last are ranked."""
_NAMED = "(instr(lower(path), lower(?)) OR instr(lower(title), lower(?)))"
_COLUMNS = "film.path, film.title, film.report, start_ms, end_ms, text, labels, confidence, shot, picture"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is seen during a stretch of a film."""

    start_ms: int
    end_ms: int
    text: str
    labels: tuple[str, ...] = ()
    confidence: float | None = None
    shot: int | None = None
    picture: str = ""
    """Path of a picture of it; empty where there is none."""


@dataclass(frozen=True, slots=True)
class Hit:
    """Something found."""

    film: str
    """Path or address."""
    title: str
    report: str
    """Path of the film's report; empty where none is known."""
    seen: Seen
    score: float
    """Higher is better; 0 where nothing was asked for."""

    @property
    def moment(self) -> str:
        """Address of the moment in the report, or "" without one."""
        from pathlib import Path

        return f"{Path(self.report).as_uri()}#t={self.seen.start_ms / 1000:g}" if self.report else ""


@dataclass(frozen=True, slots=True)
class Entry:
    """A film of a library."""

    film: str
    title: str
    report: str
    count: int
    """How many stretches of it are known."""


class Library:
    """An open library; a context manager. LibraryError where the file can't be used.

    Several processes may read and write it at once: writers wait for one another, readers for nobody. One object is
    for one thread.
    """

    def __init__(self, path: str | os.PathLike[str], *, must_exist: bool = False) -> None:
        self.path = os.fsdecode(path)
        if must_exist and not os.path.isfile(self.path):
            raise LibraryError(self.path, "there is no such library; vidcap FILM --index FILE makes one")
        with self._reporting():
            self._db = sqlite3.connect(self.path, timeout=_WAIT_S, isolation_level=None)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file."""
        self._db.close()

    @contextmanager
    def film(self, name: str, *, title: str = "", report: str = "") -> Iterator[FilmEntries]:
        """Take what is seen in a film; when the block is left normally it replaces what was known of that film."""
        entries = FilmEntries(self._db, self.path)
        with self._reporting():
            self._db.execute("CREATE TEMP TABLE IF NOT EXISTS pending AS SELECT * FROM seen WHERE 0")
            self._db.execute("DELETE FROM pending")
        yield entries
        with self._reporting(), self._transaction():
            path = place_of(name)
            self._forget(path)
            row = (path, one_line(title), place_of(report) if report else "")
            film_id = self._db.execute("INSERT INTO film (path, title, report) VALUES (?, ?, ?)", row).lastrowid
            self._db.execute(
                "INSERT INTO seen (film, start_ms, end_ms, shot, confidence, picture, text, labels)"
                " SELECT ?, start_ms, end_ms, shot, confidence, picture, text, labels FROM pending",
                (film_id,),
            )
            self._db.execute("DELETE FROM pending")

    def search(self, text: str, *, limit: int = 20, film: str = "") -> list[Hit]:
        """Return what fits ``text`` best, best first; of films whose path or title has ``film`` in it.

        All words must occur; where that gives fewer than ``limit``, those with all words but one follow, then those
        with any.
        """
        query = parse(text)
        hits: dict[tuple[str, int], Hit] = {}
        with self._reporting():
            if query.none_of:
                return self._without(query.none_of, limit, film)
            for stage in query.stages:
                if len(hits) < limit:
                    found = self._matching(stage, limit + len(hits), film)
                    hits |= {key: hit for hit in found if (key := (hit.film, hit.seen.start_ms)) not in hits}
        return list(hits.values())[:limit]

    def films(self) -> list[Entry]:
        """Return the films, in order of their paths."""
        with self._reporting():
            rows = self._db.execute(
                "SELECT path, title, report, (SELECT count(*) FROM seen WHERE seen.film = film.id)"
                " FROM film ORDER BY path"
            )
            return [Entry(*row) for row in rows]

    def remove(self, name: str) -> bool:
        """Forget a film; tell whether it was known."""
        with self._reporting(), self._transaction():
            return self._forget(place_of(name))

    def prune(self) -> list[str]:
        """Forget the films whose files are gone, and return their paths. Addresses on the web stay."""
        gone = [entry.film for entry in self.films() if not scheme_of(entry.film) and not os.path.exists(entry.film)]
        for path in gone:
            self.remove(path)
        with self._reporting():
            self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
        return gone

    def _prepare(self) -> None:
        """Make the tables, or see that they are ours."""
        self._write_ahead()
        self._db.execute("PRAGMA synchronous = NORMAL")
        with self._transaction():
            (mark,), (version,) = self._db.execute("PRAGMA application_id"), self._db.execute("PRAGMA user_version")
            (count,) = self._db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            if not count and mark == (0,):
                for statement in _statements(_SCHEMA):
                    self._db.execute(statement)
            elif mark != (_MARK,):
                raise LibraryError(self.path, "is a database, but not a library of vidcap")
            elif version != (_VERSION,):
                raise LibraryError(self.path, f"was made by another vidcap: version {version[0]}, not {_VERSION}")

    def _write_ahead(self) -> None:
        """Have readers not wait for writers; wait for another that is just seeing to that, as SQLite does not."""
        until_s = time.monotonic() + _WAIT_S
        while True:
            try:
                self._db.execute("PRAGMA journal_mode = WAL")
                return
            except sqlite3.OperationalError as error:
                if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > until_s:
                    raise
            time.sleep(_PAUSE_S)

    def _matching(self, expression: str, limit: int, film: str) -> list[Hit]:
        """Return the best matches: of the latest ``MOST_RANKED``, or a common word would take a second to rank."""
        where, values = "words MATCH ?", [expression]
        if film:  # the plus keeps SQLite from asking for each row of the film on its own
            where += f" AND +rowid IN (SELECT id FROM seen WHERE film IN (SELECT id FROM film WHERE {_NAMED}))"
            values += [film, film]
        early = f"SELECT rowid FROM words WHERE {where} ORDER BY rowid DESC LIMIT 1 OFFSET {MOST_RANKED}"
        (last,) = self._db.execute(early, values).fetchone() or (0,)
        best = f"SELECT rowid, rank FROM words WHERE {where} AND rowid > ? ORDER BY rank LIMIT ?"
        rows = self._db.execute(
            f"SELECT {_COLUMNS}, best.rank FROM ({best}) AS best JOIN seen ON seen.id = best.rowid"
            " JOIN film ON film.id = seen.film ORDER BY best.rank, seen.id",
            (*values, last, limit),
        )
        return [_hit(row) for row in rows]

    def _without(self, none_of: str, limit: int, film: str) -> list[Hit]:
        rows = self._db.execute(
            f"SELECT {_COLUMNS}, 0.0 FROM seen JOIN film ON film.id = seen.film"
            " WHERE seen.id NOT IN (SELECT rowid FROM words WHERE words MATCH ?)"
            f" AND {_NAMED}"
            " ORDER BY film.path, start_ms LIMIT ?",
            (none_of, film, film, limit),
        )
        return [_hit(row) for row in rows]

    def _forget(self, path: str) -> bool:
        found = self._db.execute("SELECT id FROM film WHERE path = ?", (path,)).fetchone()
        if found is None:
            return False
        self._db.execute("DELETE FROM seen WHERE film = ?", found)
        self._db.execute("DELETE FROM film WHERE id = ?", found)
        return True

    @contextmanager
    def _transaction(self) -> Iterator[None]:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            yield
        except BaseException:
            self._db.execute("ROLLBACK")
            raise
        self._db.execute("COMMIT")

    @contextmanager
    def _reporting(self) -> Iterator[None]:
        """Turn errors of SQLite into one-line LibraryErrors."""
        try:
            yield
        except sqlite3.Error as error:
            raise LibraryError(self.path, f"can't be used as a library: {error}") from error
        except ValueError as error:  # a null character in the name
            raise LibraryError(self.path, f"can't be used as a library: {error}") from error


class FilmEntries:
    """Takes what is seen in one film; see :meth:`Library.film`."""

    def __init__(self, db: sqlite3.Connection, path: str) -> None:
        self._db, self._path = db, path

    def add(self, seen: Seen) -> None:
        """Take one stretch; it is kept on the disk until the film is complete."""
        labels = ", ".join(filter(None, map(one_line, seen.labels)))
        row = (seen.start_ms, seen.end_ms, seen.shot, seen.confidence, seen.picture, one_line(seen.text), labels)
        try:
            self._db.execute(
                "INSERT INTO pending (start_ms, end_ms, shot, confidence, picture, text, labels)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)",
                row,
            )
        except sqlite3.Error as error:
            raise LibraryError(self._path, f"can't be written: {error}") from error


def place_of(name: str) -> str:
    """Return the name by which a film is known: its whole path, or its address without secrets."""
    if scheme_of(name) is not None:
        return mask_secrets(name)
    return os.path.realpath(name).encode(errors="replace").decode()


def _hit(row: tuple[object, ...]) -> Hit:
    film, title, report, start_ms, end_ms, text, labels, confidence, shot, picture, rank = row
    names = tuple(name for name in str(labels).split(", ") if name)
    seen = Seen(
        start_ms=start_ms,  # type: ignore[arg-type]
        end_ms=end_ms,  # type: ignore[arg-type]
        text=str(text),
        labels=names,
        confidence=confidence,  # type: ignore[arg-type]
        shot=shot,  # type: ignore[arg-type]
        picture=str(picture),
    )
    return Hit(str(film), str(title), str(report), seen, -float(rank))  # type: ignore[arg-type]


def _statements(script: str) -> Iterator[str]:
    """Yield the statements of a script: ``executescript`` would end the transaction."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
