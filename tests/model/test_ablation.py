"""Clips robbed of time lose what they are said to lose and nothing else."""

from __future__ import annotations

import numpy as np
import pytest

from tests.model.tiny import random_clip, tiny_checkpoint
from vidcap.model.ablation import averaged, robbed
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer


@pytest.mark.parametrize("count", [2, 3, 8])
def test_shuffled_pictures_are_the_same_in_another_order(count: int) -> None:
    clip = random_clip(count)
    shuffled = robbed(clip, "shuffled")
    assert not np.array_equal(shuffled.pictures, clip.pictures)
    assert sorted(p.tobytes() for p in shuffled.pictures) == sorted(p.tobytes() for p in clip.pictures)
    assert np.array_equal(robbed(clip, "shuffled").pictures, shuffled.pictures)
    assert np.array_equal(robbed(random_clip(1), "shuffled").pictures, random_clip(1).pictures)


def test_a_single_picture_is_the_middle_one_and_nothing_changes_when_all_are_kept() -> None:
    clip = random_clip(5)
    assert np.array_equal(robbed(clip, "single").pictures, clip.pictures[2:3])
    assert robbed(clip, "all") is clip


def test_the_mean_stands_for_the_frames_that_are_there() -> None:
    describer = Describer(tiny_checkpoint())
    features = describer.features([random_clip(3), random_clip(1, 1)])
    mean = averaged(features)
    np.testing.assert_allclose(mean.pooled[0, 0], features.pooled[0].mean(0))
    np.testing.assert_allclose(mean.pooled[1, 0], features.pooled[1, 0])
    assert mean.frame_mask.tolist() == [[True], [True]]
    assert averaged(features).mean_max is features.mean_max


def test_a_robbed_clip_is_still_spoken_of_as_video() -> None:
    clip = random_clip(3)
    single = Describer(tiny_checkpoint(), config=DescriberConfig(frames="single")).describe([clip])[0]
    (alone,) = Describer(tiny_checkpoint(), config=DescriberConfig(style="video")).describe([robbed(clip, "single")])
    assert single.text == alone.text
    with pytest.raises(ValueError, match="frames are"):
        DescriberConfig(frames="none")  # type: ignore[arg-type]
