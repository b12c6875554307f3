"""Confidence is a chance, words that are not seen cost, and what is surely seen stands in for doubtful sentences."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from tests.model.tiny import random_clip, tiny_calibration, tiny_checkpoint, tiny_network
from vidcap.errors import CheckpointError
from vidcap.model.calibration import FEATURES, Calibration, Line
from vidcap.model.checkpoint import load_checkpoint, save_checkpoint, with_calibration
from vidcap.model.confidence import chance, sentence_features, steadiness
from vidcap.model.config import DescriberConfig
from vidcap.model.describer import Describer
from vidcap.model.fallback import Sureness, instead, listed, surely_seen
from vidcap.model.features import Features
from vidcap.model.grounding import UNKNOWN, Evidence
from vidcap.model.search import Numbers, Sentence
from vidcap.model.spoken import concepts_of_words, forms_of
from vidcap.model.vocabulary import SPECIALS, Vocabulary

CONCEPTS = ("man", "dog", "ride", "horse", "street")


def logit(chance: float) -> float:
    return math.log(chance / (1 - chance))


def evidence() -> Evidence:
    return Evidence(tiny_network(), tiny_calibration())


def probabilities(**known: float) -> Numbers:
    return np.array([[known.get(name, 0.01) for name in CONCEPTS]], np.float32)


def sentence(text: str, each: float = -0.5, score: float = -1.0) -> Sentence:
    ids = tuple(tiny_network().vocabulary.encode(text.split()))
    return Sentence(ids, (each,) * (len(ids) + 1), score)


def test_words_stand_for_concepts_in_all_their_forms() -> None:
    vocabulary = Vocabulary((*SPECIALS, "a", "man", "men", "dog", "dogs", "riding", "ride", "people", "on"))
    names = concepts_of_words(vocabulary, ("ride", "dog", "man", "person"))
    assert names[len(SPECIALS) :] == (-1, 2, 2, 1, 1, 0, 0, 3, -1)
    assert names[: len(SPECIALS)] == (-1,) * len(SPECIALS)


def test_forms_of_a_word_are_found_from_any_of_them() -> None:
    vocabulary = Vocabulary((*SPECIALS, "man", "men", "dogs", "dog", "rides", "riding", "ride"))
    man, dog, ride = ({vocabulary.words[i] for i in ids} for ids in forms_of(vocabulary, ["men", "dogs", "riding"]))
    assert (man, dog, ride) == ({"man", "men"}, {"dog", "dogs"}, {"rides", "riding", "ride"})
    with pytest.raises(ValueError, match="no such word: zebra"):
        forms_of(vocabulary, ["zebra"])


def test_what_is_not_seen_costs_and_what_is_seen_does_not() -> None:
    found = evidence()
    logits = found.logits(probabilities(man=0.9, dog=0.001, horse=0.4))
    (costs,) = found.penalties(logits, 0.5)
    words = tiny_network().vocabulary.ids
    assert costs[words["man"]] == costs[words["a"]] == 0
    assert costs[words["red"]] == 0.5 * UNKNOWN  # no concept stands for it: nobody can have seen it
    assert costs[words["dog"]] < costs[words["horse"]] < 0
    assert costs[words["horse"]] == pytest.approx(0.5 * logit(0.4))


def test_people_of_all_names_are_evidence_of_a_person() -> None:
    network = tiny_network(concepts=("man", "woman", "dog"))
    found = Evidence(network, tiny_calibration(person=Line(2.0, 1.0)))
    logits = found.logits(np.array([[0.4, 0.5, 0.3]], np.float32))[0]
    somebody = logit(1 - 0.6 * 0.5)
    assert logits[0] == logits[1] == pytest.approx(2 * somebody + 1)
    assert float(logits[2]) == pytest.approx(logit(0.3), abs=1e-5)


def test_features_say_what_they_are_named_for() -> None:
    found = evidence()
    logits = found.logits(probabilities(man=0.9, horse=0.8, ride=0.7))[0]
    best = sentence("a man rides a horse")
    seen = sentence_features([best, sentence("a man rides a dog")], found, logits, 0.9)
    unseen = sentence_features([sentence("a dog on the street")], found, logits, 0.9)
    assert set(seen) == set(FEATURES)
    assert seen["fluency"] == seen["content"] == pytest.approx(-0.5)
    assert (seen["words"], seen["agreement"], seen["steadiness"]) == (3, 0.5, 0.9)
    assert seen["weakest"] == pytest.approx(float(logits[2]))
    assert seen["evidence"] > 0 > unseen["evidence"] >= unseen["weakest"]
    assert unseen["agreement"] == 1


def test_a_chance_rises_with_what_speaks_for_it_and_stays_a_chance() -> None:
    weights = dict.fromkeys(FEATURES, 0.0) | {"evidence": 2.0}
    calibration = tiny_calibration(weights=weights, bias=-1.0)
    features = dict.fromkeys(FEATURES, 0.0)
    chances = [chance(features | {"evidence": value}, calibration) for value in (-1e9, -1, 0, 1, 1e9)]
    assert chances == sorted(chances)
    assert all(0 <= value <= 1 for value in chances)
    assert chances[2] == pytest.approx(1 / (1 + 2.718281828**1))


def test_a_clip_that_changes_is_less_steady() -> None:
    frames = np.stack((np.ones((3, 4)), np.eye(4)[:3])).astype(np.float32)
    both = Features(frames, np.array([3, 3]), np.zeros((2, 4, 1)), np.zeros((2, 8)), np.zeros((2, 1000)))
    steady, unsteady = steadiness(both)
    assert (steady, unsteady) == (pytest.approx(1), pytest.approx(3**-0.5))
    assert steadiness(replace(both, num_frames=np.array([1, 1]))) == pytest.approx([1, 1])


def test_what_is_surely_seen_is_named_most_certain_first() -> None:
    found, least = evidence(), Sureness(0.7, 0.7)
    logits = found.logits(probabilities(man=0.95, dog=0.8, ride=0.99, street=0.5))[0]
    assert [name for name, _ in surely_seen(found, logits, least)] == ["a person", "a dog"]
    text, sure = instead(found, logits, least)
    assert (text, sure) == ("a person and a dog", pytest.approx(0.95 * 0.8, abs=1e-4))
    assert instead(found, found.logits(probabilities())[0], least) == ("", 0.0)
    assert listed(["a", "b", "c"]) == "a, b and c"


def test_people_and_things_need_chances_of_their_own() -> None:
    found = evidence()
    logits = found.logits(probabilities(man=0.7, street=0.6))[0]
    assert instead(found, logits, Sureness(thing=0.5, person=0.8))[0] == "a street"
    assert instead(found, logits, Sureness(thing=0.65, person=0.65))[0] == "a person"
    assert instead(found, logits, Sureness(thing=1.0, person=1.0))[0] == ""
    assert len(surely_seen(found, logits, Sureness(thing=0.0, person=0.0))) == 3


@pytest.mark.parametrize(
    ("names", "said"), [(("dog", "cat"), "a dog"), (("bus", "car"), "a bus"), (("tree", "dog"), "a tree and a dog")]
)
def test_one_animal_and_one_vehicle_are_named_at_most(names: tuple[str, str], said: str) -> None:
    likely = Evidence(tiny_network(concepts=names), tiny_calibration())
    logits = np.array([2.0, 1.0], np.float32)
    assert instead(likely, logits, Sureness(0.5, 0.5))[0] == said


@pytest.mark.parametrize(("options", "is_kept"), [({}, False), ({"fallback": False}, True), ({"floor": 0.0}, True)])
def test_a_sentence_below_the_floor_gives_way_unless_it_may_not(options: dict[str, object], is_kept: bool) -> None:
    checkpoint = replace(tiny_checkpoint(), calibration=tiny_calibration(bias=-4.0))
    (caption,) = Describer(checkpoint, config=DescriberConfig(sure=0.999, **options)).describe([random_clip(2)])  # type: ignore[arg-type]
    assert bool(caption.text) == is_kept
    if not is_kept:  # the sentence is not lost: it is the first of the others
        assert caption.alternatives[0].text
        assert (caption.confidence, caption.token_logprobs) == (0, ())


def test_a_calibrated_model_gives_its_chance_and_one_without_its_mean_probability() -> None:
    calibrated = replace(tiny_checkpoint(), calibration=tiny_calibration())
    assert Describer(calibrated).describe([random_clip(2)])[0].confidence == pytest.approx(0.5)
    (caption,) = Describer(tiny_checkpoint()).describe([random_clip(2)])
    mean = sum(caption.token_logprobs) / len(caption.token_logprobs)
    assert caption.confidence == pytest.approx(2.718281828**mean)


def test_calibration_is_kept_in_the_file_and_the_weights_stay_as_they_are(tmp_path: Path) -> None:
    path, other = tmp_path / "a.safetensors", tmp_path / "b.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    before = load_file(path)
    calibration = tiny_calibration(bias=-0.25, facts={"items": 60})
    with_calibration(path, calibration, other)
    with_calibration(path, calibration, path)
    for written in (path, other):
        assert load_checkpoint(written).calibration == calibration
        after = load_file(written)
        assert all(torch.equal(after[name], value) for name, value in before.items())
    save_checkpoint(load_checkpoint(path), other)
    assert load_checkpoint(other).calibration == calibration


@pytest.mark.parametrize("text", ["nonsense", "[]", "{}", '{"bias": 1, "fun": 2}'])
def test_a_calibration_that_is_none_is_refused_in_one_line(tmp_path: Path, text: str) -> None:
    path = tmp_path / "model.safetensors"
    save_checkpoint(tiny_checkpoint(), path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(load_file(path), path, metadata | {"calibration": text})
    with pytest.raises(CheckpointError, match="its calibration is not valid"):
        load_checkpoint(path)


def test_a_calibration_survives_json_and_refuses_numbers_that_are_none() -> None:
    calibration = tiny_calibration(bias=1.5, concept=Line(0.9, 0.1))
    assert Calibration.from_json(calibration.to_json()) == calibration
    record = json.loads(calibration.to_json()) | {"bias": float("nan")}
    with pytest.raises(ValueError, match="finite"):
        Calibration.from_json(json.dumps(record))
