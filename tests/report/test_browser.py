"""The page in a real browser: search finds, a click seeks, the caption shows, everyone can use it."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.report.conftest import Open
from tests.report.films import cue_of, film_with, page_of
from vidcap.formats import TrackInfo
from vidcap.report.api import write_report
from vidcap.types import Label

SENTENCES = (
    "A dog is running on the beach.", "Two dogs play with a ball.", "A man drives a red car.", "A car is red.",
    "A woman walks her dog.",
)  # fmt: skip
CUES = [cue_of(number, text, labels=(Label(f"thing {number}", 0.5),)) for number, text in enumerate(SENTENCES)]


@pytest.fixture(scope="module")
def film(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A film of 10 s that Chromium plays."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg here")
    return film_with(tmp_path_factory.mktemp("film") / "film.webm", "libvpx", 10)


def report(film: Path, **config: Any) -> Path:
    info = TrackInfo(source=str(film), media=film.name, target=str(film.with_suffix(".html")))
    page = film.with_suffix(".html")
    page.write_text(page_of(CUES, info, **config), encoding="utf-8")
    return page


def shown(tab: Any) -> list[str]:
    return list(tab.locator(".moment:not([hidden]) .said").all_inner_texts())


def until(tab: Any, condition: str) -> None:
    """Wait; Playwright's own way needs eval, which the page's policy forbids."""
    for _ in range(200):
        if tab.evaluate(condition):
            return
        tab.wait_for_timeout(100)
    raise TimeoutError(condition)


def playing(tab: Any) -> None:
    until(tab, "document.getElementById('film').readyState >= 2")


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("dog", (0, 1, 4)),
        ("DOGS", (0, 1, 4)),
        ("run", (0,)),
        ("dog -ball", (0, 4)),
        ('"red car"', (2,)),
        ("red car", (2, 3)),
        ("thing 3", (3,)),
        ('" - *', (0, 1, 2, 3, 4)),
        ("zebra", ()),
    ],
)
def test_search_finds_as_one_types(show: Open, query: str, found: tuple[int, ...]) -> None:
    tab = show(CUES)
    tab.locator("#query").press_sequentially(query)
    assert shown(tab) == [SENTENCES[place] for place in found]
    if query not in ('" - *',):
        assert tab.locator("#found").inner_text() == f"{len(found)} of 5 moments"


def test_a_recognised_thing_can_be_searched_for_by_a_click(show: Open) -> None:
    tab = show(CUES)
    tab.get_by_role("button", name="thing 3").click()
    assert shown(tab) == [SENTENCES[3]]


def test_a_click_seeks_and_the_caption_shows(show: Open, film: Path) -> None:
    tab = show(report(film))
    playing(tab)
    tab.locator(".moment").nth(2).locator(".key").click()
    until(tab, "!document.getElementById('film').seeking && document.getElementById('film').readyState >= 2")
    assert 4 <= tab.evaluate("document.getElementById('film').currentTime") < 4.1
    track = "document.getElementById('film').textTracks[0]"
    assert tab.evaluate(f"[{track}.mode, {track}.activeCues[0].text]") == ["showing", SENTENCES[2]]
    assert SENTENCES[2] in tab.locator("#now").inner_text()
    assert tab.evaluate("location.hash") == "#t=4"
    assert tab.locator(".moment.current .said").inner_text() == SENTENCES[2]


def test_an_address_opens_its_moment_and_its_search(show: Open, film: Path) -> None:
    tab = show(report(film), fragment="#t=6.5&q=car")
    playing(tab)
    assert 6.5 <= tab.evaluate("document.getElementById('film').currentTime") < 6.6
    assert shown(tab) == [SENTENCES[2], SENTENCES[3]]


def test_an_embedded_film_plays(show: Open, film: Path, tmp_path: Path) -> None:
    lonely = tmp_path / "film.webm"
    lonely.write_bytes(film.read_bytes())
    page = report(lonely, embed=True)
    lonely.unlink()
    tab = show(page, fragment="#t=8")
    playing(tab)
    assert 8 <= tab.evaluate("document.getElementById('film').currentTime") < 8.1


def test_a_film_that_can_not_be_played_leaves_pictures_and_sentences(show: Open, tmp_path: Path) -> None:
    if shutil.which("ffmpeg") is None:
        pytest.skip("no ffmpeg here")
    tab = show(report(film_with(tmp_path / "old.mpg", "mpeg2video")))
    tab.wait_for_selector("#trouble:not([hidden])")
    assert "can't play old.mpg" in tab.locator("#trouble").inner_text()
    tab.locator(".moment").nth(3).locator(".key").click()
    assert tab.locator("#said").inner_text() == SENTENCES[3]
    assert tab.evaluate("document.getElementById('still').naturalWidth") > 0


def test_a_page_without_a_film_says_so(show: Open) -> None:
    tab = show(CUES)
    assert "can't be linked" in tab.locator("#trouble").inner_text()


def test_the_timeline_is_a_slider_for_the_keyboard(show: Open) -> None:
    tab = show(CUES)
    slider = tab.get_by_role("slider", name="Moments of the film")
    slider.focus()
    slider.press("ArrowRight")
    slider.press("ArrowRight")
    assert slider.get_attribute("aria-valuetext") == f"0:04, shot 3: {SENTENCES[2]}"
    slider.press("End")
    assert slider.get_attribute("aria-valuenow") == "8"


def test_keys_search_and_walk_through_what_was_found(show: Open) -> None:
    tab = show(CUES)
    tab.keyboard.press("/")
    tab.keyboard.type("car")
    tab.locator("#browse").evaluate("() => document.activeElement.blur()")
    tab.keyboard.press("n")
    assert SENTENCES[2] in tab.locator("#now").inner_text()
    tab.keyboard.press("n")
    tab.keyboard.press("p")
    assert SENTENCES[2] in tab.locator("#now").inner_text()


def test_attention_shows_at_a_hover_and_by_keys(show: Open) -> None:
    tab = show(CUES)
    moment = tab.locator(".moment").first
    moment.locator(".said").hover()
    moment.locator(".said span").nth(1).hover()
    assert "60 % places, 10 % frames, 30 % things" in moment.locator(".look").inner_text().replace("\u00a0", " ")
    assert moment.locator("canvas").is_visible()
    tab.mouse.move(0, 0)
    assert not moment.locator("canvas").is_visible()
    key = tab.locator(".moment").nth(1).locator(".key")
    key.focus()
    key.press("ArrowRight")
    assert "Two: " in tab.locator(".moment").nth(1).locator(".look").inner_text()


def test_hostile_sentences_are_text_in_the_browser_too(show: Open) -> None:
    text = "<img src=x onerror=alert(1)> & </script><script>alert(1)</script> <b>bold</b>"
    tab = show([cue_of(0, text)])
    assert shown(tab) == [text]
    tab.locator(".said").hover()
    tab.locator(".key").click()
    assert tab.locator("#now img, #now b, .said b").count() == 0


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_fault_of_accessibility_is_found(show: Open, film: Path, scheme: str) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    tab = show(report(film), color_scheme=scheme)
    tab.locator("#query").fill("dog")
    tab.locator(".moment").first.locator(".said").hover()
    found = axe.Axe().run(tab)
    assert found.violations_count == 0, found.generate_report()


@pytest.mark.slow
def test_two_thousand_moments_open_and_search_at_once_with_few_pictures_loaded(show: Open, tmp_path: Path) -> None:
    cues = [cue_of(number, SENTENCES[number % 5]) for number in range(2000)]
    path = tmp_path / "long.html"
    path.write_text(page_of(cues), encoding="utf-8")
    assert path.stat().st_size < 32_000_000
    tab = show(path)
    tab.wait_for_selector(".moment img[src]")
    assert tab.locator(".moment img[src]").count() < 100
    tab.fill("#query", "ball")
    assert tab.locator("#found").inner_text() == "400 of 2000 moments"


@pytest.mark.slow
def test_the_report_of_a_real_film_is_complete(show: Open, samples_dir: Path, tmp_path: Path) -> None:
    page = tmp_path / "tour.html"
    count = write_report(samples_dir / "tour.mp4", page)
    tab = show(page)
    assert tab.evaluate("Array.from(document.querySelectorAll('#moments > script')).length") == count
    tab.locator(".moment .said").first.hover()
    assert tab.locator(".moment").first.locator(".said span").count() > 3
