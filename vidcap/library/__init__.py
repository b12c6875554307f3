"""A library: one SQLite file that knows what is seen in many films, and finds it in milliseconds.

>>> with Library(":memory:") as library, library.film("beach.mp4") as film:
...     film.add(Seen(start_ms=2000, end_ms=5000, text="A dog runs on a beach.", labels=("seashore",)))
>>> with Library(":memory:") as empty:
...     empty.search("dogs on the beach")
[]
"""

from vidcap.library.library import Entry, FilmEntries, Hit, Library, Seen
from vidcap.library.track import IndexedTrack
from vidcap.library.tracks import seen_in_track

__all__ = ["Entry", "FilmEntries", "Hit", "IndexedTrack", "Library", "Seen", "seen_in_track"]
