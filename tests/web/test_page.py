"""The page in a real browser: what it shows, what it survives, and for whom."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from tests.browser import npm_file
from tests.web.conftest import Serve, cue, live, snapshot, tally
from vidcap.live import State, StreamState
from vidcap.web import WebSink

pytestmark = pytest.mark.slow

HOSTILE = """<img src=x onerror="document.title='owned'"><script>document.title='owned'</script> --> &lt;b&gt; </ol>"""
SHOWN = """() => [...document.querySelectorAll('#cues li:not([hidden])')]
    .map((row) => row.querySelector('.text')?.textContent)"""


def wait_for_text(page: Any, selector: str, text: str) -> None:
    page.wait_for_function(
        "([selector, text]) => document.querySelector(selector)?.textContent.includes(text)", arg=[selector, text]
    )


def narrate(sink: WebSink, count: int = 3) -> None:
    sink.take(live())
    for number in range(count):
        sink.take(snapshot(4 * number + 2, (40 * number + 20, 90, 120)))
        sink.take(cue(number))
    sink.take(tally(frames_in=300, cues=count, fps_in=25.0, delay_p50_s=0.5, delay_p95_s=0.9, uptime_s=75.0))


def test_it_shows_the_sentence_the_picture_the_state_and_the_figures(serve: Serve, page: Any) -> None:
    sink = serve(page_title="Gate 7")
    narrate(sink)
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "Sentence 2.")
    page.wait_for_function("() => document.getElementById('picture').naturalWidth === 320")
    assert page.inner_text("#title") == "Gate 7"
    assert page.title() == "Gate 7"
    assert page.inner_text("#state") == "Live"
    assert "82 % sure" in page.inner_text("#about")
    assert page.evaluate(SHOWN) == ["Sentence 2.", "Sentence 1.", "Sentence 0."]
    assert page.inner_text("#uptime") == "1 min 15 s"
    assert page.inner_text("#delay-text") == "0.50 s in the middle, 95 % within 0.90 s"
    assert page.locator("#graph rect").count() == 3
    assert page.is_hidden("#veil")


def test_a_new_sentence_and_a_new_picture_appear_by_themselves(serve: Serve, page: Any) -> None:
    sink = serve()
    narrate(sink)
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "Sentence 2.")
    before = page.get_attribute("#picture", "src")
    sink.take(snapshot(14, (250, 250, 250)))
    sink.take(cue(3, "A dog runs.", is_final=False, end_s=13))
    wait_for_text(page, "#sentence", "A dog runs.")
    page.wait_for_function("(before) => document.getElementById('picture').getAttribute('src') !== before", arg=before)
    assert "for 1 s" in page.inner_text("#about")
    sink.take(cue(3, "A dog runs.", end_s=15.5))
    page.wait_for_function("() => !document.querySelector('#cues li').classList.contains('now')")
    assert page.evaluate(SHOWN)[0] == "A dog runs."


def test_a_lost_camera_is_told_with_its_reason_and_the_next_try(serve: Serve, page: Any) -> None:
    sink = serve()
    narrate(sink)
    page.goto(sink.url)
    sink.take(StreamState(State.WAITING, "connection refused", datetime.now(UTC), 3, 600.0))
    wait_for_text(page, "#state", "Camera lost")
    assert page.is_visible("#veil")
    assert page.inner_text("#veil-why") == "Connection refused"
    assert page.inner_text("#veil-next").startswith("Next try in 9 min 5")
    assert page.title().startswith("Camera lost: ")
    sink.take(live(20))
    wait_for_text(page, "#state", "Live")


def test_the_history_survives_a_reload_and_a_restart_of_the_server(serve: Serve, page: Any) -> None:
    sink = serve()
    narrate(sink)
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "Sentence 2.")
    page.reload()
    wait_for_text(page, "#sentence", "Sentence 2.")
    assert page.evaluate(SHOWN) == ["Sentence 2.", "Sentence 1.", "Sentence 0."]
    sink.close()
    wait_for_text(page, "#state", "can't be reached")
    again = serve(serve=str(sink.address))
    again.take(live())
    again.take(cue(0, "Said after the restart."))
    wait_for_text(page, "#sentence", "Said after the restart.")
    assert page.evaluate(SHOWN) == ["Said after the restart.", None, "Sentence 2.", "Sentence 1.", "Sentence 0."]
    assert page.inner_text("#cues .mark") == "vidcap was started again"
    assert page.inner_text("#state") == "Live"


def test_nothing_becomes_markup(serve: Serve, page: Any) -> None:
    sink = serve(page_title=HOSTILE)
    sink.take(StreamState(State.LIVE, HOSTILE, live().since))
    sink.take(cue(0, HOSTILE))
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "onerror")
    assert page.inner_text("#sentence") == HOSTILE
    assert page.inner_text("#title") == HOSTILE
    assert page.inner_text("#cues .text") == HOSTILE
    sink.take(StreamState(State.WAITING, HOSTILE, live().since, 1, 2.0))
    wait_for_text(page, "#veil-why", "onerror")
    assert page.evaluate("document.querySelectorAll('main script, main img:not(#picture), main ol').length") == 1
    assert "owned" not in page.title().removeprefix("Camera lost: ").replace(HOSTILE, "")


def test_markup_from_strings_is_refused_whoever_tries(serve: Serve, browser: Any) -> None:
    page = browser.new_page()
    page.goto(serve().url)
    attempt = "() => { try { document.body.innerHTML = '<b>x</b>'; return 'set' } catch { return 'refused' } }"
    assert page.evaluate(attempt) == "refused"
    page.close()


def test_it_is_used_by_keyboard(serve: Serve, page: Any) -> None:
    sink = serve()
    narrate(sink)
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "Sentence 2.")
    focused = (
        "() => document.activeElement.id || document.activeElement.className || document.activeElement.textContent"
    )
    order = []
    for _ in range(8):
        page.keyboard.press("Tab")
        order.append(page.evaluate(focused))
    assert order == ["skip", "announce", "size", "theme", "full", "find", "WebVTT", "JSON"]
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    wait_for_text(page, "#past-text", "Sentence 1.")
    page.wait_for_function("() => document.getElementById('picture').src.includes('pictures/1.jpg')")
    assert page.get_attribute("#cues button[aria-current]", "aria-current") == "true"
    page.keyboard.press("Escape")
    page.wait_for_function("() => document.getElementById('picture').src.includes('picture.jpg')")
    assert page.is_hidden("#past")


def test_the_history_can_be_searched(serve: Serve, page: Any) -> None:
    sink = serve()
    sink.take(cue(0, "Two Dogs run."))
    sink.take(cue(1, "A cat sits."))
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "A cat sits.")
    page.fill("#find", "dog")
    assert page.evaluate(SHOWN) == ["Two Dogs run."]
    sink.take(cue(2, "A bird flies."))
    wait_for_text(page, "#sentence", "A bird flies.")
    assert page.evaluate(SHOWN) == ["Two Dogs run."]


def test_screen_readers_hear_each_sentence_once_and_may_be_silenced(serve: Serve, page: Any) -> None:
    sink = serve()
    narrate(sink)
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "Sentence 2.")
    live_region = page.locator("#sentence")
    assert [live_region.get_attribute(name) for name in ("role", "aria-live", "aria-atomic")] == [
        "status",
        "polite",
        "true",
    ]
    assert page.get_attribute("#cues", "aria-live") == "off"
    page.evaluate("""() => { window.changes = 0; new MutationObserver((all) => { window.changes += all.length })
        .observe(document.getElementById('sentence'), {childList: true, characterData: true, subtree: true}) }""")
    sink.take(cue(3, "Once.", is_final=False, end_s=13))
    sink.take(cue(3, "Once.", is_final=False, end_s=14))
    sink.take(cue(3, "Once.", end_s=15))
    page.wait_for_function("() => document.querySelector('#about').textContent.includes('–')")
    wait_for_text(page, "#sentence", "Once.")
    assert page.evaluate("changes") == 1
    page.click("#announce")
    assert live_region.get_attribute("aria-live") == "off"
    page.reload()
    assert page.get_attribute("#announce", "aria-pressed") == "false"


LONG_TITLE = "rtsp://camera.example.org:8554/a/very/long/path/that/never/seems/to/end/at/all"


@pytest.mark.parametrize(("width", "height"), [(1920, 1080), (1280, 720), (820, 1180), (360, 740)])
def test_it_fits_any_screen(serve: Serve, page: Any, width: int, height: int) -> None:
    sink = serve(page_title=LONG_TITLE)
    narrate(sink)
    sink.take(cue(3, "Word" * 60))
    page.set_viewport_size({"width": width, "height": height})
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "WordWord")
    assert page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 360)])
def test_it_follows_the_system_and_breaks_no_rule_of_accessibility(
    serve: Serve, browser: Any, scheme: str, width: int
) -> None:
    axe = npm_file("axe-core/axe.min.js").read_text()
    sink = serve(page_title=LONG_TITLE)
    narrate(sink)
    size = {"width": width, "height": 740}
    context = browser.new_context(viewport=size, color_scheme=scheme, is_mobile=width < 500, bypass_csp=True)
    page = context.new_page()
    page.goto(sink.url)
    wait_for_text(page, "#sentence", "Sentence 2.")
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(map(int, background.removeprefix("rgb(").removesuffix(")").split(","))) < 200) == (scheme == "dark")
    page.wait_for_timeout(700)  # the sentence fades in
    page.evaluate(axe)
    found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
    broken = {rule["id"]: [node["html"][:200] for node in rule["nodes"]] for rule in found["violations"]}
    assert broken == {}
    context.close()


def test_the_choice_of_colours_and_size_is_kept(serve: Serve, page: Any) -> None:
    page.goto(serve().url)
    page.click("#theme")
    page.click("#theme")
    page.click("#size")
    page.reload()
    assert page.evaluate("({...document.documentElement.dataset})") == {"theme": "dark", "size": "large"}
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 19)"


def test_a_token_is_asked_for_and_then_not_seen(serve: Serve, page: Any) -> None:
    sink = serve(token="correct-horse")
    narrate(sink)
    page.goto(sink.url)
    page.fill("#token", "correct-horse")
    page.keyboard.press("Enter")
    wait_for_text(page, "#sentence", "Sentence 2.")
    assert page.url == sink.url
    page.context.clear_cookies()
    page.goto(f"{sink.url}?token=correct-horse")
    wait_for_text(page, "#sentence", "Sentence 2.")
    assert page.url == sink.url
    sink.close()
    again = serve(serve=str(sink.address), token="another-horse")
    page.wait_for_selector("#token")
    assert page.url == again.url
