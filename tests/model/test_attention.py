"""What each word looked at: kept only when asked for, the same sentences either way, shares that add up."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.tiny import random_clip, tiny_checkpoint
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer

CLIPS = [random_clip(3), random_clip(1, seed=1), random_clip(5, seed=2)]


def test_attention_is_kept_only_when_asked_for() -> None:
    plain = Describer(tiny_checkpoint()).describe(CLIPS)
    asked = Describer(tiny_checkpoint(), config=DescriberConfig(attention=True)).describe(CLIPS)
    assert all(caption.attention is None for caption in plain)
    assert all(caption.attention is not None for caption in asked)
    assert plain == asked  # the attention is no part of the comparison


@pytest.mark.parametrize("concepts", [("man", "dog"), ()])
def test_the_shares_of_each_word_are_one_and_padding_has_none(concepts: tuple[str, ...]) -> None:
    describer = Describer(tiny_checkpoint(concepts=concepts), config=DescriberConfig(attention=True))
    for clip, caption in zip(CLIPS, describer.describe(CLIPS), strict=True):
        look = caption.attention
        assert look is not None
        assert " ".join(look.words) == caption.text
        assert look.frames.shape == (len(look.words), len(clip.pictures))
        assert look.cells.shape == (len(look.words), 2, 2)  # 64 px over 32
        whole = look.frames.sum(1) + look.cells.sum((1, 2)) + look.concepts
        np.testing.assert_allclose(whole, 1, atol=1e-5)


def test_a_batch_gives_the_attention_that_each_clip_gives_alone() -> None:
    describer = Describer(tiny_checkpoint(), config=DescriberConfig(attention=True))
    for clip, caption in zip(CLIPS, describer.describe(CLIPS), strict=True):
        (alone,) = describer.describe([clip])
        assert alone.attention is not None
        assert caption.attention is not None
        np.testing.assert_allclose(alone.attention.cells, caption.attention.cells, atol=1e-4)
