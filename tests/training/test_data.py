"""What a training reads and makes of it: recipes, words, concepts, features, pseudo-clips, evidence."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.training.toy import toy_recipe, write_toy
from vidcap.errors import ManifestError
from vidcap.manifests import Item, read_manifest
from vidcap.model.config import ModelConfig
from vidcap.model.stems import stem_map
from vidcap.model.vocabulary import EOS, SPECIALS, UNK, Vocabulary, tokenize
from vidcap.training.config import DataSource, TextSource, TrainConfig, read_recipe
from vidcap.training.corpus import read_corpus
from vidcap.training.evidence import EvidenceConfig, EvidenceMaker, Observed
from vidcap.training.features import FeatureConfig, FeatureSet, cached_features
from vidcap.training.imagenet import concept_of_class, everyday_nouns
from vidcap.training.pretrained import pretrained_encoder
from vidcap.training.scenes import scene_bounds
from vidcap.training.views import plain_view, random_view


def silent(stage: str, done: int, total: int) -> None:
    """Report nothing."""


def test_forms_of_a_word_are_one_concept_and_other_words_are_not() -> None:
    words = (
        "ride rides riding bus buses man men morning slice slicing run running dress glass building build city cities"
    )
    stems = stem_map(Counter(dict.fromkeys(words.split(), 10)))
    same = {"rides": "ride", "riding": "ride", "buses": "bus", "men": "man", "slicing": "slice", "running": "run"}
    assert {word: stems[word] for word in same} == same
    assert [stems[w] for w in ("bus", "morning", "dress", "glass", "cities")] == [
        "bus",
        "morning",
        "dress",
        "glass",
        "city",
    ]


def test_imagenet_names_become_everyday_nouns() -> None:
    nouns = everyday_nouns()
    assert (nouns[402], nouns[207], nouns[817]) == ("guitar", "dog", "car")
    names = tuple("acoustic guitar" if i == 402 else "granny smith apple" if i == 948 else "x" for i in range(1000))
    concepts = {"guitar": 0, "apple": 1}
    found = list(concept_of_class(names, concepts.get))
    assert (found[402], found[948], found[1]) == (0, 1, -1)


@given(st.lists(st.sampled_from(["a", "man", "dog's", "t-shirt"]), max_size=6))
def test_words_survive_the_way_to_numbers_and_back(words: list[str]) -> None:
    vocabulary = Vocabulary((*SPECIALS, "a", "man", "dog's", "t-shirt"))
    assert vocabulary.decode([*vocabulary.encode(words), EOS, 4]) == " ".join(words)
    assert vocabulary.encode(["zebra"]) == [UNK]
    assert tokenize(" ".join(words).upper() + " .") == words


def test_a_recipe_is_read_with_paths_of_its_root(tmp_path: Path) -> None:
    path = tmp_path / "r.toml"
    path.write_text('[[data]]\npath = "a.jsonl"\n[[text]]\npath = "b.txt"\nstyle = "video"\n[train]\nsteps = 5\n')
    recipe = read_recipe(path, Path("/data"))
    assert recipe.train.paths == (Path("/data/a.jsonl"), Path("/data/b.txt"))
    assert (recipe.train.steps, recipe.train.styles) == (5, ("still", "video"))
    assert read_recipe(path).train.paths[0] == tmp_path / "a.jsonl"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("[[data]]\npath = 'a'\ncolour = 1\n", "colour"),
        ("[train]\nsteps = 5\n", "nothing to train on"),
        ("[[data]]\npath = 'a'\n[train]\nsteps = 0\n", "positive"),
        ("[other]\n", "unknown table other"),
        ("[[data", "not a valid recipe"),
    ],
)
def test_a_faulty_recipe_is_told_in_one_line(tmp_path: Path, text: str, reason: str) -> None:
    path = tmp_path / "r.toml"
    path.write_text(text)
    with pytest.raises(ManifestError, match=reason) as caught:
        read_recipe(path)
    assert "\n" not in str(caught.value)
    assert "r.toml" in str(caught.value)


def grids(num: int, side: int) -> np.ndarray[tuple[int, ...], np.dtype[np.float16]]:
    """Grids whose first feature is the row, whose second is the column."""
    y, x = np.mgrid[0:side, 0:side]
    return np.broadcast_to(np.stack((y, x), -1).reshape(1, side * side, 2), (num, side * side, 2)).astype(np.float16)


@pytest.mark.parametrize("seed", range(40))
def test_a_pseudo_clip_is_made_of_windows_of_its_picture(seed: int) -> None:
    stills = FeatureSet(grids(1, 7), grids(1, 9), np.zeros((1, 1000), np.float16), np.array([0, 1]))
    view = random_view(stills, 0, np.random.default_rng(seed))
    assert 1 <= len(view.pooled) <= 8
    assert view.cells.shape == (49, 2)
    rows = view.cells[:, 0].reshape(7, 7)
    np.testing.assert_allclose(np.diff(rows, axis=0), 1, atol=1e-3)  # upright, whatever else happens to it
    np.testing.assert_allclose(np.abs(np.diff(view.cells[:, 1].reshape(7, 7), axis=1)), 1, atol=1e-3)
    assert view.cells.min() >= 0
    assert view.cells.max() <= 8
    np.testing.assert_allclose(view.pooled.mean(0), view.mean_max[:2], atol=1e-3)


def test_frames_of_a_video_keep_their_order() -> None:
    frames = np.arange(8, dtype=np.float16)[:, None, None] + np.zeros((8, 4, 2), np.float16)
    video = FeatureSet(frames, np.zeros((0, 0, 0), np.float16), np.zeros((8, 1000), np.float16), np.array([0, 8]))
    for seed in range(20):
        pooled = random_view(video, 0, np.random.default_rng(seed)).pooled[:, 0]
        assert list(pooled) == sorted(set(pooled))
    assert len(plain_view(video, 0).pooled) == 8


def reports(rng: np.random.Generator, pictures: int = 40, concepts: int = 12) -> Observed:
    """A recogniser that gives 2 to what is there and -4 to what is not."""
    there = rng.random((pictures, concepts)) < 0.3
    return Observed(np.where(there, 2, -4).astype(np.float16), there.astype(np.float16))


@given(seed=st.integers(0, 1000), own=st.dictionaries(st.integers(0, 11), st.integers(1, 5), max_size=8))
def test_a_scene_is_reported_as_pictures_are_with_what_is_missed(seed: int, own: dict[int, int]) -> None:
    rng = np.random.default_rng(seed)
    maker = EvidenceMaker(reports(rng), np.zeros((1, 12), np.float32), 6, EvidenceConfig(keep=(0.5, 1.0)))
    report = maker.draw(own, 5, 0, rng)
    drawn, scores = report.ids, report.scores
    assert len(set(drawn.tolist())) == 6
    assert list(scores) == sorted(scores, reverse=True)
    sure = {int(c) for c, score in zip(drawn, scores, strict=True) if score > 0.5}
    assert sure <= set(own)  # what no caption mentions is never sure


def test_all_that_is_kept_is_recognised_and_a_style_moves_it() -> None:
    rng = np.random.default_rng(0)
    prior = np.zeros((2, 12), np.float32)
    prior[1, 7] = 9
    maker = EvidenceMaker(reports(rng), prior, 6, EvidenceConfig(keep=(1.0, 1.0)))
    for _ in range(20):
        report = maker.draw({1: 5, 2: 3, 3: 1}, 5, 0, rng)
        assert set(report.ids[report.scores > 0.5].tolist()) == {1, 2, 3}
        assert maker.draw({1: 5}, 5, 1, rng).ids[0] == 7


@pytest.mark.parametrize("seed", range(5))
def test_scenes_are_found_where_the_words_change(seed: int) -> None:
    rng = np.random.default_rng(seed)
    rows, bounds = [], [0]
    for scene in range(25):
        things = [f"thing{scene}{letter}" for letter in "abcd"]
        for _ in range(int(rng.integers(14, 30))):
            rows.append(["a", "man", "sees", *rng.choice(things, 3, replace=False)])
        bounds.append(len(rows))
    assert scene_bounds(rows, "auto") == bounds


def test_scenes_of_a_number_of_lines() -> None:
    rows = [["a", "dog"]] * 7
    assert scene_bounds(rows, "line") == list(range(8))
    assert scene_bounds(rows, "5") == [0, 5, 7]
    assert scene_bounds([], "auto") == [0, 0]


def test_a_scene_rule_that_means_nothing_is_refused() -> None:
    with pytest.raises(ValueError, match="a scene is line, auto or a number of lines: 'shot'"):
        TextSource(path=Path("a"), scene="shot")


@pytest.fixture(scope="module")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_toy(tmp_path_factory.mktemp("data"))


def test_a_corpus_knows_its_words_and_what_they_mean(toy: Path) -> None:
    corpus = read_corpus(toy_recipe(toy).train, max_words=20)
    assert {group.items[0].kind: len(group.items) for group in corpus.groups} == {"image": 12, "video": 4}
    assert len(corpus.dev) == 4
    red = corpus.concepts.index("red")
    (index,) = [i for i, item in enumerate(corpus.groups[0].items) if item.path.name == "red0.png"]
    assert corpus.groups[0].concepts[index][red] == 3
    said = corpus.vocabulary.decode(corpus.groups[0].captions[index][0])
    assert said == "a red wall"
    assert corpus.prior[0, red] == pytest.approx(0.25, abs=0.02)


def _pictures(toy: Path) -> list[Item]:
    return [item for item in read_manifest(toy) if item.kind == "image"]


@pytest.mark.slow
def test_features_are_kept_and_an_interrupted_cache_goes_on(toy: Path, tmp_path: Path) -> None:
    model = ModelConfig(picture_px=64)
    encoder, labels = pretrained_encoder(model)
    assert len(labels) == 1000
    items, kept = _pictures(toy) * 3, FeatureConfig.for_picture(64)
    seen: list[int] = []

    def stop_midway(stage: str, done: int, total: int) -> None:
        seen.append(done)
        if done == 32 and seen.count(32) == 1:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        cached_features(items, encoder, kept, tmp_path / "a", stop_midway)
    resumed = cached_features(items, encoder, kept, tmp_path / "a", stop_midway)
    assert seen == [0, 32, 32, 48]
    whole = cached_features(items, encoder, kept, tmp_path / "b", silent)
    np.testing.assert_array_equal(resumed.frames, whole.frames)
    np.testing.assert_array_equal(resumed.wide, whole.wide)
    assert (len(resumed), whole.frames.shape, whole.wide.shape) == (48, (48, 4, 1280), (48, 9, 1280))
    cached_features(items, encoder, kept, tmp_path / "a", lambda *_: pytest.fail("computed again"))


def test_a_config_without_data_is_refused() -> None:
    with pytest.raises(ValueError, match="nothing to train on"):
        TrainConfig(data=())
    with pytest.raises(ValueError, match="text_share"):
        TrainConfig(data=(DataSource(path=Path("a")),), text_share=1.0)
