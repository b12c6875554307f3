"""What stands on the page: safe whatever is said, self-contained, bounded, whole when interrupted."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from fractions import Fraction
from html import unescape
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given

from tests.report.films import cue_of, page_of, photo
from tests.tracks import any_text, quick
from vidcap.errors import OutputError
from vidcap.formats import TrackInfo, format_for, render
from vidcap.report import HTML
from vidcap.report.config import ReportConfig
from vidcap.report.film import base64_pieces, link_to
from vidcap.report.keyframes import KeyFrame
from vidcap.report.pictures import WithinBudget
from vidcap.report.writer import HtmlWriter
from vidcap.types import Label

HOSTILE = """</script><script>alert(1)</script><img src=x onerror=alert(1)>" onload="alert(1) ]]> <!-- &lt;"""


class Elements(HTMLParser):
    """Every element of a page with its attributes, and the content of scripts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.scripts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag == "script":
            self.scripts.append("")

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "script":
            self.scripts[-1] += data

    def names(self) -> list[str]:
        return [tag for tag, _ in self.found]

    def attributes(self) -> list[list[str]]:
        """Their names, but for attention: that is left out where a sentence does not match its words."""
        return [sorted(attributes.keys() - {"data-attention", "data-shares"}) for _, attributes in self.found]


def plain_page(text: str, label: str = "dog", info: TrackInfo | None = None) -> str:
    return "".join(render([cue_of(0, text, labels=(Label(label, 0.5),))], HtmlWriter(info)))


def test_html_is_a_format_like_others() -> None:
    assert format_for("film.html") == format_for("-", "html") == HTML


@given(any_text, any_text)
@quick
def test_no_text_becomes_markup(text: str, label: str) -> None:
    harmless = Elements(plain_page("A plain sentence.", "dog", TrackInfo(title="Title", media="film.mp4")))
    info = TrackInfo(title=f"T{text}", media=f"film{label}.mp4")
    page = Elements(plain_page(f"A {text}", f"x{label}", info))
    assert page.names() == harmless.names()
    assert page.attributes() == harmless.attributes()
    for script in page.scripts[:-1]:
        json.loads(script)


def test_hostile_text_is_shown_as_text() -> None:
    page = plain_page(HOSTILE, HOSTILE, TrackInfo(title=HOSTILE, media=HOSTILE))
    assert "<script>alert" not in page
    assert "<img src=x" not in page
    assert "onerror=alert(1)&gt;" in page


def test_the_policy_allows_the_pages_own_style_and_script_and_nothing_else() -> None:
    page = plain_page("A dog runs.")
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', page)
    assert policy is not None
    rules = dict(rule.strip().split(" ", 1) for rule in unescape(policy.group(1)).split(";"))
    assert rules["default-src"] == rules["base-uri"] == rules["form-action"] == "'none'"
    for rule, element in (("style-src", "style"), ("script-src", "script")):
        content = re.findall(f"<{element}>(.*?)</{element}>", page, re.DOTALL)
        hashes = [base64.b64encode(hashlib.sha256(one.encode()).digest()).decode() for one in content]
        assert rules[rule] == " ".join(f"'sha256-{one}'" for one in hashes)
    assert not re.search(r"https?://", page)
    assert " style=" not in page


def test_the_pictures_of_any_number_of_moments_keep_to_the_budget() -> None:
    budget, total = WithinBudget(200_000, shares=60), 0
    pixels = [photo(seed, 220, 400) for seed in range(4)]
    sizes = []
    for number in range(250):
        picture = budget(KeyFrame(Fraction(number), pixels[number % 4]))
        size = len(base64.b64encode(picture.data)) if picture else 0
        sizes.append(size)
        total += size
    assert total <= 200_000
    assert sizes[0] > 0
    assert sizes[-1] == 0  # there is nothing left, and the page goes on without


def test_a_page_is_whole_at_any_point() -> None:
    cues = [cue_of(number, f"Dog {number} runs.") for number in range(5)]
    whole = Elements("".join(render(cues, HtmlWriter())))
    part = Elements("".join(render(cues[:2], HtmlWriter())))
    assert whole.names().count("article") == part.names().count("article")
    assert part.names()[-2:] == whole.names()[-2:] == ["script", "script"]
    assert sum("moment" in (attributes.get("class") or "") for _, attributes in part.found) == 2


def test_the_film_is_linked_relative_to_the_page(tmp_path: Path) -> None:
    film = tmp_path / "films" / "a b#c?%41é.mp4"
    film.parent.mkdir()
    film.touch()
    info = TrackInfo(source=str(film), media=film.name, target=str(tmp_path / "pages" / "p.html"))
    assert link_to(info).address == "./../films/a%20b%23c%3F%2541%C3%A9.mp4"


@pytest.mark.parametrize(
    ("source", "address", "origin"),
    [
        ("https://example.org:8080/a.mp4", "https://example.org:8080/a.mp4", "https://example.org:8080"),
        ("https://***@example.org/a.mp4", "", ""),
        ("https://example.org/a.mp4?token=***", "", ""),
        ("https://exa mple.org;script-src *//a.mp4", "", ""),
        ("rtsp://example.org/a", "", ""),
        ("-", "", ""),
    ],
)
def test_only_addresses_without_secrets_are_linked(source: str, address: str, origin: str) -> None:
    link = link_to(TrackInfo(source=source, media="a.mp4"))
    assert (link.address, link.origin) == (address, origin)
    assert bool(link.missing) != bool(address)


def test_an_embedded_film_is_in_the_page_byte_for_byte(tmp_path: Path) -> None:
    film = tmp_path / "film.mp4"
    film.write_bytes(bytes(range(256)) * 9000)
    info = TrackInfo(source=str(film), media=film.name, target=str(tmp_path / "p.html"))
    page = page_of([cue_of(0, "A dog runs.")], info, embed=True)
    pieces = re.findall(r'<script type="text/plain" class="film">([^<]*)</script>', page)
    assert len(pieces) > 1
    assert b"".join(map(base64.b64decode, pieces)) == film.read_bytes()
    assert "media-src blob:;" in page
    assert list(base64_pieces(film)) == pieces


def test_only_a_file_of_moderate_size_can_be_embedded(tmp_path: Path) -> None:
    large = tmp_path / "large.mp4"
    with large.open("wb") as file:
        file.truncate(301_000_000)
    for source in ("https://example.org/a.mp4", "-", str(tmp_path / "none.mp4"), str(large)):
        with pytest.raises(OutputError, match="page"):
            HtmlWriter(TrackInfo(source=source, target="p.html"), ReportConfig(embed=True))


def test_attention_that_does_not_fit_the_sentence_is_left_out() -> None:
    assert "data-attention=" in plain_page("A dog runs.")
    cue = cue_of(0, "A dog runs.")
    look = cue.captions[0].attention
    assert look is not None
    from dataclasses import replace

    longer = replace(cue.captions[0], text="A dog runs on grass.")
    assert "data-attention=" not in "".join(render([replace(cue, captions=(longer,))], HtmlWriter()))
