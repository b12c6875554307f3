"""Screens that show nothing are told from their pixels; nothing else is taken for one."""

from __future__ import annotations

import io
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from tests.model.tiny import random_clip, tiny_checkpoint
from vidcap.items import clip_of_item
from vidcap.manifests import Item
from vidcap.model.blank import blank_kind, is_frozen, worth_seeing
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer
from vidcap.types import Clip, Pixels, Span

SAMPLES = sorted((Path(__file__).resolve().parents[2] / "samples").glob("*.mp4"))


def plain(colour: tuple[int, int, int], grain: float = 0.0, px: int = 224) -> Pixels:
    rng = np.random.default_rng(0)
    return np.clip(np.array(colour) + grain * rng.normal(size=(px, px, 1)), 0, 255).astype(np.uint8)


def noise(cell_px: int = 1, *, is_colour: bool = False, seed: int = 0) -> Pixels:
    channels = 3 if is_colour else 1
    cells = np.random.default_rng(seed).integers(
        0, 256, (-(-224 // cell_px), -(-224 // cell_px), channels), dtype=np.uint8
    )
    return cells.repeat(cell_px, 0).repeat(cell_px, 1)[:224, :224].repeat(3 // channels, 2)


def clip_of(*pictures: Pixels, duration_s: int = 4) -> Clip:
    span = Span(0, 0, Fraction(0), Fraction(duration_s), True, True)
    times = tuple(Fraction(i * duration_s, len(pictures)) for i in range(len(pictures)))
    return Clip(span, times, np.stack(pictures))


@pytest.mark.parametrize(
    ("colour", "name"),
    [((0, 0, 0), "black"), ((16, 16, 18), "black"), ((255, 255, 255), "white"), ((128, 127, 130), "grey"),
     ((0, 0, 220), "blue"), ((20, 200, 30), "green"), ((230, 20, 10), "red")],
)  # fmt: skip
@pytest.mark.parametrize("grain", [0.0, 3.0])
def test_one_colour_is_told_by_its_name(colour: tuple[int, int, int], name: str, grain: float) -> None:
    assert blank_kind(plain(colour, grain)) == name


@pytest.mark.parametrize("cell_px", [1, 2, 3])
@pytest.mark.parametrize("is_colour", [False, True])
def test_noise_is_told_also_when_it_was_enlarged_or_compressed(cell_px: int, is_colour: bool) -> None:
    picture = noise(cell_px, is_colour=is_colour)
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "JPEG", quality=40)
    assert blank_kind(picture) == blank_kind(np.asarray(Image.open(packed))) == "noise"


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.stem)
def test_no_frame_of_real_film_is_blank(path: Path) -> None:
    clip = clip_of_item(Item(path=path, kind="video"), 224, 16)
    assert [blank_kind(picture) for picture in clip.pictures] == [None] * len(clip.pictures)


def test_a_light_in_the_dark_is_something() -> None:
    picture = plain((2, 2, 2))
    picture[100:130, 90:125] = 120
    assert blank_kind(picture) is None


@given(st.integers(1, 55))
def test_a_picture_too_small_to_tell_is_not_blank(px: int) -> None:
    assert blank_kind(plain((0, 0, 0), px=px)) is None


def test_a_blank_screen_is_described_without_the_network() -> None:
    checkpoint = tiny_checkpoint()
    describer = Describer(checkpoint)
    checkpoint.network.encoder.forward = pytest.fail  # type: ignore[method-assign, assignment]
    clips = [clip_of(*[plain(c)] * 3) for c in ((0, 0, 0), (255, 255, 255))] + [clip_of(noise(), noise(seed=1))]
    captions = describer.describe(clips)
    assert [c.text for c in captions] == ["a black screen", "a white screen", "a screen of noise"]
    assert all(c.confidence == 1 and not c.token_logprobs for c in captions)


def test_a_short_blank_screen_is_left_without_a_word_and_a_picture_never() -> None:
    black = plain((0, 0, 0))
    short, picture = clip_of(black, black, duration_s=1), clip_of(black, duration_s=1)
    assert [c.text for c in Describer(tiny_checkpoint()).describe([short, picture])] == ["", "a black screen"]
    told = Describer(tiny_checkpoint(), config=DescriberConfig(min_blank_s=Fraction(1)))
    assert told.describe([short])[0].text == "a black screen"


def test_black_frames_beside_others_are_not_looked_at() -> None:
    clip = random_clip(4)
    faded = replace(clip, pictures=np.concatenate((clip.pictures[:3], np.zeros_like(clip.pictures[:1]))))
    left = worth_seeing(faded)
    assert left is not None
    assert np.array_equal(left.pictures, clip.pictures[:3])
    assert left.times_s == clip.times_s[:3]


def test_frozen_frames_are_looked_at_once_and_keep_their_time() -> None:
    clip = random_clip(1)
    frozen = clip_of(*[clip.pictures[0]] * 5)
    assert is_frozen(frozen.pictures)
    assert not is_frozen(random_clip(3).pictures)
    left = worth_seeing(frozen)
    assert left is not None
    assert len(left.pictures) == 1
    describer = Describer(tiny_checkpoint(), config=DescriberConfig(style="video"))
    (caption,), (alone,) = describer.describe([frozen]), describer.describe([clip])
    assert (caption.span, caption.text) == (frozen.span, alone.text)


def test_clips_among_blank_ones_get_their_own_captions() -> None:
    describer = Describer(tiny_checkpoint())
    seen = [random_clip(2, 1), random_clip(3, 2)]
    black = clip_of(*[plain((0, 0, 0), px=64)] * 2)
    mixed = describer.describe([black, seen[0], black, seen[1]])
    alone = describer.describe(seen)
    assert [mixed[1].text, mixed[3].text] == [caption.text for caption in alone]
    assert [mixed[0].text, mixed[2].text] == ["a black screen"] * 2


def test_most_pictures_are_told_from_blank_ones_by_their_shapes_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vidcap.model.blank.texture", None)
    shapes = plain((90, 90, 90))
    shapes[:, 100:] = 20
    assert blank_kind(shapes) is None
