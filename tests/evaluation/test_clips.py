from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest

from vidcap.errors import SourceError
from vidcap.items import clip_of_item
from vidcap.manifests import Item
from vidcap.sources.jpeg import jpeg_bytes
from vidcap.types import Clip


def numbers(clip: Clip) -> list[int]:
    """Which frame of the film each picture is, by its time; its brightness must tell the same."""
    frames = [int(25 * time_s) for time_s in clip.times_s]
    assert clip.pictures.mean(axis=(1, 2, 3)).tolist() == pytest.approx(frames, abs=4)
    return frames


@pytest.mark.parametrize(("num_frames", "max_frames"), [(200, 8), (77, 8), (130, 3), (9, 8), (200, 1)])
def test_frames_are_spread_evenly_over_the_whole_video(
    film: Callable[[int], Path], num_frames: int, max_frames: int
) -> None:
    clip = clip_of_item(Item(path=film(num_frames), kind="video"), 16, max_frames)
    centres = [(2 * part + 1) * num_frames / max_frames / 2 for part in range(max_frames)]
    assert clip.pictures.shape == (max_frames, 16, 16, 3)
    grid = num_frames / max_frames / 4  # frames are kept this far apart at most
    assert np.abs(np.array(numbers(clip)) + 0.5 - centres).max() <= max(0.5, grid / 2 + 0.5)
    assert (clip.span.start_s, clip.span.end_s) == (0, Fraction(num_frames, 25))


def test_a_video_shorter_than_the_clip_gives_every_frame_once(film: Callable[[int], Path]) -> None:
    clip = clip_of_item(Item(path=film(3), kind="video"), 16, 8)
    assert clip.times_s == (0, Fraction(1, 25), Fraction(2, 25))


def test_a_segment_gives_only_its_own_frames(film: Callable[[int], Path]) -> None:
    item = Item(path=film(200), kind="video", start_s=Fraction(2), end_s=Fraction(4))
    clip = clip_of_item(item, 16, 4, index=7)
    assert (clip.span.index, clip.span.start_s, clip.span.end_s) == (7, 2, 4)
    assert np.abs(np.array(numbers(clip)) - [56, 69, 81, 94]).max() <= 1


def test_a_segment_beyond_the_end_is_an_error_that_names_file_and_segment(film: Callable[[int], Path]) -> None:
    path = film(10)
    with pytest.raises(SourceError, match=r"film\.mp4: .*"):
        clip_of_item(Item(path=path, kind="video", start_s=Fraction(5), end_s=Fraction(6)), 16)


@pytest.mark.parametrize("name", ["red.png", "red"])
def test_a_picture_is_a_clip_of_one_frame(picture: Callable[[str], Path], name: str) -> None:
    clip = clip_of_item(Item(path=picture(name), kind="image"), 16, 8)
    assert clip.pictures.shape == (1, 16, 16, 3)
    assert clip.pictures[0, 8, 8].tolist() == pytest.approx([200, 0, 0], abs=4)


def test_a_picture_survives_being_written_as_jpeg(tmp_path: Path) -> None:
    pixels = np.zeros((40, 56, 3), np.uint8)
    pixels[:, :28] = (220, 40, 40)
    (tmp_path / "x.jpg").write_bytes(jpeg_bytes(pixels))
    clip = clip_of_item(Item(path=tmp_path / "x.jpg", kind="image"), 32)
    assert clip.pictures[0, 16, 4].tolist() == pytest.approx([220, 40, 40], abs=12)
    assert clip.pictures[0, 16, 28].tolist() == pytest.approx([0, 0, 0], abs=12)


def test_real_pictures_and_clips_are_read(data_dir: Path) -> None:
    jpeg = next((data_dir / "coco" / "images").glob("*.jpg"))
    assert clip_of_item(Item(path=jpeg, kind="image")).pictures.std() > 20
    clip = clip_of_item(Item(path=data_dir / "video_dev" / "clips" / "0lh_UWF9ZP4_27_31.avi", kind="video"))
    assert clip.pictures.shape == (8, 224, 224, 3)
    gaps_s = np.diff([float(time_s) for time_s in clip.times_s])
    assert gaps_s.max() - gaps_s.min() < 0.15


def test_files_that_are_no_video_are_named(tmp_path: Path) -> None:
    (tmp_path / "x.mp4").write_bytes(b"nothing of the kind")
    with pytest.raises(SourceError, match=r"x\.mp4"):
        clip_of_item(Item(path=tmp_path / "x.mp4", kind="video"))


def test_sizes_below_one_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        clip_of_item(Item(path=tmp_path / "x.mp4", kind="video"), max_frames=0)
