"""What the stages say becomes moments: every caption once, in order, with bounded memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from tests.report.films import cue_of
from vidcap.report.keyframes import KeyFrame
from vidcap.report.pictures import KeyPicture
from vidcap.report.scenes import Moment, Scenes
from vidcap.types import Caption, Clip, Cue, Span


class Counting:
    """Makes a picture of nothing."""

    longest_px = 8

    def __call__(self, frame: KeyFrame) -> KeyPicture:
        return KeyPicture(frame.time_s, 8, 8, "image/x", b"x")


def caption(index: int, shot: int, text: str, *, starts: bool = False) -> Caption:
    return Caption(Span(index, shot, Fraction(index), Fraction(index + 1), starts, False), text, 0.5)


def cue(*captions: Caption, text: str = "") -> Cue:
    said = text or captions[0].text
    return Cue(captions[0].start_s, captions[-1].end_s, (said,), 0.5, captions[0].span.shot_index, captions)


def shown(captions: list[Caption], cues: list[Cue], most_held: int | None = None) -> list[Moment]:
    scenes = Scenes(Counting(), most_held)
    pictures = np.zeros((1, 8, 8, 3), np.uint8)
    clips = [Clip(one.span, (one.span.start_s,), pictures) for one in captions]
    list(scenes.tap("sample", iter(clips)))
    list(scenes.tap("describe", iter(captions)))
    return [moment for each in cues for moment in scenes.upto(each)] + list(scenes.rest())


def test_captions_that_no_cue_says_are_moments_too() -> None:
    captions = [caption(0, 0, "a dog", starts=True), caption(1, 0, "a cat"), caption(2, 1, "a man", starts=True)]
    moments = shown(captions, [cue(captions[0]), cue(captions[2])])
    assert [(moment.text, moment.is_said) for moment in moments] == [
        ("A dog.", True),
        ("A cat.", False),
        ("A man.", True),
    ]
    assert all(moment.picture for moment in moments)


def test_what_is_said_already_lengthens_its_moment() -> None:
    captions = [caption(number, 0, "a dog runs", starts=not number) for number in range(4)]
    (moment,) = shown(captions, [cue(*captions[:2])])
    assert (moment.start_s, moment.end_s) == (0, 4)


def test_a_cue_over_two_shots_is_a_moment_in_each() -> None:
    captions = [caption(0, 0, "a dog", starts=True), caption(1, 1, "a dog", starts=True)]
    moments = shown(captions, [cue(*captions)])
    assert [(moment.shot_index, moment.start_s, moment.text) for moment in moments] == [
        (0, 0, "A dog."),
        (1, 1, "A dog."),
    ]


def test_the_picture_is_that_of_the_caption_that_is_said() -> None:
    captions = [caption(0, 0, "a dog", starts=True), replace(caption(1, 0, "a brown dog"), confidence=0.9)]
    (moment,) = shown(captions, [cue(*captions, text="A dog.")])
    assert moment.picture is not None
    assert moment.picture.time_s == 0


def test_cues_of_unknown_origin_are_moments_without_pictures() -> None:
    bare = replace(cue_of(0, "A dog."), captions=())
    (moment,) = shown([], [bare])
    assert (moment.text, moment.picture) == ("A dog.", None)


def test_where_nothing_is_said_for_hours_old_pictures_are_let_go() -> None:
    captions = [caption(number, number, "", starts=True) for number in range(50)]
    moments = shown(captions, [], most_held=10)
    assert len(moments) == 50
    assert sum(moment.picture is not None for moment in moments) == 10
