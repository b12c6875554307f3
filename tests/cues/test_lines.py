"""How a sentence is broken into lines, and cut short where it must be."""

from __future__ import annotations

import pytest

from vidcap.cues.lines import Room, break_lines, fit
from vidcap.cues.words import sentence

LONG = "A man in a red shirt is riding a brown horse along the beach near the water."


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("A dog runs on the grass.", ("A dog runs on the grass.",)),
        (
            "A man is riding a brown horse on a beach near the water.",
            ("A man is riding a brown horse", "on a beach near the water."),
        ),
        (
            "Two young girls in red shirts are playing with a ball on the grass.",
            ("Two young girls in red shirts are playing", "with a ball on the grass."),
        ),
        (
            "A brown dog is running through the shallow water, and a man watches.",
            ("A brown dog is running", "through the shallow water, and a man watches."),
        ),
    ],
)
def test_lines_break_where_a_reader_would_pause(text: str, lines: tuple[str, ...]) -> None:
    assert fit(text, Room(characters=1000, width=46, lines=2)) == lines


def test_no_line_ends_with_an_article_where_it_can_be_helped() -> None:
    for width in range(20, 60):
        for line in fit(LONG, Room(characters=1000, width=width, lines=6))[:-1]:
            assert line.split()[-1] not in {"a", "the", "in", "near"}, (width, line)


def test_the_width_and_the_number_of_lines_act() -> None:
    assert fit(LONG, Room(characters=1000, width=42, lines=2)) == (
        "A man in a red shirt is riding a brown",
        "horse along the beach near the water.",
    )
    assert all(len(line) <= 20 for line in fit(LONG, Room(characters=1000, width=20, lines=5)))
    assert " ".join(fit(LONG, Room(characters=1000, width=20, lines=5))) == LONG
    assert fit(LONG, Room(characters=1000, width=46, lines=2)) == (
        "A man in a red shirt is riding a brown horse",
        "along the beach near the water.",
    )
    assert fit(LONG, Room(characters=1000, width=42, lines=1)) == ("A man in a red shirt is riding.",)


@pytest.mark.parametrize(
    ("most", "text"),
    [
        (76, LONG),
        (60, "A man in a red shirt is riding a brown horse."),
        (40, "A man in a red shirt is riding."),
        (25, "A man in a red shirt."),
        (14, "A man."),
        (13, "A man."),
    ],
)
def test_a_sentence_is_cut_after_a_phrase(most: int, text: str) -> None:
    assert " ".join(fit(LONG, Room(characters=most, width=100, lines=1))) == text


def test_a_word_longer_than_a_line_is_split() -> None:
    assert fit("x" * 5000, Room(characters=1000, width=42, lines=2)) == ("X" * 1 + "x" * 41,)
    assert fit("日" * 200, Room(characters=1000, width=42, lines=2)) == ("日" * 42, "日" * 42)
    assert fit("x" * 50, Room(characters=10, width=42, lines=2)) == ("x" * 9 + "…",)


def test_the_number_of_words_may_be_limited() -> None:
    assert fit(LONG, Room(characters=100, width=100, lines=1, words=8)) == ("A man in a red shirt is riding.",)
    assert fit(LONG, Room(characters=100, width=100, lines=1, words=1)) == ("A",)


def test_words_that_fit_no_number_of_lines_give_none() -> None:
    assert break_lines(["abc"], 2, 5) == ()


@pytest.mark.parametrize(
    ("text", "styled"),
    [
        ("a dog", "A dog."),
        ("A dog.", "A dog."),
        ("is it?", "Is it?"),
        ("  two\twords\n", "Two words."),
        ("ßa", "ßa."),
        ("éa", "Éa."),
        ("日本", "日本"),
        ("42", "42"),
        ("-->", "-->"),
        ("\u200b", ""),
        ("\x1b]0;x\x07 hi", "]0;x hi."),
        ("a \u202edog", "A dog."),
    ],
)
def test_sentences_are_clean_and_in_one_style(text: str, styled: str) -> None:
    assert sentence(text) == styled


def test_a_character_that_python_does_not_know_is_not_lost_with_its_neighbour() -> None:
    assert fit("\U0002ffff:", Room(characters=14, width=1, lines=1)) != ()
