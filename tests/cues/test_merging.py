"""Neighbours that say the same become one cue."""

from __future__ import annotations

from fractions import Fraction

from vidcap.cues import CueConfig, cues
from vidcap.types import Caption

from ..tracks import cap


def shown(captions: list[Caption], **options: object) -> list[tuple[float, float, str]]:
    config = CueConfig(**options)  # type: ignore[arg-type]
    return [(float(cue.start_s), float(cue.end_s), cue.text) for cue in cues(captions, config)]


def test_nearly_equal_neighbours_of_a_shot_become_one_cue_with_the_surer_wording() -> None:
    film = [
        cap(0, 3, "a man rides a brown horse along the beach", whole="s", sure=0.4),
        cap(3, 6, "a man is riding a horse along the beach", sure=0.9),
        cap(6, 9, "a dog sleeps", whole="e"),
    ]
    film[0] = cap(0, 3, "a man is riding a brown horse along the beach", whole="s", sure=0.4)
    assert shown(film) == [(0.001, 5.92, "A man is riding a horse along the beach."), (6.0, 9.0, "A dog sleeps.")]


def test_surer_wording_is_not_taken_where_it_would_repeat_the_cue_before() -> None:
    film = [
        cap(0, 3, "one two three four five"),
        cap(3, 6, "one two three six seven"),
        cap(6, 9, "one two three four six", sure=0.9),
    ]
    assert [text for *_, text in shown(film)] == ["One two three four five.", "One two three six seven."]
    assert [text for *_, text in shown(film[1:])] == ["One two three four six."]


def test_likeness_is_counted_in_words_and_its_limit_acts() -> None:
    film = [cap(0, 3, "a red car turns left"), cap(3, 6, "a blue car turns left")]
    assert len(shown(film)) == 2
    assert len(shown(film, merge_similarity=Fraction(3, 4))) == 1


def test_a_cue_keeps_all_captions_that_it_was_made_of() -> None:
    film = [cap(0, 2, "a dog"), cap(2, 4, "a dog"), cap(4, 6, "a cat")]
    assert [cue.captions for cue in cues(film)] == [tuple(film[:2]), (film[2],)]


def test_whole_shots_that_say_the_same_and_fit_into_a_cue_become_one_that_ends_with_a_shot() -> None:
    film = [cap(0, 2, "a dog", 0, whole="se"), cap(2, 4, "a dog", 1, whole="se"), cap(4, 7, "a cat", 2, whole="se")]
    assert shown(film) == [(0.001, 3.92, "A dog."), (4.0, 7.0, "A cat.")]


def test_a_sentence_is_said_again_in_the_next_shot_where_both_do_not_fit_into_a_cue() -> None:
    film = [cap(0, 5, "a dog", 0, whole="se"), cap(5, 9, "a dog", 1, whole="se")]
    assert shown(film) == [(0.001, 4.92, "A dog."), (5.0, 9.0, "A dog.")]


def test_a_cue_never_spans_a_cut_to_end_inside_a_shot() -> None:
    film = [cap(0, 2, "a dog", 0, whole="se"), cap(2, 4, "a dog", 1, whole="s"), cap(4, 6, "a cat", 1, whole="e")]
    assert shown(film) == [(0.001, 1.92, "A dog."), (2.0, 3.92, "A dog."), (4.0, 6.0, "A cat.")]


def test_what_stays_true_for_long_is_said_once_in_a_shot() -> None:
    film = [cap(4 * k, 4 * k + 4, "a dog sleeps") for k in range(10)]
    assert shown(film) == [(0.001, 7.001, "A dog sleeps.")]
    assert shown(film, max_duration_s=None) == [(0.001, 40.0, "A dog sleeps.")]


def test_five_hundred_equal_captions_are_one_cue() -> None:
    film = [cap(f"{4 * k}/100", f"{4 * k + 4}/100", "same caption") for k in range(500)]
    assert shown(film) == [(0.001, 7.001, "Same caption.")]
    assert shown(film, max_duration_s=None) == [(0.001, 20.0, "Same caption.")]


def test_five_hundred_equal_shots_are_cues_that_end_with_shots() -> None:
    film = [cap(f"{4 * k}/100", f"{4 * k + 4}/100", "same caption", k, whole="se") for k in range(500)]
    assert shown(film, max_duration_s=None) == [(0.001, 20.0, "Same caption.")]
    assert [round(start, 2) for start, _, _ in shown(film)] == [0.0, 7.08, 14.16]


def test_captions_below_the_limit_of_confidence_are_silence() -> None:
    film = [cap(0, 3, "a dog", sure=0.2), cap(3, 6, "a cat", sure=0.8), cap(6, 9, "a cow", sure=float("nan"))]
    assert [text for *_, text in shown(film)] == ["A dog.", "A cat.", "A cow."]
    assert [text for *_, text in shown(film, min_confidence=0.5)] == ["A cat."]


def test_a_confidence_that_is_not_a_number_counts_as_none() -> None:
    first, second = cap(0, 3, "a dog runs on grass", sure=float("nan")), cap(3, 6, "the dog runs on grass", sure=0.1)
    [cue] = cues([first, second])
    assert (cue.text, cue.confidence) == ("The dog runs on grass.", 0.1)


def test_captions_without_visible_text_give_no_cue() -> None:
    film = [cap(2 * k, 2 * k + 2, text) for k, text in enumerate(["", "   ", "\u200b", "\u200d", "\x00", "real"])]
    assert shown(film) == [(10.0, 12.0, "Real.")]


def test_overlapping_and_late_captions_are_trimmed() -> None:
    film = [cap(0, 5, "first"), cap(2, 3, "inside"), cap(4, 6, "third")]
    assert shown(film) == [(0.001, 4.92, "First."), (5.0, 6.0, "Third.")]


def test_negative_times_are_moved_to_the_beginning() -> None:
    film = [cap(-3, -1, "before"), cap("-1/2", 1, "around"), cap(4, 5, "good")]
    assert shown(film) == [(0.001, 1.0, "Around."), (4.0, 5.0, "Good.")]
