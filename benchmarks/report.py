"""How large is the report of a film with many shots, and how soon can it be used?

    python benchmarks/report.py                  # 2,000 shots, in Chromium through Playwright
    python benchmarks/report.py --shots 100

Pictures are those of the sample films. Times are of the browser: until the page can be used, and until a search typed
shows its result. The last line of standard output is one JSON object.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np

from vidcap.formats import TrackFile, TrackInfo
from vidcap.report.writer import HtmlWriter
from vidcap.sources import open_source
from vidcap.types import Attention, Caption, Clip, Cue, Frame, Label, Marked, Span

SAMPLES = Path(__file__).resolve().parents[1] / "samples"
WORDS = "a man and a woman are walking a brown dog on the beach beside the blue sea".split()  # noqa: SIM905
CELLS_PX = 7


def sample_frames() -> list[Frame]:
    """Return one frame a second of the sample films."""
    frames = []
    for film in sorted(SAMPLES.glob("*.mp4")):
        with open_source(str(film)) as source:
            frames += [frame for frame in source.frames() if frame.index % 25 == 0]
    return frames


def cue(number: int) -> Cue:
    """Return the cue of a shot of 3 s."""
    start_s = Fraction(3 * number)
    words = tuple(WORDS[: 6 + number % 9])
    share = np.random.default_rng(number).random((len(words), CELLS_PX, CELLS_PX)).astype(np.float32)
    look = Attention(
        words, np.full((len(words), 6), 0.05, np.float32), share / np.float32(100), np.full(len(words), 0.2, np.float32)
    )
    span = Span(number, number, start_s, start_s + 3, True, True)
    labels = (Label("man", 0.8), Label("dog", 0.5), Label(f"thing {number}", 0.3))
    caption = Caption(span, " ".join(words), 0.3 + number % 60 / 100, labels=labels, attention=look)
    return Cue(start_s, start_s + 3, (caption.text,), caption.confidence, number, (caption,))


def watched(writer: HtmlWriter, num_shots: int) -> Iterator[Cue]:
    """Yield cues whose stages the writer sees."""
    frames = sample_frames()
    for number in range(num_shots):
        said = cue(number)
        span = said.captions[0].span
        frame = replace(frames[number % len(frames)], start_s=span.start_s, end_s=span.end_s)
        list(writer.tap("shots", iter([Marked(frame, (), span.start_s)])))
        pictures = np.zeros((1, 8, 8, 3), np.uint8)
        list(writer.tap("sample", iter([Clip(span, (span.start_s,), pictures)])))
        list(writer.tap("describe", iter(said.captions)))
        yield said


def in_browser(page: Path) -> dict[str, float]:
    """Return the browser's times in milliseconds and how many pictures it loaded."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        tab = browser.new_page(viewport={"width": 1360, "height": 860})
        started_s = time.perf_counter()
        tab.goto(page.as_uri())
        tab.wait_for_selector("html[data-ready]")
        ready_ms = 1000 * (time.perf_counter() - started_s)
        tab.wait_for_timeout(1000)
        loaded = tab.locator(".moment img[src]").count()
        search_ms = tab.evaluate(
            "() => { const began = performance.now(); const query = document.getElementById('query');"
            " query.value = 'brown dog'; query.dispatchEvent(new Event('input'));"
            " document.body.offsetHeight; return performance.now() - began; }"
        )
        browser.close()
    return {"ready_ms": ready_ms, "search_ms": search_ms, "pictures_loaded": loaded}


def main() -> None:
    """Write a report, open it, print what was seen and one JSON line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--shots", type=int, default=2000)
    parser.add_argument("--keep", type=Path, help="write the page here, and leave it")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        page = options.keep or Path(folder) / "report.html"
        writer = HtmlWriter(TrackInfo(title=f"{options.shots} shots", media="film.mp4"))
        started_s = time.perf_counter()
        with TrackFile(page, writer, overwrite=True) as track:
            for said in watched(writer, options.shots):
                track.write(said)
        found = {
            "shots": options.shots,
            "written_s": time.perf_counter() - started_s,
            "page_mb": page.stat().st_size / 1e6,
        }
        found |= in_browser(page)
    print(f"{options.shots} shots: {found['page_mb']:.1f} MB, written in {found['written_s']:.1f} s;", end=" ")
    print(f"usable after {found['ready_ms']:.0f} ms, {found['pictures_loaded']} pictures loaded;", end=" ")
    print(f"a search takes {found['search_ms']:.0f} ms")
    print(json.dumps(found))


if __name__ == "__main__":
    main()
