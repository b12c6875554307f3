"""How fast is a library with many cues searched, and filled?

    python benchmarks/search.py                      # 1,000,000 cues of 2,000 films
    python benchmarks/search.py --cues 20000 --films 40   # to see that it works

Sentences are made of words with the frequencies of captions: a few subjects and verbs in very many of them, and a long
tail. Each query is asked ``--times`` times; the last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import random
import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from vidcap.library import Library, Seen

SUBJECTS = ("man", "woman", "dog", "boy", "girl", "group of people", "cat", "car", "bird", "horse")
VERBS = ("running", "standing", "sitting", "playing", "riding", "driving", "walking", "jumping", "cutting", "talking")
PLACES = ("beach", "street", "grass", "field", "water", "kitchen", "table", "road", "snow", "room", "park", "mountain")
COLOURS = ("red", "white", "black", "blue", "green", "brown")
QUERIES = (
    "dog on a beach",
    "red car driving on a road",
    '"black horse" -snow',
    "man",
    "man standing",
    "woman cutting kitchen knife",
    "word777",
    "xylophone",
)


def sentences(chance: random.Random) -> Iterator[str]:
    """Yield sentences for ever."""
    while True:
        subject, verb, place = pick(chance, SUBJECTS), pick(chance, VERBS), pick(chance, PLACES)
        rare = f" with a word{int(chance.paretovariate(0.6)) % 20_000}" if chance.random() < 0.5 else ""
        yield f"A {pick(chance, COLOURS)} {subject} is {verb} on the {place}{rare}."


def pick(chance: random.Random, words: tuple[str, ...]) -> str:
    """Return one of the words, the first ones more often: the n-th about 1 / n as often as the first."""
    return chance.choices(words, [1 / (rank + 1) for rank in range(len(words))])[0]


def fill(place: Path, num_films: int, num_cues: int) -> float:
    """Make a library and return the seconds that took."""
    chance = random.Random(1)
    texts = sentences(chance)
    started_s = time.perf_counter()
    with Library(place) as library:
        for film in range(num_films):
            with library.film(f"film-{film}.mp4") as entries:
                for number in range(num_cues // num_films):
                    labels = (pick(chance, SUBJECTS), pick(chance, PLACES))
                    entries.add(
                        Seen(start_ms=4000 * number, end_ms=4000 * number + 3900, text=next(texts), labels=labels)
                    )
    return time.perf_counter() - started_s


def ask(place: Path, query: str, times: int) -> dict[str, float | str]:
    """Return how long a query takes, in milliseconds: the median, and the first time, the library just opened."""
    with Library(place, must_exist=True) as library:
        took_ms = []
        for _ in range(times):
            started_s = time.perf_counter()
            hits = library.search(query, limit=20)
            took_ms.append(1000 * (time.perf_counter() - started_s))
    return {"query": query, "hits": len(hits), "first_ms": took_ms[0], "median_ms": statistics.median(took_ms)}


def main() -> None:
    """Fill a library in a temporary folder, ask it, print a table and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cues", type=int, default=1_000_000)
    parser.add_argument("--films", type=int, default=2000)
    parser.add_argument("--times", type=int, default=15)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        place = Path(folder) / "library.db"
        filled_s = fill(place, options.films, options.cues)
        size_mb = place.stat().st_size / 1e6
        print(f"{options.cues} cues of {options.films} films: filled in {filled_s:.0f} s, {size_mb:.0f} MB")
        rows = [ask(place, query, options.times) for query in QUERIES]
    for row in rows:
        times = f"first {row['first_ms']:8.1f} ms  median {row['median_ms']:8.1f} ms"
        print(f"{row['query']:32} {row['hits']:3} hits  {times}")
    print(json.dumps({"cues": options.cues, "filled_s": filled_s, "size_mb": size_mb, "queries": rows}))


if __name__ == "__main__":
    main()
