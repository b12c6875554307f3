"""When cues are shown, and for how long."""

from __future__ import annotations

from fractions import Fraction
from itertools import count

import pytest

from vidcap.cues import CueConfig, cues
from vidcap.types import Caption

from ..tracks import cap


def shown(captions: list[Caption], **options: object) -> list[tuple[float, float, str]]:
    config = CueConfig(**options)  # type: ignore[arg-type]
    return [(float(cue.start_s), round(float(cue.end_s), 3), cue.text) for cue in cues(captions, config)]


def test_the_first_cue_begins_a_millisecond_after_the_film() -> None:
    assert shown([cap(0, 3, "a dog")]) == [(0.001, 3.0, "A dog.")]
    assert shown([cap(0, 3, "a dog")], first_cue_offset_s=Fraction(1, 2)) == [(0.5, 3.0, "A dog.")]
    assert shown([cap(1, 3, "a dog")]) == [(1.0, 3.0, "A dog.")]


def test_two_frames_lie_between_cues_that_would_touch() -> None:
    film = [cap(0, 3, "a dog"), cap(3, 6, "a cat")]
    assert shown(film) == [(0.001, 2.92, "A dog."), (3.0, 6.0, "A cat.")]
    config = CueConfig.for_frame_rate(Fraction(30000, 1001))
    assert next(cues(film, config)).end_s == 3 - Fraction(2002, 30000)


def test_a_short_gap_is_closed() -> None:
    assert shown([cap(0, 3, "a dog"), cap("3.4", 6, "a cat")])[0] == (0.001, 3.32, "A dog.")


def test_a_short_gap_after_a_cue_that_may_not_grow_is_opened() -> None:
    assert shown([cap(0, 7, "a dog"), cap("7.3", 9, "a cat")])[0] == (0.001, 6.82, "A dog.")


def test_a_short_shot_followed_by_silence_is_shown_long_enough_to_be_read() -> None:
    assert shown([cap(1, "1.2", "a dog"), cap("1.2", 9, "")]) == [(1.0, 1.833, "A dog.")]


def test_a_short_shot_before_a_longer_one_is_left_out() -> None:
    assert shown([cap(1, "1.5", "a dog"), cap("1.5", 4, "a cat")]) == [(1.5, 4.0, "A cat.")]


def test_short_shots_in_a_row_share_a_cue_that_says_what_is_surest() -> None:
    film = [cap(f"{k}/2", f"{k + 1}/2", f"{chr(97 + k)}", k, whole="se", sure=0.1 * (k % 3)) for k in range(6)]
    assert shown(film) == [(0.001, 0.92, "B."), (1.0, 1.92, "C."), (2.0, 3.0, "F.")]


def test_a_film_shorter_than_the_shortest_cue_still_gives_one() -> None:
    assert shown([cap(0, "0.04", "a dog on a bed")]) == [(0.001, 0.04, "A dog.")]


def test_a_last_caption_too_short_to_be_read_is_left_out_where_there_are_others() -> None:
    assert shown([cap(0, 3, "a dog"), cap(3, "3.5", "a cat")]) == [(0.001, 3.0, "A dog.")]


def test_a_long_sentence_runs_on_into_silence_to_be_read() -> None:
    text = "two girls in red shirts play with a ball"
    assert shown([cap(1, 2, text), cap(2, 9, "")]) == [(1.0, 3.413, "Two girls in red shirts play with a ball.")]


def test_a_long_sentence_is_cut_after_a_phrase_where_something_else_follows() -> None:
    text = "two girls in red shirts play with a ball"
    film = [cap(1, "2.5", text), cap("2.5", 9, "a cat")]
    assert shown(film)[0] == (1.0, 2.42, "Two girls in red shirts.") or shown(film)[0][2] == "Two girls."
    assert shown(film, max_cps=100)[0] == (1.0, 2.42, "Two girls in red shirts play with a ball.")


def test_reading_speed_holds_for_the_rounded_times_too() -> None:
    film = [cap("1.0005", "1.9629", "Dogs run on it."), cap("1.9629", 5, "a cat")]
    assert film[0].end_s - film[0].start_s - CueConfig().gap_s == Fraction("0.8824")  # 15 characters take 0.8823 s
    assert shown(film)[0] == (1.0005, 1.883, "Dogs run.")


def test_each_word_gets_its_time_where_that_is_asked_for() -> None:
    film = [cap(1, "2.3", "a dog is on a bed"), cap("2.3", 9, "a cat")]
    assert shown(film)[0][2] == "A dog is on a bed."
    assert shown(film, min_word_s=Fraction(3, 10))[0][2] == "A dog."
    assert shown([cap(1, 2, "a dog is on a bed"), cap(2, 9, "")], min_word_s=1)[0][1] == 7.001


def test_no_cue_outlasts_the_film() -> None:
    film = [cap(0, 2, "a"), cap(2, 6, "a very long sentence about many things that can't be read in so short a time")]
    assert max(end for _, end, _ in shown(film, max_cps=5)) <= 6


def test_the_first_cue_is_out_as_soon_as_the_next_caption_says_something_else() -> None:
    drawn = []

    def film() -> object:
        for k in count():
            drawn.append(k)
            yield cap(4 * k, 4 * k + 4, f"{chr(97 + k)}", k, whole="se")

    next(cues(film()))  # type: ignore[arg-type]
    assert drawn == [0, 1]


@pytest.mark.parametrize(
    "options",
    [
        {"min_duration_s": 0},
        {"max_duration_s": Fraction(1, 2)},
        {"max_cps": 0},
        {"max_cps": float("nan")},
        {"gap_s": -1},
        {"max_line_width": 0},
        {"max_lines": 0},
        {"min_confidence": 1.5},
        {"min_confidence": float("nan")},
        {"merge_similarity": -1},
        {"first_cue_offset_s": -1},
    ],
)
def test_settings_that_make_no_sense_are_refused_by_name(options: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=next(iter(options))):
        CueConfig(**options)  # type: ignore[arg-type]


def test_decimal_settings_are_taken_as_written() -> None:
    assert CueConfig(max_cps=16.1).max_cps == Fraction(161, 10)  # type: ignore[arg-type]
